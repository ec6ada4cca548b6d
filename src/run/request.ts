/**
 * What a person asked for on the command line, for the service that carries the run: systemd reads it as an environment file
 * and hands it to `proxroll run --service` as arguments. It stays while the run is unfinished, so that the run goes on with
 * the same wishes after the own node's reboot.
 */
import type { Store } from '../ports/store.ts';

/** Below the state folder; `EnvironmentFile=` in `proxroll.service` names it. */
const path = 'request.env';

export interface Request {
  readonly nodes: readonly string[];
  /** The digest of the plan that was approved. */
  readonly plan?: string;
  /** Absolute. */
  readonly configFile?: string;
  readonly debug: boolean;
  readonly rebootOnly?: true;
}

/** Durable when it resolves. @throws TypeError for a word that systemd would split or expand; `isPlainWord` tells before */
export async function writeRequest(store: Store, { nodes, plan, configFile, debug, rebootOnly }: Request): Promise<void> {
  const words = [
    ...(configFile === undefined ? [] : ['-c', configFile]),
    ...(debug ? ['-d'] : []),
    ...(plan === undefined ? [] : ['--plan', plan]),
    ...nodes.flatMap((node) => ['--node', node]),
    ...(rebootOnly === true ? ['--reboot-only'] : []),
  ];
  const odd = words.find((word) => !isPlainWord(word));
  if (odd !== undefined) throw new TypeError(`not a plain word: ${odd}`);
  await store.write(path, `PROXROLL_ARGS=${words.join(' ')}\n`);
}

export async function dropRequest(store: Store): Promise<void> {
  await store.remove(path);
}

/** Whether systemd passes it on as it is. */
export function isPlainWord(word: string): boolean {
  return /^[A-Za-z0-9/_.,@+-]+$/.test(word);
}
