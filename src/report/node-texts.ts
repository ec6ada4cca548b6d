/** Nodes and their packages in the words that page and text share. */
import { isPatched } from './headline.ts';
import { count } from './paragraph.ts';
import type { NodeReport, PackageReport } from './run-report.ts';

export function resultText(node: NodeReport): string {
  switch (node.status) {
    case 'done':
      return isPatched(node) ? (node.left.length > 0 ? 'patched, not all' : 'patched') : 'nothing done';
    case 'working':
      return 'at work';
    case 'paused':
      return 'paused';
    case 'left':
      return 'left unfinished';
    case 'waiting':
      return 'not begun';
    default:
      return node.status satisfies never;
  }
}

export function plannedText({ packages, rebootReasons, guests }: NonNullable<NodeReport['planned']>): string {
  return [
    count(packages, 'package'),
    rebootReasons.length === 0 ? 'no reboot' : 'reboot',
    ...(guests === 0 ? [] : [`${count(guests, 'guest')} to move`]),
  ].join(', ');
}

export function happenedText(node: NodeReport): string {
  if (node.beganAtMs === undefined && node.status !== 'done') return '–';
  const installed = node.packagesAre === 'installed' ? count(node.packages.length, 'package') : 'no packages';
  const rebooted = node.reboot === undefined ? 'no reboot' : node.reboot.awayMs === undefined ? 'reboot not seen to end' : 'rebooted';
  const moved = node.spans.some((span) => span.kind === 'drain' && span.endedAtMs !== undefined) ? ['emptied'] : [];
  return [[installed, rebooted, ...moved].join(', '), ...node.left].join('; ');
}

export function tookMs(node: NodeReport): number | undefined {
  return node.beganAtMs === undefined || node.endedAtMs === undefined ? undefined : node.endedAtMs - node.beganAtMs;
}

/** An estimate to the minute looks as exact as it is. */
export function rounded(ms: number): number {
  return Math.max(60_000, Math.round(ms / 60_000) * 60_000);
}

/** Nodes that got the very same set are told together. */
export function packageGroups(nodes: readonly NodeReport[]): readonly { readonly nodes: readonly NodeReport[]; readonly of: NodeReport }[] {
  const groups = new Map<string, NodeReport[]>();
  for (const node of nodes.filter((one) => one.packages.length > 0 || one.removed.length > 0 || one.keptBack.length > 0)) {
    const key = JSON.stringify([node.packagesAre, node.packages, node.removed, node.keptBack]);
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  return [...groups.values()].flatMap((group) => (group[0] === undefined ? [] : [{ nodes: group, of: group[0] }]));
}

/** Security first, then by name. */
export function sorted(packages: readonly PackageReport[]): readonly PackageReport[] {
  return [...packages].sort((a, b) => Number(b.security) - Number(a.security) || a.name.localeCompare(b.name, 'en'));
}
