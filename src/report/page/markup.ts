/** HTML in which whatever comes from outside is text: a value can only get in through `markup`, which escapes it. */
import { oneLine } from '../paragraph.ts';

export interface Markup {
  readonly source: string;
}

type Value = string | number | Markup | readonly Markup[];

export const nothing: Markup = { source: '' };

/** A template: strings and numbers are escaped, markup is not. */
export function markup(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return { source: parts.map((part, index) => `${part}${index < values.length ? rendered(values[index] ?? '') : ''}`).join('') };
}

function rendered(value: Value): string {
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return String(value);
  return 'source' in value ? value.source : value.map(({ source }) => source).join('');
}

/** For text and for attributes in double quotes. Control characters go: they are no part of any text of ours. */
function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return oneLine(text).replaceAll(/[&<>"']/g, (mark) => entities[mark] ?? '');
}

export interface PageColumn {
  readonly title: string;
  /** Figures stand under each other at the right. */
  readonly figures?: boolean;
}

/**
 * A table whose first column names its row. On a phone each row stands alone, with its titles beside the cells; the roles keep it a table for
 * those who hear it, whatever its looks.
 * @param groups rows by what they belong to; a group without a title is just rows
 */
export function table(
  caption: string,
  columns: readonly PageColumn[],
  groups: readonly { readonly title?: string; readonly rows: readonly (readonly (string | Markup)[])[] }[],
): Markup {
  const kind = (index: number) => (columns[index]?.figures === true ? markup` class="figure"` : nothing);
  const cell = (content: string | Markup, index: number) =>
    index === 0
      ? markup`<th role="rowheader" scope="row">${content}</th>`
      : markup`<td role="cell" data-title="${columns[index]?.title ?? ''}"${kind(index)}>${content}</td>`;
  const row = (cells: readonly (string | Markup)[]) => markup`<tr role="row">${cells.map(cell)}</tr>\n`;
  const head = columns.map(({ title }, index) => markup`<th role="columnheader" scope="col"${kind(index)}>${title}</th>`);
  const named = (title: string) =>
    markup`<tr class="group" role="row"><th role="rowheader" scope="rowgroup" colspan="${columns.length}">${title}</th></tr>\n`;
  const bodies = groups.map(
    ({ title, rows }) => markup`<tbody role="rowgroup">\n${title === undefined ? nothing : named(title)}${rows.map(row)}</tbody>\n`,
  );
  return markup`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
    <table role="table">
      <caption>${caption}</caption>
      <thead role="rowgroup"><tr role="row">${head}</tr></thead>
      ${bodies}
    </table>
  </div>\n`;
}

/** A part of the page, under its own heading. */
export function section(id: string, title: string, ...content: readonly Markup[]): Markup {
  return markup`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${content}
  </section> `;
}

/** What is long is folded away; on paper it is open. */
export function folded(summary: string, open: boolean, content: Markup): Markup {
  return markup`<details${open ? markup` open` : nothing}><summary>${summary}</summary>
${content}</details>\n`;
}
