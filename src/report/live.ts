/** The live view of a run in a terminal, redrawn in place; without a terminal, plain lines. */
import type { Entry } from '../model/event.ts';
import type { RunState } from '../run/state.ts';
import { timeWithSeconds } from './clock-time.ts';
import { liveFrame } from './live-frame.ts';
import { painter } from './colour.ts';
import { nodeRows } from './node-rows.ts';
import { endText, progressOf, progressText } from './progress.ts';
import type { Terminal } from './terminal.ts';
import { transcriptLine, type Level } from './transcript.ts';
import type { Watcher } from './watcher.ts';

/** @returns the view that suits the terminal */
export function viewOn(terminal: Terminal): Watcher {
  return terminal.isTerminal ? new LiveView(terminal) : plainView(terminal);
}

/** Every event as one line with its time, and after each node how far the run is. */
export function plainView(terminal: Terminal): Watcher {
  const paint = painter(terminal.colour);
  let earlier: readonly RunState[] = [];
  return {
    entry({ event, at }, state) {
      const { level, text } = transcriptLine(event, state);
      terminal.write(`${timeWithSeconds(at)}  ${inLevel(level, text, paint)}\n`);
      if (event.type !== 'node.done') return;
      const progress = progressOf(state, nodeRows(state), at, earlier);
      const end = endText(progress);
      terminal.write(`${timeWithSeconds(at)}  ${progressText(progress)}${end === undefined ? '' : `; ${end}`}\n`);
    },
    learn: (runs) => {
      earlier = runs;
    },
    tick: () => undefined,
    end: () => undefined,
  };
}

function inLevel(level: Level, text: string, paint: ReturnType<typeof painter>): string {
  return level === 'info' ? text : paint(level === 'err' ? 'red' : 'yellow', text);
}

/** Lines that are kept for the lower part of the frame: more than any screen shows. */
const keptLines = 50;

/** Redraws only what changed: at most one write for each event and each tick. */
export class LiveView implements Watcher {
  #state: RunState | undefined;
  #earlier: readonly RunState[] = [];
  #lines: string[] = [];
  #nowMs = 0;
  #shown: readonly string[] = [];
  readonly #leave: () => void;

  constructor(private readonly terminal: Terminal) {
    this.#leave = terminal.onResize(() => this.#draw(true));
  }

  entry(entry: Entry, state: RunState): void {
    this.#state = state;
    this.#nowMs = Math.max(this.#nowMs, entry.at);
    this.#lines = [...this.#lines, `${timeWithSeconds(entry.at)}  ${transcriptLine(entry.event, state).text}`].slice(-keptLines);
    this.#draw(false);
  }

  learn(earlier: readonly RunState[]): void {
    this.#earlier = earlier;
    this.#draw(false);
  }

  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#draw(false);
  }

  end(): void {
    this.#leave();
  }

  #draw(resized: boolean): void {
    if (this.#state === undefined) return;
    const columns = this.terminal.columns();
    const size = { columns, rows: this.terminal.rows(), colour: this.terminal.colour };
    const lines = liveFrame(this.#state, this.#lines, this.#nowMs, size, this.#earlier);
    if (!resized && lines.join('\n') === this.#shown.join('\n')) return;
    this.terminal.write(`${this.#upToTop(columns)}${lines.map((line) => `${line}\n`).join('')}`);
    this.#shown = lines;
  }

  /** Back to the first line of what is shown and clears from there. A terminal made narrower has broken our lines into more. */
  #upToTop(columns: number): string {
    const height = this.#shown.reduce((sum, line) => sum + Math.max(1, Math.ceil(visibleLength(line) / columns)), 0);
    return height === 0 ? '' : `\u001b[${height}A\r\u001b[J`;
  }
}

function visibleLength(line: string): number {
  return line.replaceAll(/\u001b\[\d+m/g, '').length;
}
