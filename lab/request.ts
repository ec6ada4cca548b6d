/** What the command line asked for. */
import type { Suite } from './suite.ts';

export interface Request {
  readonly command: string;
  readonly suite: Suite;
  readonly nodes: number;
  /** Absolute path of the package, where the command takes one. */
  readonly deb: string;
  readonly sshUser?: string;
  /** Absolute path of the file for the figures of a run. */
  readonly figures?: string;
  /** Which troubles; empty means all. */
  readonly only: readonly string[];
  /** What is seen takes the place of what was recorded, instead of being held against it. */
  readonly record?: boolean;
  /** Chooses the random moments of a trouble. */
  readonly seed: number;
  /** How many troubles at the same time. */
  readonly atOnce: number;
}
