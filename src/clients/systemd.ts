/** systemd on one node: transient units that outlive our connection, and the state of units. */
import { withoutSecrets } from '../model/redact.ts';
import type { Argv, Command } from '../ports/shell.ts';
import type { At } from './at.ts';
import { changes, CommandFailed, mustRun, reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { Query, Source } from './query.ts';
import { answerQuery, ask, filledLines, textQuery, unparsable } from './query.ts';
import { ownUnit, rebootUnit } from './unit-names.ts';

export interface TransientUnit {
  /** Without a suffix; see `unit-names.ts`. */
  readonly unit: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly argv: Argv;
}

/** The unit stays after its program has ended, whichever way, until `stopUnit` or `forgetUnit`: that is how its end is seen. */
export function startUnitCommand({ unit, environment, argv }: TransientUnit): Command {
  const settings = Object.entries(environment).map(([name, value]) => `--setenv=${name}=${value}`);
  const shape = ['--service-type=exec', '--remain-after-exit', '--quiet'];
  return changes(deadlines.systemd, 'systemd-run', `--unit=${unit}`, ...shape, ...settings, '--', ...argv);
}

/**
 * Starts a program as a transient unit; resolves once it was executed, not when it has ended. A unit of that name which is
 * there already, from before a broken connection or a restart of ours, is left alone.
 * @throws CommandFailed when it could not be started, ShellFailure
 */
export async function startUnit(at: At, unit: TransientUnit): Promise<'started' | 'already-there'> {
  const command = startUnitCommand(unit);
  const answer = await at.shell.run(at.host, command);
  if (answer.exitCode === 0) return 'started';
  const state = await ask(at, unitStateQuery(unit.unit));
  if (state.kind === 'absent') throw new CommandFailed(at.host.name, command.argv, answer);
  return 'already-there';
}

/** `absent`: never started, or gone with a reboot. Only `succeeded` and `failed` are ends. */
export type UnitState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'working' }
  | { readonly kind: 'succeeded' }
  /** `result` in systemd's words: `exit-code`, `signal`, `oom-kill`, … */
  | { readonly kind: 'failed'; readonly result: string; readonly exitStatus: number };

/** Where a transient unit is. Source: `man systemctl`, `man systemd.exec`. @throws CommandFailed, Unparsable */
export function unitStateQuery(unit: string): Query<UnitState> {
  const properties = 'LoadState,ActiveState,SubState,Result,ExecMainStatus';
  return textQuery(reads(deadlines.systemd, 'systemctl', 'show', unit, `--property=${properties}`), parseUnitState);
}

/** @throws Unparsable */
function parseUnitState(text: string, source: Source): UnitState {
  const properties: Record<string, string | undefined> = {};
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0) properties[line.slice(0, equals)] = line.slice(equals + 1);
  }
  const { LoadState: load, ActiveState: active = '', SubState: sub, Result: result = '', ExecMainStatus: status = '0' } = properties;
  const failed = { kind: 'failed', result, exitStatus: Number(status) } as const;
  if (load === undefined) throw unparsable(source, 'LoadState', text);
  if (load === 'not-found') return { kind: 'absent' };
  switch (active) {
    // It did not stay, so it was stopped by hand and nothing can be said of its work.
    case 'inactive':
      return { kind: 'absent' };
    case 'activating':
    case 'deactivating':
    case 'reloading':
    case 'refreshing':
      return { kind: 'working' };
    case 'active':
      if (sub !== 'exited') return { kind: 'working' };
      return result === 'success' ? { kind: 'succeeded' } : failed;
    case 'failed':
      return failed;
    default:
      throw unparsable(source, 'ActiveState', active);
  }
}

/** The last lines a unit wrote, without times and without what looks like a secret. Empty when it wrote nothing. @throws CommandFailed */
export function unitLogQuery(unit: string, lines: number): Query<string> {
  return textQuery(
    reads(deadlines.journal, 'journalctl', `--unit=${unit}`, '--output=cat', '--no-pager', `--lines=${lines}`),
    withoutSecrets,
  );
}

/**
 * What a unit wrote since it was started last: one of that name may have run before, and the journal keeps all of it. systemd says that it starts
 * the unit before the unit can write.
 * @param log as `unitLogQuery` reads it
 */
export function sinceLastStart(log: string, unit: string): string {
  const lines = log.split('\n');
  const last = (word: string) => lines.map((line) => line.startsWith(`${word} ${unit}.service`)).lastIndexOf(true);
  const starting = last('Starting');
  return lines.slice((starting === -1 ? last('Started') : starting) + 1).join('\n');
}

/** `systemctl stop UNIT` */
export function stopUnitCommand(unit: string): Command {
  return changes(deadlines.systemdStop, 'systemctl', 'stop', unit);
}

/** Ends a unit of ours, its program included, and with it the memory of a success. No error when there is none. @throws CommandFailed, ShellFailure */
export async function stopUnit(at: At, unit: string): Promise<void> {
  await runUnlessAbsent(at, stopUnitCommand(unit));
}

/** `systemctl reset-failed UNIT` */
export function forgetUnitCommand(unit: string): Command {
  return changes(deadlines.systemd, 'systemctl', 'reset-failed', unit);
}

/** Drops the memory of a unit that failed, so that its name is free again. No error when there is none. @throws CommandFailed, ShellFailure */
export async function forgetUnit(at: At, unit: string): Promise<void> {
  await runUnlessAbsent(at, forgetUnitCommand(unit));
}

/** Our transient units on the node, working or ended, sorted; services without their suffix, timers with it. @throws CommandFailed */
export const ownUnitsQuery: Query<readonly string[]> = textQuery(
  reads(deadlines.systemd, 'systemctl', 'list-units', '--all', '--plain', '--no-legend', '--no-pager', 'proxroll-*'),
  (text) =>
    unitNames(text)
      .filter((name) => ownUnit.test(name))
      .map((name) => name.replace(/\.service$/, '')),
);

/** Whether the machine is shutting down or about to reboot. Source: `man systemctl`, is-system-running; its exit code is 0 for `running` alone. @throws Unparsable */
export const stoppingQuery: Query<boolean> = answerQuery(reads(deadlines.systemd, 'systemctl', 'is-system-running'), (answer, source) => {
  const word = answer.stdout.trim();
  if (!/^(initializing|starting|running|degraded|maintenance|stopping)$/.test(word))
    throw unparsable(source, 'the state of the system', word || answer.stderr);
  return word === 'stopping';
});

/** Units that failed, sorted, ours included. @throws CommandFailed */
export const failedUnitsQuery: Query<readonly string[]> = textQuery(
  reads(deadlines.systemd, 'systemctl', 'list-units', '--failed', '--plain', '--no-legend', '--no-pager'),
  unitNames,
);

/** What a node needs to be a member that works (facts 8.3 number 4). corosync is inactive on a lone node. */
const nodeServices = [
  'pve-cluster',
  'corosync',
  'pvedaemon',
  'pveproxy',
  'pvestatd',
  'pvescheduler',
  'pve-ha-lrm',
  'pve-ha-crm',
  // Active once every guest that starts with the node was started (facts 8.2).
  'pve-guests',
] as const;

/** systemd's word for each of `nodeServices`: `active`, `inactive`, `failed`, … The exit code only says whether all are active. @throws Unparsable */
export const nodeServicesQuery: Query<Readonly<Record<string, string>>> = answerQuery(
  reads(deadlines.systemd, 'systemctl', 'is-active', ...nodeServices),
  (answer, source) => {
    const words = filledLines(answer.stdout).map((line) => line.trim());
    if (words.length !== nodeServices.length) throw unparsable(source, 'one word for each unit', answer.stdout || answer.stderr);
    return Object.fromEntries(nodeServices.map((name, index) => [name, words[index] ?? '']));
  },
);

/** Reboots in half a second, so that this command still gets its answer (facts 8.1). */
export function rebootCommand(run: string): Command {
  const timer = ['--on-active=500ms', '--timer-property=AccuracySec=100ms', '--quiet', '--collect'];
  return changes(deadlines.systemd, 'systemd-run', `--unit=${rebootUnit(run)}`, ...timer, '--', 'systemctl', 'reboot');
}

/**
 * Asks for the reboot. When this resolves the timer is set; the node may go on for minutes while its guests shut down, and
 * only a new boot id is a reboot (measured "Stale truth").
 * @throws CommandFailed, ShellFailure
 */
export async function reboot(at: At, run: string): Promise<void> {
  await mustRun(at, rebootCommand(run));
}

/** The first column; in front of it some versions put a mark for failed units even in plain form. */
function unitNames(text: string): readonly string[] {
  return filledLines(text)
    .flatMap((line) => /^\W*\s*(\S+\.\w+)(\s|$)/.exec(line)?.[1] ?? [])
    .sort();
}

async function runUnlessAbsent(at: At, command: Command): Promise<void> {
  const answer = await at.shell.run(at.host, command);
  if (answer.exitCode === 0 || /not loaded|not found|could not be found/i.test(answer.stderr)) return;
  throw new CommandFailed(at.host.name, command.argv, answer);
}
