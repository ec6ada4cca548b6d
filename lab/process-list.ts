/** The process list of all hosts at once: the lab's own process namespace is above theirs, so `/proc` shows every one of them. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessList {
  /** How often it was read. */
  readonly looks: number;
  /** Every argument list that was seen, as `ps` would show it. */
  readonly seen: ReadonlySet<string>;
  stop(): Promise<void>;
}

const everyMs = 50;

/** Reads it again and again until it is stopped. */
export function watchProcesses(): ProcessList {
  const seen = new Set<string>();
  const over = new AbortController();
  let looks = 0;
  const work = (async () => {
    while (!over.signal.aborted) {
      for (const pid of await readdir('/proc')) {
        if (!/^\d+$/.test(pid)) continue;
        // It may be gone by now.
        const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        if (words !== '') seen.add(words.replaceAll('\0', ' ').trim());
      }
      looks++;
      await delay(everyMs);
    }
  })();
  return {
    get looks() {
      return looks;
    },
    seen,
    stop: () => {
      over.abort();
      return work;
    },
  };
}
