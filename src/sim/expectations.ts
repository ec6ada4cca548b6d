/** Holding the world at the end of a scenario against what its `expect` says: states, true here and in the lab alike. */
import type { SimGuest } from './guest.ts';
import type { SimNode } from './node.ts';
import type { Expectations } from './scenario.ts';
import type { World } from './world.ts';

/** A state, or nothing where nothing is demanded. */
type Said = string | number | boolean | undefined;

/** @returns what is not as expected, a line each */
export function judge(
  world: World,
  ending: { readonly kind: string; readonly code?: string; readonly why?: string },
  expect: Expectations,
): string[] {
  const problems: string[] = [];
  const demand = (subject: string, what: string, seen: Said, wanted: Said): void => {
    if (wanted !== undefined && seen !== wanted) problems.push(`${subject}: ${what} is ${String(seen)} and should be ${String(wanted)}`);
  };
  if (ending.kind !== expect.run)
    problems.push(`run: the end is ${ending.kind}${ending.why === undefined ? '' : ` (${ending.why})`} and should be ${expect.run}`);
  demand('run', 'the reason of the pause', ending.code, expect.pause);
  for (const node of world.nodes) {
    const wanted = { ...expect.nodes?.['each'], ...expect.nodes?.[node.name] };
    for (const [key, value] of Object.entries(nodeStates(world, node))) demand(node.name, key, value, wanted[key as keyof typeof wanted]);
  }
  for (const guest of world.guests.all) {
    const wanted = { ...expect.guests?.['each'], ...expect.guests?.[guest.vmid] };
    for (const [key, value] of Object.entries(guestStates(guest))) demand(guest.title, key, value, wanted[key as keyof typeof wanted]);
  }
  demand('ceph', 'noout', world.ceph.nooutHosts.size > 0, expect.noout);
  return problems;
}

function nodeStates(world: World, node: SimNode): Record<string, Said> {
  return {
    'packages-pending': node.apt.upgradable.length,
    reboots: node.boots,
    maintenance: world.ha.node(node.name).requested,
    up: node.power === 'up',
    member: node.joined,
    kernel: node.runningKernel,
    'default-kernel': node.nextKernel,
    'boots-once': node.onceEntry ?? 'nothing',
    whole: node.apt.audit === '',
  };
}

/** A guest that was stopped from the start is not expected to run. */
function guestStates(guest: SimGuest): Record<string, Said> {
  return {
    ...(guest.meantToRun ? { running: guest.up } : {}),
    interruptions: guest.interruptions.length,
    on: guest.node,
    'at-home': guest.node === guest.home,
    lock: guest.lock ?? 'none',
  };
}
