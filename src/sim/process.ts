/** One running program on a simulated host: what it prints, and what ends it before its time. */
import type { Argv } from '../ports/shell.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A signal from outside, or the host's power. The first may be cleaned up after, the second not. */
export type KilledBy = 'signal' | 'power';

export class Process {
  stdout = '';
  stderr = '';
  /** Set by programs that take time: what being killed means to them. */
  onKill: ((by: KilledBy) => void) | undefined;
  /** It does nothing any more, although its code may still be on the way to its next wait. */
  killed = false;
  /** Follows the output as it comes, as a journal does. */
  onOutput: ((text: string) => void) | undefined;

  constructor(
    readonly world: World,
    readonly node: SimNode,
    readonly argv: Argv,
    readonly stdin: string,
  ) {}

  /** Prints lines, each with its line end. */
  out(...lines: readonly string[]): void {
    for (const line of lines) this.write(`${line}\n`);
  }

  write(text: string): void {
    this.stdout += text;
    this.onOutput?.(text);
  }

  err(...lines: readonly string[]): void {
    for (const line of lines) {
      this.stderr += `${line}\n`;
      this.onOutput?.(`${line}\n`);
    }
  }

  /** Says why on stderr and answers `exitCode`. */
  fail(exitCode: number, ...lines: readonly string[]): number {
    this.err(...lines);
    return exitCode;
  }

  /** Kills it. */
  end(by: KilledBy): void {
    this.killed = true;
    this.onKill?.(by);
  }

  /** Lets `ms` pass; answers false at once when the program is or was killed. */
  wait(ms: number): Promise<boolean> {
    if (this.killed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const cancel = this.world.timers.after(ms, () => {
        this.onKill = undefined;
        resolve(true);
      });
      this.onKill = () => {
        cancel();
        resolve(false);
      };
    });
  }
}

/** A program: what it does on its host. Its answer is the exit code; one that answers at once took no time. */
export type Program = (process: Process) => number | Promise<number>;
