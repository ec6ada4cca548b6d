/** `systemctl`: transient units, PVE's own units, `reboot` and `poweroff`. */
import type { SimNode } from '../node.ts';
import type { Process } from '../process.ts';
import { stopUnit } from '../unit.ts';
import type { Unit } from '../unit.ts';
import type { World } from '../world.ts';

export function systemctl(process: Process): number {
  const words = process.argv.slice(1);
  const verb = words.find((word) => !word.startsWith('-'));
  const operands = words.filter((word) => !word.startsWith('-') && word !== verb);
  switch (verb) {
    case 'is-active':
      return isActive(process, operands);
    case 'is-system-running':
      return isSystemRunning(process);
    case 'list-units':
      return listUnits(process, words, operands);
    case 'show':
      return show(process, words, operands);
    case 'stop':
      return stop(process, operands);
    case 'start':
      return start(process, operands);
    case 'reset-failed':
      return resetFailed(process, operands);
    case 'reboot':
    case 'poweroff':
      // Root too is refused since systemd 257 (its news, "block inhibitor locks").
      if (process.node.rebootBlocked && process.node.pve === 9)
        return process.fail(
          1,
          `Call to ${verb === 'reboot' ? 'Reboot' : 'PowerOff'} failed: Operation denied due to active block inhibitor`,
        );
      process.world.boot.reboot(process.node, verb === 'poweroff');
      return 0;
    default:
      return process.fail(1, `Unknown command verb ${verb ?? ''}.`);
  }
}

/** Units of every PVE host, whatever runs on it. */
const pveUnits = [
  'pve-cluster',
  'corosync',
  'pvedaemon',
  'pveproxy',
  'pvestatd',
  'pvescheduler',
  'pve-ha-lrm',
  'pve-ha-crm',
  'pve-guests',
  'sshd',
  'ssh',
];

function isActive(process: Process, names: readonly string[]): number {
  const states = names.map((name) => stateOf(process.world, process.node, name));
  process.out(...states.map((state) => state ?? 'inactive'));
  if (states.includes('active')) return 0;
  // systemd 253 and later tell a unit that does not exist from one that does not run.
  return states.every((state) => state === undefined) && process.node.pve === 9 ? 4 : 3;
}

function isSystemRunning(process: Process): number {
  const { node, world } = process;
  const failed = node.failedUnits.length > 0 || [...node.sickUnits.values()].includes('failed');
  const starting = node.guestsIssuedAtMs > world.timers.now();
  const state = node.power === 'stopping' ? 'stopping' : starting ? 'starting' : failed ? 'degraded' : 'running';
  process.out(state);
  return state === 'running' ? 0 : 1;
}

function stateOf(world: World, node: SimNode, name: string): string | undefined {
  const unit = unitNamed(node, name);
  if (unit !== undefined) return unit.state.active;
  const short = name.replace(/\.service$/, '');
  if (short === 'proxlb') return node.proxlb;
  if (short === 'corosync' && !world.clustered) return 'inactive';
  if (short === 'pve-guests' && node.guestsIssuedAtMs > world.timers.now()) return node.sickUnits.get(short) ?? 'activating';
  return node.sickUnits.get(short) ?? (pveUnits.includes(short) ? 'active' : undefined);
}

/** Rows without legend: `UNIT LOAD ACTIVE SUB DESCRIPTION`. */
function listUnits(process: Process, words: readonly string[], patterns: readonly string[]): number {
  const { node } = process;
  const rows: string[][] = [];
  for (const unit of node.units.values()) {
    const command = `/usr/bin/${unit.argv.join(' ')}`;
    const description = node.pve === 8 ? command : `[systemd-run] ${command}`;
    // While its timer waits, the service itself is there and has not begun.
    if (unit.state.sub === 'waiting') {
      rows.push([unit.name.replace(/\.service$/, '.timer'), 'loaded', 'active', 'waiting', description]);
      rows.push([unit.name, 'loaded', 'inactive', 'dead', description]);
    } else rows.push([unit.name, 'loaded', unit.state.active, unit.state.sub, description]);
  }
  for (const name of node.failedUnits) rows.push([name, 'loaded', 'failed', 'failed', name.replace(/\.service$/, '')]);
  for (const [name, state] of node.sickUnits) rows.push([`${name}.service`, 'loaded', state, state === 'failed' ? 'failed' : 'dead', name]);
  const matching = rows.filter(
    ([name = '', , active]) =>
      (!words.includes('--failed') || active === 'failed') && (patterns.length === 0 || patterns.some((pattern) => matches(pattern, name))),
  );
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...matching.map((row) => row[column]?.length ?? 0)));
  for (const row of matching) process.out(row.map((word, column) => word.padEnd(widths[column] ?? 0)).join(' '));
  return 0;
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern || name === `${pattern}.service`;
}

/** Properties in systemd's own order: those of the service before those of the unit. */
const properties = ['Result', 'ExecMainStatus', 'LoadState', 'ActiveState', 'SubState'] as const;

function show(process: Process, words: readonly string[], [name = '']: readonly string[]): number {
  const asked = words.filter((word) => word.startsWith('--property=')).flatMap((word) => word.slice('--property='.length).split(','));
  const values = shown(process.world, process.node, name);
  for (const property of properties) {
    if (asked.length > 0 && !asked.includes(property)) continue;
    process.out(words.includes('--value') ? values[property] : `${property}=${values[property]}`);
  }
  return 0;
}

function shown(world: World, node: SimNode, name: string): Record<(typeof properties)[number], string> {
  const unit = unitNamed(node, name);
  if (timerOf(node, name)?.state.sub === 'waiting')
    return { Result: 'success', ExecMainStatus: '0', LoadState: 'loaded', ActiveState: 'active', SubState: 'waiting' };
  if (unit === undefined) {
    const state = stateOf(world, node, name);
    return {
      Result: 'success',
      ExecMainStatus: '0',
      LoadState: state === undefined ? 'not-found' : 'loaded',
      ActiveState: state ?? 'inactive',
      SubState: state === 'active' ? 'running' : 'dead',
    };
  }
  const { state } = unit;
  const failed = state.active === 'failed';
  return {
    Result: failed ? state.result : 'success',
    ExecMainStatus: failed ? `${state.exitCode}` : '0',
    LoadState: 'loaded',
    ActiveState: state.active,
    SubState: state.sub,
  };
}

function stop(process: Process, names: readonly string[]): number {
  let exitCode = 0;
  for (const name of names) {
    const unit = unitNamed(process.node, name) ?? timerOf(process.node, name);
    if (unit !== undefined) stopUnit(process.node, unit);
    else if (/^proxlb(\.service)?$/.test(name) && process.node.proxlb !== undefined) process.node.proxlb = 'inactive';
    else if (stateOf(process.world, process.node, name) === undefined)
      exitCode = process.fail(5, `Failed to stop ${full(name)}: Unit ${full(name)} not loaded.`);
  }
  return exitCode;
}

function start(process: Process, names: readonly string[]): number {
  let exitCode = 0;
  for (const name of names) {
    if (/^proxlb(\.service)?$/.test(name) && process.node.proxlb !== undefined) process.node.proxlb = 'active';
    else if (stateOf(process.world, process.node, name) === undefined)
      exitCode = process.fail(5, `Failed to start ${full(name)}: Unit ${full(name)} not found.`);
  }
  return exitCode;
}

function resetFailed(process: Process, names: readonly string[]): number {
  let exitCode = 0;
  for (const name of names) {
    const unit = unitNamed(process.node, name);
    if (unit === undefined)
      exitCode = process.fail(1, `Failed to reset failed state of unit ${full(name)}: Unit ${full(name)} not loaded.`);
    else if (unit.state.active === 'failed') process.node.units.delete(unit.name);
  }
  return exitCode;
}

function unitNamed(node: SimNode, name: string): Unit | undefined {
  return node.units.get(full(name));
}

function timerOf(node: SimNode, name: string): Unit | undefined {
  return name.endsWith('.timer') ? node.units.get(name.replace(/\.timer$/, '.service')) : undefined;
}

function full(name: string): string {
  return /\.(service|timer|target|mount|socket)$/.test(name) ? name : `${name}.service`;
}
