/** `systemd-run`: a program as a transient unit, at once or after a while. It answers when the unit was started, not when it ended. */
import type { Argv } from '../../ports/shell.ts';
import type { Process } from '../process.ts';
import { scheduleUnit, startUnit } from '../unit.ts';
import type { Unit } from '../unit.ts';

export function systemdRun(process: Process): number {
  const words = process.argv.slice(1);
  const end = words.indexOf('--');
  const options = end < 0 ? words.filter((word) => word.startsWith('-')) : words.slice(0, end);
  const [program, ...rest] = end < 0 ? words.filter((word) => !word.startsWith('-')) : words.slice(end + 1);
  if (program === undefined) return process.fail(1, 'Command line to execute required.');
  const { world, node } = process;
  const name = `${valueOf(options, '--unit') ?? `run-u${node.nextPid()}`}.service`;
  const unit: Unit = {
    name,
    argv: [program, ...rest] as Argv,
    remainAfterExit: options.includes('--remain-after-exit'),
    collect: options.includes('--collect'),
    state: { active: 'active', sub: 'running' },
    journal: journalOf(node, name),
    process: undefined,
    cancel: undefined,
  };
  const after = valueOf(options, '--on-active');
  const made = after === undefined ? startUnit(world, node, unit) : scheduleUnit(world, node, unit, milliseconds(after));
  const kind = after === undefined ? 'service' : 'timer';
  if (!made) return process.fail(1, `Failed to start transient ${kind} unit: Unit ${name} was already loaded or has a fragment file.`);
  if (!options.includes('--quiet')) process.err(`Running as unit: ${name}`);
  return 0;
}

function journalOf({ unitJournals }: Process['node'], name: string): string[] {
  const written = unitJournals.get(name) ?? [];
  unitJournals.set(name, written);
  return written;
}

function valueOf(options: readonly string[], name: string): string | undefined {
  return options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
}

function milliseconds(span: string): number {
  const [, count = '0', unit = 's'] = /^(\d+)(ms|s|min|h)?$/.exec(span) ?? [];
  return Number(count) * ({ ms: 1, s: 1000, min: 60_000, h: 3_600_000 }[unit] ?? 1000);
}
