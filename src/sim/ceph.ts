/** As much of Ceph as a rolling reboot meets (facts 5): OSDs by host, health, and noout for one host at a time. */
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** Placement groups in all, and how long they take to be clean again after the last OSD is back. */
const pgs = 128;
const settleMs = 20_000;

export class Ceph {
  readonly present: boolean;
  readonly nooutHosts: Set<string>;
  /** Checks raised by hand, by code. */
  readonly checks: Map<string, { severity: string; message: string }>;
  readonly #world: World;
  readonly #spareHosts: number;

  constructor(world: World) {
    this.#world = world;
    const { ceph } = world.spec;
    this.present = ceph !== undefined || world.nodes.some(({ osds }) => osds.length > 0);
    this.nooutHosts = new Set(ceph?.nooutHosts ?? []);
    this.#spareHosts = ceph?.spareHosts ?? 1;
    const raised = Object.entries(ceph?.checks ?? {});
    this.checks = new Map(
      raised.map(([code, { severity, message }]) => [code, { severity: severity ?? 'HEALTH_WARN', message: message ?? code }]),
    );
  }

  /** `/etc/pve/ceph.conf`. Set up without a monitor, it names none. */
  get config(): string | undefined {
    if (!this.present) return undefined;
    const began = '[global]\n\tauth_client_required = cephx\n';
    const monitors = this.#daemons(this.#world.spec.ceph?.monitors);
    return monitors.length === 0 ? began : `${began}\tmon_host = ${monitors.map(({ address }) => address).join(' ')}\n`;
  }

  get hosts(): SimNode[] {
    return this.#world.nodes.filter(({ osds }) => osds.length > 0);
  }

  /** An OSD is up when its host is, and has been for long enough to have started. */
  up(host: SimNode): boolean {
    return host.alive && host.joined && !host.cut && !host.osdsDown;
  }

  /** `ceph -s -f json`. */
  status(): Record<string, unknown> {
    const hosts = this.hosts;
    const monitors = this.#daemons(this.#world.spec.ceph?.monitors);
    const osds = hosts.reduce((sum, { osds: own }) => sum + own.length, 0);
    const down = hosts.filter((host) => !this.up(host));
    const upOsds = hosts.filter((host) => this.up(host)).reduce((sum, { osds: own }) => sum + own.length, 0);
    const unsettled = down.length > 0 || hosts.some((host) => this.#world.timers.now() - host.metricsFromMs < settleMs);
    const checks = this.#raised(down, osds - upOsds, unsettled);
    const severities = Object.values(checks).map(({ severity }) => severity);
    const status = severities.includes('HEALTH_ERR') ? 'HEALTH_ERR' : severities.length > 0 ? 'HEALTH_WARN' : 'HEALTH_OK';
    const states = unsettled
      ? [state('active+clean', pgs / 2), state('active+undersized+degraded', pgs / 2)]
      : [state('active+clean', pgs)];
    return {
      fsid: '4f2c2f5e-9f3f-4b0e-8a3c-3b6e1d2a7c10',
      health: { status, checks, mutes: [] },
      quorum_names: monitors.filter(isThere).map(({ name }) => name),
      monmap: { epoch: 3, num_mons: monitors.length },
      osdmap: { epoch: 120, num_osds: osds, num_up_osds: upOsds, num_in_osds: osds, num_remapped_pgs: 0 },
      pgmap: { pgs_by_state: states, num_pgs: pgs, num_pools: 2 },
    };
  }

  /** `ceph mgr dump -f json`: the first that is up is at work. */
  managers(): Record<string, unknown> {
    const [active, ...standbys] = this.#daemons(this.#world.spec.ceph?.managers).filter(isThere);
    return {
      epoch: 12,
      active_name: active?.name ?? '',
      available: active !== undefined,
      standbys: standbys.map(({ name }, gid) => ({ gid, name })),
    };
  }

  #daemons(names: readonly string[] | undefined): SimNode[] {
    return names === undefined ? this.hosts : names.map((name) => this.#world.node(name));
  }

  /** `ceph osd tree -f json`. */
  tree(): Record<string, unknown> {
    const hosts = this.hosts;
    const root = { id: -1, name: 'default', type: 'root', type_id: 11, children: hosts.map(({ id }) => -1 - id) };
    const nodes = hosts.flatMap((host) => [
      { id: -1 - host.id, name: host.name, type: 'host', type_id: 1, children: [...host.osds] },
      ...host.osds.map((id) => ({
        id,
        name: `osd.${id}`,
        type: 'osd',
        type_id: 0,
        status: this.up(host) ? 'up' : 'down',
        reweight: 1,
        exists: 1,
      })),
    ]);
    return { nodes: [root, ...nodes], stray: [] };
  }

  /** `ceph osd dump -f json`, of which flags are the interesting part. */
  dump(): Record<string, unknown> {
    const flags = Object.fromEntries([...this.nooutHosts].sort().map((host) => [host, ['noout']]));
    const osds = this.hosts.flatMap((host) => host.osds.map((osd) => ({ osd, up: this.up(host) ? 1 : 0, in: 1, state: ['exists', 'up'] })));
    return {
      epoch: 120,
      flags: 'sortbitwise,recovery_deletes,purged_snapdirs,pglog_hardlimit',
      flags_set: [],
      osds,
      crush_node_flags: flags,
    };
  }

  /** `ceph osd ok-to-stop`: safe while not more hosts would be down than can be spared. */
  okToStop(ids: readonly number[]): Record<string, unknown> & { ok_to_stop: boolean } {
    const away = this.hosts.filter((host) => !this.up(host) || host.osds.some((osd) => ids.includes(osd)));
    const safe = away.length <= this.#spareHosts;
    return {
      ok_to_stop: safe,
      osds: [...ids],
      num_ok_pgs: safe ? pgs : 0,
      num_not_ok_pgs: safe ? 0 : pgs,
      ok_become_degraded: safe ? ['1.0'] : [],
      bad_become_inactive: safe ? [] : ['1.0'],
    };
  }

  /** @returns false when there is no such host in the CRUSH map */
  setNoout(host: string, on: boolean): boolean {
    if (!this.hosts.some(({ name }) => name === host)) return false;
    if (this.nooutHosts.has(host) === on) return true;
    if (on) this.nooutHosts.add(host);
    else this.nooutHosts.delete(host);
    this.#world.log.tell({ type: 'ceph.noout', host, on });
    return true;
  }

  #raised(
    down: readonly SimNode[],
    downOsds: number,
    unsettled: boolean,
  ): Record<string, { severity: string; summary: { message: string; count: number }; muted: boolean }> {
    const raised = new Map(this.checks);
    const warn = (code: string, message: string): void => void raised.set(code, { severity: 'HEALTH_WARN', message });
    if (this.nooutHosts.size > 0)
      warn('OSD_FLAGS', `${this.nooutHosts.size} OSDs or CRUSH {nodes, device-classes} have {NOUP,NODOWN,NOIN,NOOUT} flags set`);
    if (down.length > 0) {
      warn('OSD_DOWN', `${downOsds} osds down`);
      warn('OSD_HOST_DOWN', `${down.length} host (${downOsds} osds) down`);
      warn('MON_DOWN', `${down.length}/${this.hosts.length} mons down`);
    }
    if (unsettled) warn('PG_DEGRADED', 'Degraded data redundancy');
    return Object.fromEntries(
      [...raised].map(([code, { severity, message }]) => [code, { severity, summary: { message, count: 1 }, muted: false }]),
    );
  }
}

function state(name: string, count: number): { state_name: string; count: number } {
  return { state_name: name, count };
}

/** Monitors and managers need their node, and no OSD. */
function isThere(host: SimNode): boolean {
  return host.alive && host.joined && !host.cut;
}
