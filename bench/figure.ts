/** What a bench hands back: figures, each beside what is promised for it. Nothing fails here; people read it. */

export interface Figure {
  readonly what: string;
  /** As printed, with its unit: `+2.1 %`, `6`. */
  readonly measured: string;
  readonly budget?: Budget;
}

/** `kept` compares what was measured with the promise; `text` is the promise as printed. */
export interface Budget {
  readonly text: string;
  readonly kept: boolean;
}

export interface Bench {
  readonly name: string;
  /** One line: what it measures. */
  readonly about: string;
  /**
   * @param args what stood after the name on the command line
   * @param size `tiny` proves that the bench runs; its figures mean nothing
   */
  measure(args: readonly string[], size: 'whole' | 'tiny'): Promise<readonly Figure[]>;
}

export function atMost(value: number, limit: number, text: string): Budget {
  return { text: `at most ${text}`, kept: value <= limit };
}

export function atLeast(value: number, limit: number, text: string): Budget {
  return { text: `at least ${text}`, kept: value >= limit };
}

/** Columns: what, measured, budget. A figure over its budget says so. */
export function figuresText(figures: readonly Figure[]): string {
  const widest = (cells: readonly string[]) => Math.max(0, ...cells.map((cell) => cell.length));
  const what = widest(figures.map((figure) => figure.what));
  const measured = widest(figures.map((figure) => figure.measured));
  const line = (figure: Figure) => {
    const { budget } = figure;
    const beside = budget === undefined ? '' : `  ${budget.text}${budget.kept ? '' : ': NOT KEPT'}`;
    return `  ${figure.what.padEnd(what)}  ${figure.measured.padStart(measured)}${beside}`.trimEnd();
  };
  return figures.map(line).join('\n');
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** `+3.1 %`: by how much `value` is more than `base`. */
export function overText(value: number, base: number): string {
  return `+${((value / base - 1) * 100).toFixed(1)} %`;
}

export function mebibytesText(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
