/** A tool of the simulator on every core: the same program once for each, doing its share and telling its parts to the one that was called. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Which of the work is whose: every `of`th piece, from the `mine`th on, counted from 1. */
export interface Share {
  readonly mine: number;
  readonly of: number;
}

/** @param text `I/N`, or nothing for all of the work; undefined when it is neither */
export function readShare(text = '1/1'): Share | undefined {
  const [, mine = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  return mine >= 1 && mine <= of ? { mine, of } : undefined;
}

/** @param index of a piece of the work, from 0 */
export function isOfShare(index: number, { mine, of }: Share): boolean {
  return index % of === mine - 1;
}

/** Among how many processes the work is divided: one for each core, but whoever has been given a share does it itself. */
export function sharesOf(share: string | undefined): number {
  return share === undefined ? availableParallelism() : 1;
}

/**
 * Runs the tool that is running `of` times at once, with `--share I/N` behind its own arguments, and waits for all of them.
 * What they print appears as they print it.
 * @param url the tool's `import.meta.url`
 * @param onPart hears everything that one of them tells by `process.send`
 * @throws Error when one of them ends without having done its share: by a signal, or with another exit code than 0 and 1
 */
export async function inShares<Part>(url: string, args: readonly string[], of: number, onPart: (part: Part) => void): Promise<void> {
  const numbers = Array.from({ length: of }, (_, index) => index + 1);
  await Promise.all(
    numbers.map(async (mine) => {
      const child = fork(fileURLToPath(url), [...args, '--share', `${mine}/${of}`]);
      child.on('message', (part) => onPart(part as Part));
      // What was told last may come after the exit.
      const [[code, signal]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
      if (code !== 0 && code !== 1) throw new Error(`share ${mine} of ${of} ended with ${signal ?? `exit code ${code}`}`);
    }),
  );
}
