/** Snapshots of clusters larger than anybody's lab: healthy, everything due, memory two thirds full, a fifth of the guests in HA. */
import { gib } from '../src/model/bytes.ts';
import type { GuestFacts } from '../src/model/guest.ts';
import { known } from '../src/model/reading.ts';
import type { Snapshot } from '../src/model/snapshot.ts';
import { SeededRandom } from '../src/sim/random.ts';
import { guest, ha, node, packageSet, service, snapshot, storage, volume } from '../test/builders.ts';

export interface SiteSize {
  readonly nodes: number;
  readonly guests: number;
}

export function largeSite({ nodes: nodeCount, guests: guestCount }: SiteSize): Snapshot {
  const draw = new SeededRandom(1).stream('guests');
  const names = Array.from({ length: nodeCount }, (_, index) => `pve${index + 1}`);
  const guests = Array.from({ length: guestCount }, (_, index): GuestFacts => {
    const inHa = index % 5 === 0;
    return guest(100 + index, {
      node: names[index % nodeCount] ?? 'pve1',
      name: `guest-${index}`,
      kind: index % 4 === 3 ? 'lxc' : 'qemu',
      memoryBytes: known([1, 2, 4, 8, 16][Math.floor(draw.next() * 5)]! * gib),
      tags: index % 3 === 0 ? ['web'] : [],
      ...(inHa ? { ha: { requested: 'started', crmState: 'started' } } : {}),
      configFacts: { volumes: [volume('scsi0', 'nfs'), volume('scsi1', 'nfs')] },
    });
  });
  const usedOn = (name: string) =>
    guests.reduce((sum, each) => sum + (each.node === name && each.memoryBytes.known ? each.memoryBytes.value : 0), 0);
  const largest = Math.max(...names.map(usedOn));
  const nodes = names.map((name) =>
    node(name, {
      facts: {
        memory: known({ totalBytes: Math.ceil(1.5 * largest), availableBytes: Math.ceil(1.5 * largest) - usedOn(name) }),
        pending: known(packageSet('pve-manager', 'qemu-server', 'libc6', 'openssh-server', 'pve-container')),
      },
    }),
  );
  const services = guests
    .filter((each) => each.ha !== undefined)
    .map((each) => service(`${each.kind === 'qemu' ? 'vm' : 'ct'}:${each.vmid}`, each.node));
  return snapshot({
    nodes,
    guests,
    storages: names.flatMap((name) => ['local', 'local-lvm', 'nfs'].map((id) => storage(name, id))),
    ha: known(ha(services, Object.fromEntries(names.map((name) => [name, {}])))),
  });
}
