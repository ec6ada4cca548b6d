/** ZFS pools of one node. */
import type { ZfsHealth } from '../model/node.ts';
import { withoutSecrets } from '../model/redact.ts';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { Query } from './query.ts';
import { answerQuery, unparsable } from './query.ts';

/**
 * Whether all pools are healthy. A pool whose disks would rather be written in larger blocks is slow and whole; zpool says that only of a
 * pool of which it has nothing worse to say. `absent` without pools, without the kernel module and without the program.
 * Source: facts 8.3 number 12, `man zpool-status`. @throws CommandFailed, Unparsable
 */
export const zpoolQuery: Query<ZfsHealth> = answerQuery(reads(deadlines.zpool, 'zpool', 'status', '-x'), (answer, source, fail) => {
  if (answer.exitCode === 127) return { kind: 'absent' };
  const text = answer.stdout.trim();
  if (answer.exitCode !== 0) {
    if (text === '' && /ZFS modules (are not|cannot be) loaded/.test(answer.stderr)) return { kind: 'absent' };
    throw fail();
  }
  if (text === 'all pools are healthy') return { kind: 'healthy' };
  // zpool says this on stderr in some versions.
  if (/^no pools available/.test(text === '' ? answer.stderr : text)) return { kind: 'absent' };
  if (text === '') throw unparsable(source, 'the state of the pools', text);
  if (text.split(/^(?= *pool: )/m).every(isOnlySlow)) return { kind: 'healthy' };
  return { kind: 'unhealthy', text: withoutSecrets(text) };
});

function isOnlySlow(pool: string): boolean {
  return /^ *state: ONLINE$/m.test(pool) && /^status: One or more devices are configured to use a non-native block size\.$/m.test(pool);
}
