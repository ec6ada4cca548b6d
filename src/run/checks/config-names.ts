/** Names in the config that mean nothing here: most likely a typing error, and then a machine would be touched that was to be left alone. */
import { keyWithPlace } from '../../config/places.ts';
import type { Config } from '../../config/schema.ts';
import { bytesText } from '../../model/bytes.ts';
import { needsPlace } from '../../model/guest.ts';
import { goesAway, wayFor } from '../../model/way.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Check, CheckScope, Said } from './scope.ts';
import { listText } from './scope.ts';

export const checkConfigNames: Check = ({ snapshot, config, scope }) => {
  const nodes = snapshot.nodes.map((node) => node.name);
  const excluded = config.excluded_nodes
    .map((name, at) => ({ name, path: ['excluded_nodes', String(at)] }))
    .filter(({ name }) => !nodes.includes(name))
    .map(({ name, path }) =>
      wrong(
        'excluded_nodes',
        keyWithPlace(config, path).replace(/^excluded_nodes\.\d+/, 'excluded_nodes'),
        `node ${name}`,
        `the nodes are ${listText(nodes)}`,
      ),
    );
  const only = scope.when === 'start' ? (scope.only ?? []) : [];
  const asked = only
    .filter((name) => !nodes.includes(name))
    .map((name) => wrong('--node', '--node', `node ${name}`, `the nodes are ${listText(nodes)}`));
  return [...excluded, ...asked, ...guestNames(snapshot.guests, config, scope), ...impossibleReserve(snapshot, config)];
};

/** Guests come and go, unlike nodes; but a policy that names nobody may be a mistyped vmid whose owner gets no policy. */
function guestNames(guests: Snapshot['guests'], config: Config, scope: CheckScope): readonly Said[] {
  if (!guests.known) return [];
  const known = new Set(guests.value.map((guest) => String(guest.vmid)));
  return Object.keys(config.guests.by_vmid)
    .filter((vmid) => !known.has(vmid))
    .map((vmid) => ({
      ...wrong(
        `guests.by_vmid.${vmid}`,
        keyWithPlace(config, ['guests', 'by_vmid', vmid]),
        `guest ${vmid}`,
        'no VM and no container has this vmid',
      ),
      // It was there when the run began, and somebody has deleted it since.
      ...(scope.when === 'before-node' ? { severity: 'warning' as const } : {}),
    }));
}

/** The default of `limits.memory_reserve_percent`, in percent. */
const usualReserve = 10;

/** A reserve beyond what every node has left over for even the smallest guest: then no node could ever be emptied. */
function impossibleReserve(snapshot: Snapshot, config: Config): readonly Said[] {
  const { nodes, guests } = snapshot;
  if (!guests.known || nodes.length < 2) return [];
  const sizes = guests.value.flatMap((guest) =>
    needsPlace(guest) && guest.memoryBytes.known && goesAway(wayFor(guest, snapshot, config)) ? [guest.memoryBytes.value] : [],
  );
  const totals = nodes.flatMap(({ host }) => (host.answered && host.facts.memory.known ? [host.facts.memory.value.totalBytes] : []));
  const reserve = config.limits.memory_reserve_percent;
  if (sizes.length === 0 || totals.length < nodes.length) return [];
  const [smallest, most] = [Math.min(...sizes), Math.max(...totals) * (1 - reserve / 100)];
  // Where the usual reserve would not help either, the guests are too large, and the check of memory says so.
  if (smallest <= most || smallest > Math.max(...totals) * (1 - usualReserve / 100)) return [];
  return [
    {
      severity: 'blocker',
      subject: 'cluster',
      what: `${keyWithPlace(config, ['limits', 'memory_reserve_percent'])} is impossible: with it no node could take a single guest`,
      seen: `${reserve} % of the largest node leave ${bytesText(most)}, and the smallest guest takes ${bytesText(smallest)}`,
      next: 'lower limits.memory_reserve_percent in the config',
    },
  ];
}

function wrong(key: string, named: string, missing: string, seen: string): Said {
  return {
    severity: 'blocker',
    subject: 'cluster',
    what: `${named} names ${missing}, which does not exist`,
    seen,
    next: `correct or remove ${key}${key.startsWith('--') ? '' : ' in the config'}`,
  };
}
