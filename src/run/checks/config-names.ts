/** Names in the config that mean nothing here: most likely a typing error, and then a machine would be touched that was to be left alone. */
import type { Snapshot } from '../../model/snapshot.ts';
import type { Check, CheckScope, Said } from './scope.ts';
import { listText } from './scope.ts';

export const checkConfigNames: Check = ({ snapshot, config, scope }) => {
  const nodes = snapshot.nodes.map((node) => node.name);
  const excluded = config.excluded_nodes
    .filter((name) => !nodes.includes(name))
    .map((name) => wrong('excluded_nodes', `node ${name}`, `the nodes are ${listText(nodes)}`));
  const only = scope.when === 'start' ? (scope.only ?? []) : [];
  const asked = only
    .filter((name) => !nodes.includes(name))
    .map((name) => wrong('--node', `node ${name}`, `the nodes are ${listText(nodes)}`));
  return [...excluded, ...asked, ...guestNames(snapshot.guests, Object.keys(config.guests.by_vmid), scope)];
};

/** Guests come and go, unlike nodes; but a policy that names nobody may be a mistyped vmid whose owner gets no policy. */
function guestNames(guests: Snapshot['guests'], vmids: readonly string[], scope: CheckScope): readonly Said[] {
  if (!guests.known) return [];
  const known = new Set(guests.value.map((guest) => String(guest.vmid)));
  return vmids
    .filter((vmid) => !known.has(vmid))
    .map((vmid) => ({
      ...wrong(`guests.by_vmid.${vmid}`, `guest ${vmid}`, 'no VM and no container has this vmid'),
      // It was there when the run began, and somebody has deleted it since.
      ...(scope.when === 'before-node' ? { severity: 'warning' as const } : {}),
    }));
}

function wrong(key: string, missing: string, seen: string): Said {
  return {
    severity: 'blocker',
    subject: 'cluster',
    what: `${key} names ${missing}, which does not exist`,
    seen,
    next: `correct or remove ${key}${key.startsWith('--') ? '' : ' in the config'}`,
  };
}
