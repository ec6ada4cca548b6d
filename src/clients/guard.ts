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
  // Messages of the config's receivers, left here before the reboot; see `leaveMessages`.
  'if [ -s "/run/proxroll-guard-$2" ]; then curl --config "/run/proxroll-guard-$2" || logger -p daemon.err -t proxroll "not every receiver was told that $1 is not back (curl: $?)"; rm -f "/run/proxroll-guard-$2"; fi',
].join('; ');

/** In memory, root's alone, and gone with the guard. */
function messagesPath(run: string): string {
  return `/run/${guardUnit(run)}`;
}

/** Makes the file for the messages; it must be root's alone before anything stands in it. */
function makeMessagesFileCommand(run: string): Command {
  return changes(deadlines.file, 'install', '-m', '600', '/dev/null', messagesPath(run));
}

function writeMessagesCommand(run: string, text: string): Command {
  return { ...changes(deadlines.file, 'tee', messagesPath(run)), stdin: text };
}

function removeMessagesCommand(run: string): Command {
  return changes(deadlines.file, 'rm', '-f', messagesPath(run));
}

/** Leaves on the peer what its guard gives to curl. @throws CommandFailed, ShellFailure */
export async function leaveMessages(at: At, run: string, text: string): Promise<void> {
  await mustRun(at, makeMessagesFileCommand(run));
  await mustRun(at, writeMessagesCommand(run, text));
}

/** Takes it away again; no error when there is none. @throws CommandFailed, ShellFailure */
export async function takeMessages(at: At, run: string): Promise<void> {
  await mustRun(at, removeMessagesCommand(run));
}

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
