/**
 * Turns what a terminal showed into an SVG that can be read on light and dark pages.
 *
 *     tmux capture-pane -e -p > docs/img/demo.ansi
 *     node --import tsx docs/picture.ts docs/img/demo.ansi > docs/img/demo.svg
 */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

/** Colours that our live view uses, by the SGR code that sets them, and what they are on a light and a dark page. */
const hues: Readonly<Record<number, readonly [name: string, light: string, dark: string]>> = {
  31: ['red', '#b3261e', '#ff7b72'],
  32: ['green', '#116329', '#56d364'],
  33: ['yellow', '#7d4e00', '#e3b341'],
  36: ['cyan', '#0b5f78', '#56d4dd'],
};
const paper = ['#f6f8fa', '#151b23'] as const;
const ink = ['#1f2328', '#e6edf3'] as const;
const faint = ['#59636e', '#9ba4ae'] as const;
const edge = ['#d1d9e0', '#3d444d'] as const;

/** In pixels: one character, and what is left free around the text. */
const cell = { width: 8.4, height: 20, font: 14 };
const margin = 16;

interface Look {
  readonly hue?: string;
  readonly bold: boolean;
  readonly dim: boolean;
}

interface Piece {
  /** From 0. */
  readonly column: number;
  readonly text: string;
  readonly look: Look;
}

const plain: Look = { bold: false, dim: false };

/**
 * @param captured what `tmux capture-pane -e -p` printed: text with SGR sequences, which last over line ends
 * @param title for those who cannot see the picture
 * @throws Error at an escape sequence that sets no colour
 */
export function picture(captured: string, title: string): string {
  const lines = readLines(captured.replace(/\s+$/, ''));
  const columns = Math.max(...lines.flat().map(({ column, text }) => column + text.length));
  const width = Math.ceil(columns * cell.width + 2 * margin);
  const height = Math.ceil(lines.length * cell.height + 2 * margin);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style()}</style>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    ...lines.flatMap((pieces, row) => pieces.map((piece) => textOf(piece, row))),
    '</svg>',
    '',
  ].join('\n');
}

function readLines(captured: string): Piece[][] {
  let look = plain;
  return captured.split('\n').map((line) => {
    const pieces: Piece[] = [];
    let column = 0;
    for (const part of line.split(/(\u001b\[[\d;]*[A-Za-z])/)) {
      if (part.startsWith('\u001b')) look = changed(look, part);
      else {
        pieces.push(...words(part, column, look));
        column += part.length;
      }
    }
    return pieces;
  });
}

/** Columns of a table are set one by one: then they stand where they stood, whatever font the reader has. */
function words(text: string, column: number, look: Look): Piece[] {
  return [...text.matchAll(/\S+(?: \S+)*/g)].map((match) => ({ column: column + match.index, text: match[0], look }));
}

function changed(look: Look, sequence: string): Look {
  const codes = /^\u001b\[([\d;]*)m$/.exec(sequence)?.[1];
  if (codes === undefined) throw new Error(`${JSON.stringify(sequence)} is no colour`);
  return codes.split(';').map(Number).reduce(coded, look);
}

function coded(look: Look, code: number): Look {
  const { hue: _, ...uncoloured } = look;
  if (code === 0) return plain;
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 22) return { ...look, bold: false, dim: false };
  if (code === 39) return uncoloured;
  if (code === 49) return look;
  const hue = hues[code]?.[0];
  if (hue === undefined) throw new Error(`our live view does not use colour ${code}`);
  return { ...look, hue };
}

function textOf({ column, text, look }: Piece, row: number): string {
  const names = [look.hue, look.bold ? 'bold' : undefined, look.dim ? 'dim' : undefined].filter((name) => name !== undefined);
  const x = (margin + column * cell.width).toFixed(1);
  const y = (margin + row * cell.height + cell.font).toFixed(1);
  const length = (text.length * cell.width).toFixed(1);
  const kind = names.length === 0 ? '' : ` class="${names.join(' ')}"`;
  return `<text x="${x}" y="${y}" textLength="${length}"${kind}>${escaped(text)}</text>`;
}

/** The page's own scheme decides; whoever does not know of schemes gets the light one. */
function style(): string {
  const sheet = (at: 0 | 1) =>
    [
      `rect{fill:${paper[at]};stroke:${edge[at]}}text{fill:${ink[at]}}.dim{fill:${faint[at]}}`,
      ...Object.values(hues).map((hue) => `.${hue[0]}{fill:${hue[at + 1]}}`),
    ].join('');
  const font = `text{font:${cell.font}px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace}.bold{font-weight:bold}`;
  return `${font}${sheet(0)}@media (prefers-color-scheme:dark){${sheet(1)}}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const [, script, file] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  if (file === undefined) throw new Error('usage: node --import tsx docs/picture.ts FILE');
  process.stdout.write(picture(await readFile(file, 'utf8'), 'The live view of proxroll in the middle of a run on a simulated cluster'));
}
