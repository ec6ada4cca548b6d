/** Panels of a dashboard with what their queries were answered, as an SVG. */
import { bytesText } from '../src/model/bytes.ts';
import { durationText } from '../src/model/duration.ts';

export interface Panel {
  readonly type: 'stat' | 'table' | 'timeseries';
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly legendFormat?: string }[];
  readonly fieldConfig: {
    readonly defaults: { readonly unit?: string; readonly thresholds?: Thresholds };
    readonly overrides: readonly {
      readonly matcher: { readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
}

interface Thresholds {
  readonly steps: readonly { readonly color: string; readonly value: number | null }[];
}

/** All series of a panel; `target` says which query they come from. */
export type PanelAnswers = readonly {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
  readonly target?: number;
}[];

const unit = 38;
const gap = 8;
const hues: Readonly<Record<string, string>> = {
  green: '#1a7f37',
  yellow: '#9a6700',
  orange: '#bc4c00',
  red: '#cf222e',
  blue: '#0969da',
  text: '#1f2328',
};
const lines = ['#0969da', '#bc4c00', '#1a7f37', '#8250df', '#cf222e'] as const;

/** @param days from the first sample to the last */
export function dashboardPicture(panels: readonly Panel[], answers: readonly PanelAnswers[], days: number): string {
  const rows = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
  const [width, height] = [24 * unit + gap, rows * (unit - 8) + gap];
  const drawn = panels.map((panel, at) => box(panel, content(panel, answers[at] ?? [], days)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="#1f2328">
<title>The panels of the dashboard with the answers of a Prometheus</title>
<rect width="${width}" height="${height}" fill="#f6f8fa"/>
${drawn.join('\n')}
</svg>
`;
}

function sizeOf({ gridPos: { w, h } }: Panel): readonly [width: number, height: number] {
  return [w * unit - gap, h * (unit - 8) - gap];
}

function box(panel: Panel, inside: string): string {
  const { x, y } = panel.gridPos;
  const [width, height] = sizeOf(panel);
  return `<g transform="translate(${x * unit + gap},${y * (unit - 8) + gap})"><rect width="${width}" height="${height}" rx="4" fill="#fff" stroke="#d1d9e0"/>
<text x="10" y="20" font-weight="600" font-size="12">${escaped(panel.title)}</text>${inside}</g>`;
}

function content(panel: Panel, answers: PanelAnswers, days: number): string {
  if (panel.type === 'stat') return stat(panel, answers);
  return panel.type === 'table' ? table(panel, answers) : graph(panel, answers, days);
}

function stat(panel: Panel, [first]: PanelAnswers): string {
  const { unit: its, thresholds } = panel.fieldConfig.defaults;
  const legend = panel.targets[0]?.legendFormat ?? '';
  const value = Number(first?.value?.[1]);
  const named = /^\{\{(\w+)\}\}$/.exec(legend)?.[1];
  const text = first === undefined ? 'No data' : named === undefined ? shown(value, its) : (first.metric[named] ?? '');
  const own = panel.fieldConfig.overrides.find(({ matcher }) => matcher.options === text)?.properties.find(({ id }) => id === 'color');
  const fixed = own?.value as { readonly fixedColor: string } | undefined;
  const [width, height] = sizeOf(panel);
  return `<text x="${width / 2}" y="${height / 2 + 24}" text-anchor="middle" font-size="22" font-weight="600" fill="${fixed === undefined ? hueAt(thresholds, value) : hues[fixed.fixedColor]}">${escaped(text)}</text>`;
}

function table(panel: Panel, answers: PanelAnswers): string {
  const nodes = [...new Set(answers.map(({ metric }) => metric['node'] ?? ''))].sort();
  const [width] = sizeOf(panel);
  const columns = panel.targets.map((_, at) => {
    const name = `Value #${String.fromCharCode(65 + at)}`;
    const properties = panel.fieldConfig.overrides.find(({ matcher }) => matcher.options === name)?.properties ?? [];
    return Object.fromEntries(properties.map(({ id, value }) => [id, value]));
  });
  const step = width / (columns.length + 1);
  const cell = (column: number, row: number, text: string, style = ''): string =>
    `<text x="${10 + column * step}" y="${48 + row * 26}" ${style}>${escaped(text)}</text>`;
  const titles = ['Node', ...columns.map(({ displayName }) => String(displayName))].map((title, at) =>
    cell(at, 0, title, 'fill="#59636e"'),
  );
  const body = nodes.flatMap((node, row) => [
    cell(0, row + 1, node),
    ...columns.map((column, at) => {
      const found = answers.find(({ metric, target }) => target === at && metric['node'] === node)?.value?.[1];
      if (found === undefined) return '';
      const [mapping] = (column['mappings'] ?? []) as readonly { readonly options: Readonly<Record<string, { readonly text: string }>> }[];
      const text = mapping?.options[found]?.text ?? shown(Number(found), column['unit'] as string | undefined);
      return cell(at + 1, row + 1, text, `fill="${hueAt(column['thresholds'] as Thresholds | undefined, Number(found))}"`);
    }),
  ]);
  return [...titles, ...body].join('');
}

function graph(panel: Panel, answers: PanelAnswers, days: number): string {
  const [width, height] = sizeOf(panel);
  const [left, top, right, bottom] = [70, 34, width - 12, height - 46];
  const times = answers.flatMap(({ values = [] }) => values.map(([time]) => time));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const most = Math.max(1, ...answers.flatMap(({ values = [] }) => values.map(([, value]) => Number(value))));
  const x = (time: number): number => left + ((time - first) / Math.max(1, last - first)) * (right - left);
  const y = (value: number): number => bottom - (value / most) * (bottom - top);
  const its = panel.fieldConfig.defaults.unit;
  const grid = [0, 0.5, 1].map(
    (part) =>
      `<path d="M${left} ${y(most * part)}H${right}" stroke="#d8dee4"/><text x="${left - 8}" y="${y(most * part) + 4}" text-anchor="end" fill="#59636e" font-size="11">${escaped(shown(most * part, its))}</text>`,
  );
  const marks = Array.from({ length: Math.floor(days) + 1 }, (_, day) => first + day * 86_400).map(
    (time) =>
      `<text x="${x(time)}" y="${bottom + 16}" text-anchor="middle" fill="#59636e" font-size="11">${new Date(time * 1000).toISOString().slice(5, 10)}</text>`,
  );
  const drawn = answers.map(({ values = [] }, at) => {
    const path = values.map(([time, value], index) => {
      // What was not scraped is not drawn.
      const before = values[index - 1]?.[0];
      return `${before === undefined || time - before > 3600 ? 'M' : 'L'}${x(time).toFixed(1)} ${y(Number(value)).toFixed(1)}`;
    });
    return `<path d="${path.join('')}" fill="none" stroke="${lines[at % lines.length]}" stroke-width="1.5"/>`;
  });
  const legend = answers.map(({ metric }, at) => {
    const name = (panel.targets[0]?.legendFormat ?? '').replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? '');
    return `<text x="${left + at * 70}" y="${height - 10}" fill="${lines[at % lines.length]}">${escaped(name)}</text>`;
  });
  return [...grid, ...marks, ...drawn, ...legend].join('');
}

function shown(value: number, its: string | undefined): string {
  if (its === 's') return durationText(value * 1000);
  return its === 'bytes' ? bytesText(value) : String(Math.round(value * 10) / 10);
}

function hueAt(thresholds: Thresholds | undefined, value: number): string {
  const step = thresholds?.steps.filter((one) => one.value === null || value >= one.value).at(-1);
  return hues[step?.color ?? 'text'] ?? '#1f2328';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
