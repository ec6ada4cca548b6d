/** A table for people: cells are wrapped at words. */
import { hanging, wrapped } from './paragraph.ts';

export interface Column {
  readonly title: string;
  /** At most so many characters. */
  readonly widest?: number;
}

export interface Row {
  readonly cells: readonly string[];
  /** What a person does next: under the row, over its whole width. */
  readonly below?: string;
}

const gap = 2;

/** @returns lines without trailing blanks */
export function tableLines(columns: readonly Column[], rows: readonly Row[], width: number): readonly string[] {
  const titles = columns.map((column) => column.title);
  const all = [titles, ...rows.map((row) => row.cells)];
  const wanted = columns.map((column, at) => Math.min(column.widest ?? width, Math.max(...all.map((cells) => (cells[at] ?? '').length))));
  const widths = squeezed(wanted, width);
  return [
    ...rowLines(titles, widths),
    ...rows.flatMap(({ cells, below = '' }) => [...rowLines(cells, widths), ...(below === '' ? [] : hanging('    next: ', below, width))]),
  ];
}

/** Takes from the widest column until all fit; words longer than their column push the rest aside. */
function squeezed(wanted: readonly number[], width: number): readonly number[] {
  const widths = [...wanted];
  const over = () => widths.reduce((sum, one) => sum + one + gap, -gap) - width;
  while (over() > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= 12) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function rowLines(cells: readonly string[], widths: readonly number[]): readonly string[] {
  const columns = widths.map((width, at) => wrapped(cells[at] ?? '', width));
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    widths
      .map((width, at) => (columns[at]?.[line] ?? '').padEnd(width + gap))
      .join('')
      .trimEnd(),
  );
}
