/** A simulated world in the middle of a run as the spec of another that begins there, for rehearsals of what comes after. */
import type { SimGuest } from './guest.ts';
import type { SimNode } from './node.ts';
import type { GuestSpec, NodeSpec, WorldSpec } from './spec.ts';
import type { World } from './world.ts';

/** Between two turns nothing is on its way, so places, packages and kernels are all there is to carry over. */
export function specNow(world: World): WorldSpec {
  return {
    ...world.spec,
    nodes: Object.fromEntries(world.nodes.map((node) => [node.name, nodeNow(node)])),
    guests: Object.fromEntries(
      world.guests.all.map((guest) => [guest.vmid, guestNow(guest, world.spec.guests?.[guest.vmid], world.timers.now())]),
    ),
  };
}

function nodeNow(node: SimNode): NodeSpec {
  const { newKernel: _newKernel, pinnedKernel: _pinned, ...spec } = node.spec;
  const { apt } = node;
  return {
    ...spec,
    pending: apt.pending.map(({ name, from, to, origin, bytes }) => ({ name, to, origin, bytes, ...(from === undefined ? {} : { from }) })),
    installed: { ...Object.fromEntries(apt.pending.map(({ name }) => [name, ''])), ...Object.fromEntries(apt.installed) },
    removals: apt.removals,
    held: apt.held,
    kernel: node.runningKernel,
    kernels: node.kernels.filter((release) => release !== node.runningKernel),
    ...(node.pinnedKernel === undefined ? {} : { pinnedKernel: node.pinnedKernel }),
    rebootRequired: node.rebootRequired,
    sickUnits: Object.fromEntries(node.sickUnits),
    missingStorages: [...node.missingStorages],
    off: node.power === 'off',
  };
}

function guestNow(guest: SimGuest, spec: GuestSpec | undefined, nowMs: number): GuestSpec {
  const { lock: _lock, replicas: _replicas, ...rest } = spec ?? { on: guest.node };
  const replicas = Object.fromEntries(
    [...guest.replicas].map(([node, { syncedAtMs, ...replica }]) => [
      node,
      { ...replica, ...(syncedAtMs === undefined ? {} : { ageMs: Math.max(0, nowMs - syncedAtMs) }) },
    ]),
  );
  return {
    ...rest,
    on: guest.node,
    status: guest.status,
    ...(guest.lock === undefined ? {} : { lock: guest.lock }),
    ...(guest.replicas.size === 0 ? {} : { replicas }),
  };
}
