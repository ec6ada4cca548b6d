/** Reads the evidence of a run off hosts and simulated cluster, for `verdict.ts` to judge. */
import { absences, packageChanges, quorumLines, versionsOn } from './evidence.ts';
import { kernelOf } from './release.ts';
import { usualGuests } from './world.ts';
import type { World } from '../src/sim/world.ts';
import type { LabCluster } from './cluster.ts';
import type { Versions } from './evidence.ts';
import type { Evidence } from './verdict.ts';

/** @param beganMs what was before does not count */
export async function gather(cluster: LabCluster, world: World, beganMs: number): Promise<Evidence> {
  const hosts = cluster.nodes.map(({ name }) => name);
  const each = async <T>(read: (address: string) => Promise<T>) =>
    new Map(await Promise.all(cluster.nodes.map(async ({ name, address }) => [name, await read(address)] as const)));
  const home = usualGuests(hosts.length);
  return {
    suite: cluster.plan.suite,
    hosts,
    beganMs,
    lastKernel: kernelOf(cluster.plan.suite, 'v2'),
    after: await versions(cluster),
    audit: await each((address) => cluster.ssh.run(address, 'dpkg --audit')),
    kernels: await each(async (address) => (await cluster.ssh.run(address, 'uname -r')).trim()),
    boots: new Map(hosts.map((host) => [host, cluster.record.boots(host).map(({ bootId }) => bootId)])),
    changes: await packageChanges(cluster),
    away: absences(cluster, beganMs),
    quorum: await quorumLines(cluster),
    guests: world.guests.all.map((guest) => ({
      vmid: guest.vmid,
      title: `${guest.title} ${guest.name}`,
      home: home[guest.vmid]?.on ?? '',
      node: guest.node,
      running: guest.status === 'running',
      interruptions: guest.interruptions.length,
      mayStop: guest.kind === 'lxc' || hosts.length === 1,
      inHa: guest.ha !== undefined,
    })),
  };
}

/** Versions of the lab's packages, by host. */
export async function versions(cluster: LabCluster): Promise<ReadonlyMap<string, Versions>> {
  return new Map(await Promise.all(cluster.nodes.map(async ({ name }) => [name, await versionsOn(cluster, name)] as const)));
}
