/** ProxLB, a balancer of other people's making: it would move guests while we do. */
import type { Command } from '../ports/shell.ts';
import type { At } from './at.ts';
import { changes, mustRun, reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { Query } from './query.ts';
import { answerQuery, unparsable } from './query.ts';

const unit = 'proxlb.service';

/** Whether it runs on this node, or is on its way up or down. A node without it says `inactive`. @throws Unparsable */
export const proxlbQuery: Query<boolean> = answerQuery(reads(deadlines.systemd, 'systemctl', 'is-active', unit), (answer, source) => {
  const word = answer.stdout.trim();
  if (!/^[a-z-]+$/.test(word)) throw unparsable(source, unit, answer.stdout || answer.stderr);
  return /^(active|activating|deactivating|reloading|refreshing)$/.test(word);
});

/** `systemctl stop proxlb.service` */
export function stopProxlbCommand(): Command {
  return changes(deadlines.systemdStop, 'systemctl', 'stop', unit);
}

/** Stops it until `startProxlb` or the node's next boot. A round of its own that is under way is cut off. @throws CommandFailed, ShellFailure */
export async function stopProxlb(at: At): Promise<void> {
  await mustRun(at, stopProxlbCommand());
}

/** `systemctl start proxlb.service` */
export function startProxlbCommand(): Command {
  return changes(deadlines.systemd, 'systemctl', 'start', unit);
}

/** @throws CommandFailed, ShellFailure */
export async function startProxlb(at: At): Promise<void> {
  await mustRun(at, startProxlbCommand());
}
