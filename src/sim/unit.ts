/** Transient systemd units (`systemd-run`): their state follows the program that runs inside, and outlives it when asked to. */
import type { Argv } from '../ports/shell.ts';
import type { SimNode } from './node.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

export type UnitState =
  /** Its timer waits; the service itself has not begun. */
  | { readonly active: 'activating'; readonly sub: 'waiting' }
  | { readonly active: 'active'; readonly sub: 'running' }
  | { readonly active: 'active'; readonly sub: 'exited' }
  | { readonly active: 'failed'; readonly sub: 'failed'; readonly result: 'exit-code' | 'signal'; readonly exitCode: number };

export interface Unit {
  readonly name: string;
  readonly argv: Argv;
  readonly remainAfterExit: boolean;
  readonly collect: boolean;
  state: UnitState;
  /** What `journalctl --output=cat` prints, line by line. */
  readonly journal: string[];
  process: Process | undefined;
  /** Calls off the timer of one that has not started yet. */
  cancel: (() => void) | undefined;
}

/** Starts `argv` as a unit. @returns false when a unit of that name exists */
export function startUnit(world: World, node: SimNode, unit: Unit): boolean {
  if (node.units.has(unit.name)) return false;
  node.units.set(unit.name, unit);
  execute(world, node, unit);
  return true;
}

/** Starts a unit after `ms`; both the timer and the service are there until then. */
export function scheduleUnit(world: World, node: SimNode, unit: Unit, ms: number): boolean {
  if (node.units.has(unit.name)) return false;
  node.units.set(unit.name, unit);
  unit.state = { active: 'activating', sub: 'waiting' };
  const { bootId } = node;
  unit.cancel = world.timers.after(ms, () => {
    if (node.bootId !== bootId || node.power === 'off' || node.units.get(unit.name) !== unit) return;
    execute(world, node, unit);
  });
  return true;
}

/** Ends what runs in it and forgets it, failed units excepted. */
export function stopUnit(node: SimNode, unit: Unit): void {
  unit.cancel?.();
  const { process } = unit;
  if (unit.state.active !== 'failed') node.units.delete(unit.name);
  process?.end('signal');
}

function execute(world: World, node: SimNode, unit: Unit): void {
  unit.state = { active: 'active', sub: 'running' };
  unit.journal.push(`Started ${unit.name} - ${node.pve === 8 ? '' : '[systemd-run] '}/usr/bin/${unit.argv.join(' ')}.`);
  const ended = world.execute(node, unit.argv, '', (process) => {
    unit.process = process;
    process.onOutput = (text) => append(unit.journal, text);
  });
  void ended.then(({ exitCode }) => {
    unit.process = undefined;
    if (exitCode !== 0) {
      unit.journal.push(
        `${unit.name}: Main process exited, code=exited, status=${exitCode}/n/a`,
        `${unit.name}: Failed with result 'exit-code'.`,
      );
      unit.state = { active: 'failed', sub: 'failed', result: 'exit-code', exitCode };
    } else unit.state = { active: 'active', sub: 'exited' };
    if (unit.collect || (exitCode === 0 && !unit.remainAfterExit)) node.units.delete(unit.name);
  });
}

function append(journal: string[], text: string): void {
  for (const line of text.replace(/\n$/, '').split('\n')) journal.push(line);
}
