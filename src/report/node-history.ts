/** When a node was patched, by which run, and from what to what. */
import { durationText } from '../model/duration.ts';
import { isSecurity, type PackageChange } from '../model/packages.ts';
import type { RunState } from '../run/state.ts';
import { dateTime } from './clock-time.ts';
import { painter } from './colour.ts';
import type { TextOptions } from './findings.ts';
import { count, hanging } from './paragraph.ts';
import { tableLines } from './table.ts';

/** One run's work on one node. */
export interface NodeWork {
  readonly run: string;
  /** When its packages were seen installed, or it was back from a reboot that needed none. */
  readonly atMs: number;
  readonly packages: readonly PackageChange[];
  readonly removed: readonly string[];
  readonly rebooted: boolean;
  readonly kernelBefore?: string;
  readonly kernelAfter?: string;
  readonly pveVersionBefore?: string;
  /** Missing where its turn was not ended. */
  readonly tookMs?: number;
  readonly left: readonly string[];
}

/** @returns what was done to the node, newest first; runs that did nothing to it are not in it */
export function nodeHistory(runs: readonly RunState[], node: string): readonly NodeWork[] {
  return runs.flatMap((state) => nodeWork(state, node) ?? []).sort((a, b) => b.atMs - a.atMs);
}

/** @returns nothing where its packages were not seen installed and it was not seen back from a reboot */
export function nodeWork(state: RunState, node: string): NodeWork | undefined {
  const upgrade = state.steps.get(`pve/${node}/upgrade`);
  const reboot = state.steps.get(`pve/${node}/reboot`);
  const set = upgrade?.status === 'done' && upgrade.step.kind === 'upgrade' ? upgrade.step.set : undefined;
  const last = set === undefined ? reboot : upgrade;
  if (last?.status !== 'done') return undefined;
  const before = state.waves.find(({ wave }) => wave === `before:${node}`)?.before;
  const kernelAfter = reboot?.status === 'done' ? /^kernel (\S+)/.exec(reboot.detail ?? '')?.[1] : undefined;
  const done = state.nodesDone.find((other) => other.node === node);
  const began = [...state.steps.values()].flatMap((step) => (step.step.node === node && step.status !== 'waiting' ? [step] : []));
  const turn = began.filter(({ step }) => !['refresh', 'fetch', 'balancer-off', 'balancer-on'].includes(step.kind));
  return {
    run: state.run,
    atMs: last.startedAtMs + last.tookMs,
    packages: set?.changes ?? [],
    removed: set?.removals ?? [],
    rebooted: reboot?.status === 'done',
    ...(before?.kernel === undefined ? {} : { kernelBefore: before.kernel }),
    ...(kernelAfter === undefined ? {} : { kernelAfter }),
    ...(before?.pveVersion === undefined ? {} : { pveVersionBefore: before.pveVersion }),
    ...(done === undefined || turn.length === 0 ? {} : { tookMs: done.atMs - Math.min(...turn.map((step) => step.startedAtMs)) }),
    left: done?.left ?? [],
  };
}

/** @param known whether any run knows the node by name @returns text that ends in a line break */
export function nodeHistoryText(node: string, works: readonly NodeWork[], known: boolean, { width, colour }: TextOptions): string {
  const [last, ...earlier] = works;
  if (last === undefined)
    return known
      ? `No run that is kept has patched ${node}. What was done to it by hand is not known here.\n`
      : `No run that is kept knows a node ${node}.\n`;
  const kernels = last.kernelAfter === undefined ? [] : [`kernel ${last.kernelBefore ?? 'unknown'} → ${last.kernelAfter}`];
  const rows = last.packages.map((change) => ({
    cells: [change.name, change.from ?? 'new', change.to, isSecurity(change) ? 'security' : ''],
  }));
  const columns = [{ title: 'package' }, { title: 'before' }, { title: 'after' }, { title: '' }];
  return [
    ...hanging('', `${node} was last patched ${dateTime(last.atMs)} by run ${last.run}: ${workText(last)}`, width).map((line) =>
      painter(colour)('bold', line),
    ),
    ...kernels.map((line) => `  ${line}`),
    ...(rows.length === 0 ? [] : tableLines(columns, rows, width - 2).map((line) => `  ${line}`)),
    ...(last.removed.length === 0 ? [] : hanging('  removed: ', last.removed.join(', '), width)),
    ...last.left.flatMap((left) => hanging('  left: ', left, width)),
    ...(earlier.length === 0 ? [] : ['', 'before that']),
    ...earlier.flatMap((work) => hanging(`  ${dateTime(work.atMs)}  `, `run ${work.run}: ${workText(work)}`, width)),
    '',
  ].join('\n');
}

/** `11 packages, 2 of them security, rebooted, 5 min 26 s`. */
export function workText({ packages, rebooted, tookMs }: NodeWork): string {
  const security = packages.filter(isSecurity).length;
  return [
    count(packages.length, 'package'),
    ...(security === 0 ? [] : [`${security} of them security`]),
    rebooted ? 'rebooted' : 'not rebooted',
    ...(tookMs === undefined ? [] : [durationText(tookMs)]),
  ].join(', ');
}
