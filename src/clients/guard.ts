/**
 * The guard of the own node: a timer on a peer that speaks up, and clears what we borrowed, when the node that carries the
 * run does not come back from its reboot. A peer has no proxroll, so it is a few words of shell that every node can run.
 */
import type { Command } from '../ports/shell.ts';
import { changes, mustRun, type At } from './at.ts';
import { deadlines } from './deadlines.ts';
import { guardUnit } from './unit-names.ts';

export interface Guard {
  readonly run: string;
  /** The node that is awaited. */
  readonly node: string;
  readonly afterS: number;
  readonly haMaintenance: boolean;
  readonly noout: boolean;
}

/**
 * $1 node, $2 run, $3 `ha` or `-`, $4 `noout` or `-`. Data comes as arguments only. Told to the peer's journal with priority
 * err, and to root by mail where there is a sendmail.
 */
export const guardScript = [
  'said="proxroll: $1 has not come back from its reboot (run $2). What was borrowed for it is given back now; look at its console."',
  'logger -p daemon.err -t proxroll "$said"',
  'if [ "$3" = ha ]; then ha-manager crm-command node-maintenance disable "$1"; fi',
  'if [ "$4" = noout ]; then ceph osd unset-group noout "$1"; fi',
  'if [ -x /usr/sbin/sendmail ]; then printf "Subject: %s is not back (proxroll)\\n\\n%s\\n" "$1" "$said" | /usr/sbin/sendmail root; fi',
].join('; ');

export function startGuardCommand({ run, node, afterS, haMaintenance, noout }: Guard): Command {
  const timer = [`--on-active=${afterS}s`, '--timer-property=AccuracySec=1s', '--collect', '--quiet'];
  const words = [node, run, haMaintenance ? 'ha' : '-', noout ? 'noout' : '-'];
  return changes(
    deadlines.systemd,
    'systemd-run',
    `--unit=${guardUnit(run)}`,
    ...timer,
    '--',
    'sh',
    '-c',
    guardScript,
    'proxroll-guard',
    ...words,
  );
}

/** When this resolves the timer runs on the peer, whatever becomes of us. @throws CommandFailed, ShellFailure */
export async function startGuard(at: At, guard: Guard): Promise<void> {
  await mustRun(at, startGuardCommand(guard));
}
