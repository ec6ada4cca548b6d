/** Where text for people goes. `main.ts` makes one of stdout and one of stderr; tests and the demo's recorder make their own. */
export interface Terminal {
  write(text: string): void;
  /** A screen that can be redrawn; false for a pipe, a file and the system's journal. */
  readonly isTerminal: boolean;
  /** Whether colour is wanted: a terminal without NO_COLOR. */
  readonly colour: boolean;
  /** 80 where nobody knows. May change; see `onResize`. */
  columns(): number;
  /** 24 where nobody knows. */
  rows(): number;
  /** @returns takes the listener away again */
  onResize(listener: () => void): () => void;
}
