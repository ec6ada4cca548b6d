/** A terminal that remembers: what was written, and what a person would see. */
import type { Terminal } from '../../src/report/terminal.ts';

export class FakeTerminal implements Terminal {
  written = '';
  readonly colour: boolean;
  readonly isTerminal: boolean;
  #columns: number;
  readonly #rows: number;
  readonly #listeners = new Set<() => void>();

  constructor({ columns = 80, rows = 24, isTerminal = true, colour = false } = {}) {
    this.#columns = columns;
    this.#rows = rows;
    this.isTerminal = isTerminal;
    this.colour = colour;
  }

  write(text: string): void {
    this.written += text;
  }

  columns(): number {
    return this.#columns;
  }

  rows(): number {
    return this.#rows;
  }

  onResize(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  resize(columns: number): void {
    this.#columns = columns;
    this.#listeners.forEach((listener) => listener());
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** The lines on the screen: obeys cursor up and erase below, breaks lines that are too long, forgets colours. */
  screen(): readonly string[] {
    const lines: string[] = [''];
    let row = 0;
    for (const [, up, erase, rest] of this.written.matchAll(/\u001b\[(\d+)A\r|\u001b\[(J)|(?:\u001b\[\d+m)*([^\u001b]?)/g)) {
      if (up !== undefined) row -= Number(up);
      else if (erase !== undefined) lines.splice(row, lines.length, '');
      else if (rest === '\n') {
        row += 1;
        lines[row] ??= '';
      } else if (rest !== undefined && rest !== '') lines[row] = `${lines[row] ?? ''}${rest}`;
      if (row < 0) throw new Error('the cursor went above the first line');
    }
    return lines.slice(0, -1);
  }
}
