/** What the HA manager does with its services: where they should run, and moving, freezing and recovering them. */
import type { HaNode, HaService } from './ha-state.ts';
import { Migration } from './migration.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** `max_workers` of datacenter.cfg when nobody set it (facts 4.4). */
const workersPerNode = 4;

/** `max_restart` and `max_relocate` when nobody set them are one each; with the first that makes three. */
const attempts = 2;

export class HaServices {
  readonly all: HaService[];
  readonly #bySid: Map<string, HaService>;
  readonly #world: World;
  readonly #nodes: ReadonlyMap<string, HaNode>;

  constructor(world: World, nodes: ReadonlyMap<string, HaNode>) {
    this.#world = world;
    this.#nodes = nodes;
    this.all = world.guests.all.flatMap((guest): HaService[] => {
      if (guest.ha === undefined) return [];
      const requested = guest.ha.state ?? (guest.up ? 'started' : 'stopped');
      return [
        {
          sid: guest.sid,
          guest,
          comment: guest.ha.comment,
          failback: guest.ha.failback ?? true,
          requested,
          state: guest.up ? 'started' : 'stopped',
          node: guest.node,
          target: undefined,
          maintenanceNode: undefined,
          work: 'none',
          inVain: 0,
          uid: this.#uid(),
        },
      ];
    });
    this.#bySid = new Map(this.all.map((service) => [service.sid, service]));
  }

  find(sid: string): HaService | undefined {
    return this.#bySid.get(sid);
  }

  /** Those in HA's hands that have a process on the node. */
  runningOn(node: string): HaService[] {
    return this.all.filter(({ guest, requested }) => requested !== 'ignored' && guest.node === node && guest.up);
  }

  /** Those that were lost with the node and wait to be recovered. */
  lostOn(node: string): HaService[] {
    return this.all.filter(
      (service) =>
        service.node === node && service.requested === 'started' && ['started', 'fence', 'migrate', 'relocate'].includes(service.state),
    );
  }

  get busy(): boolean {
    return this.all.some((service) => this.#unsettled(service));
  }

  /** Somebody wants it elsewhere; ignored when the node may not have it. */
  askMove(sid: string, node: string): void {
    const service = this.find(sid);
    if (service === undefined || service.state !== 'started' || service.node === node) return;
    if (this.#nodes.get(node)?.status !== 'online' || !this.#allowed(service).includes(node)) return;
    service.maintenanceNode = undefined;
    this.#send(service, node);
  }

  /** A change of state forgets everything that belonged to the state before (change_service_state in PVE::HA::Manager), the target too. */
  become(service: HaService, state: HaService['state'], target?: string): void {
    service.state = state;
    service.target = target;
    if (service.work === 'asked') service.work = 'none';
    // Where it lies is learnt from the cluster's files only while it is stopped.
    if (state === 'stopped') service.node = service.guest.node;
  }

  /** `ha-manager set SID --state disabled`, and `--state started` as soon as that is done. */
  clearError(sid: string): void {
    const service = this.find(sid);
    if (service?.state !== 'error') return;
    this.become(service, 'stopped');
    this.#world.ha.kick();
  }

  /** The LRM stops its services and leaves them to their node's return. */
  async freeze(node: SimNode): Promise<void> {
    const own = this.runningOn(node.name);
    for (const service of own) this.become(service, 'freeze');
    await Promise.all(
      own.map(({ guest }) => this.#world.guests.shutdown(guest, node, 60_000, 'its node was rebooted without HA maintenance', true)),
    );
  }

  round(): void {
    // Whoever deletes a guest takes it out of HA with it.
    for (const { sid } of this.all.filter(({ guest }) => !guest.exists)) {
      this.#bySid.delete(sid);
      this.all.splice(
        this.all.findIndex((service) => service.sid === sid),
        1,
      );
    }
    // In the order of their names, as the manager goes through them.
    for (const service of [...this.all].sort((a, b) => (a.sid < b.sid ? -1 : 1))) if (service.requested !== 'ignored') this.#round(service);
  }

  #round(service: HaService): void {
    const node = this.#world.findNode(service.node);
    switch (service.state) {
      case 'migrate':
      case 'relocate':
        this.#moving(service);
        return;
      case 'freeze':
        if (node?.joined === true && node.power === 'up') this.become(service, 'started');
        return;
      case 'recovery':
        this.#recover(service);
        return;
      case 'fence':
        if (node?.joined === true) this.become(service, 'started');
        return;
      case 'stopped':
      case 'request_start':
        if (service.requested === 'started' && node?.joined === true) this.become(service, 'started');
        return;
      case 'started':
      case 'request_stop':
        this.#steady(service, node);
        return;
      case 'error':
        if (service.requested === 'disabled') this.become(service, 'stopped');
        return;
      default: {
        const other: never = service.state;
        return other;
      }
    }
  }

  #steady(service: HaService, node: SimNode | undefined): void {
    if (node === undefined || !node.joined || node.power === 'off') return;
    if (service.requested !== 'started') {
      if (service.guest.up && service.work === 'none')
        this.#work(service, this.#world.guests.shutdown(service.guest, node, 60_000, 'HA was told to stop it', true));
      if (!service.guest.up) this.become(service, 'stopped');
      return;
    }
    // Its LRM finds no config on its node, and cannot do anything about it (EWRONG_NODE of PVE::HA; from its code, there is no recording).
    if (!service.guest.up && service.guest.node !== service.node) {
      this.become(service, 'error');
      return;
    }
    const home = service.maintenanceNode;
    if (this.#nodes.get(service.node)?.status === 'maintenance') {
      const target = this.#choose(service);
      if (target !== undefined && this.#movingFrom(service.node) < (this.#world.spec.maxWorkers ?? workersPerNode)) {
        service.maintenanceNode ??= service.node;
        this.#send(service, target);
      }
    } else if (home !== undefined && this.#nodes.get(home)?.status === 'online' && this.#world.findNode(home)?.joined === true) {
      service.maintenanceNode = undefined;
      if (service.failback && home !== service.node) this.#send(service, home);
    } else if (!service.guest.up && service.work === 'none' && service.guest.lock === undefined && node.power === 'up') {
      this.#work(service, this.#world.guests.start(service.guest, node));
    } else if (!service.guest.up && service.guest.lock === 'migrate' && node.power === 'up') this.#startInVain(service);
    else if (service.work === 'over') service.work = 'none';
  }

  /** A lock that a power cut left behind: each attempt fails, on the spot and elsewhere, until the manager gives up. */
  #startInVain(service: HaService): void {
    service.work = 'none';
    service.inVain++;
    if (service.inVain <= attempts) return;
    service.inVain = 0;
    this.become(service, 'error');
  }

  #send(service: HaService, target: string): void {
    this.become(service, service.guest.kind === 'qemu' ? 'migrate' : 'relocate', target);
    service.work = 'asked';
    service.uid = this.#uid();
  }

  /** One round after it was asked the LRM begins; one round after it is over the master knows. A failed move is tried again. */
  #moving(service: HaService): void {
    const from = this.#world.findNode(service.node);
    const to = this.#world.findNode(service.target ?? '');
    if (from === undefined || to === undefined || !from.alive) return;
    if (service.work === 'asked') {
      if (service.guest.lock === 'migrate') this.become(service, 'started');
      if (service.guest.lock !== undefined) return;
      const migration = new Migration(this.#world, {
        guest: service.guest,
        from,
        to,
        withLocalDisks: true,
        restart: { timeoutMs: 60_000 },
        out: () => undefined,
      });
      this.#work(service, migration.done);
    } else if (service.work === 'over') {
      service.work = 'none';
      const left = this.#nodes.get(service.node);
      if (left !== undefined) left.lastResult = { uid: service.uid, sid: service.sid, state: service.state };
      service.uid = this.#uid();
      service.node = service.guest.node;
      this.become(service, 'started');
      if (service.node === service.maintenanceNode) service.maintenanceNode = undefined;
    }
  }

  #recover(service: HaService): void {
    const target = this.#choose(service);
    if (target === undefined) return;
    service.guest.lock = undefined;
    service.guest.node = target;
    this.#world.pmxcfs.touchGuests();
    service.node = target;
    service.work = 'none';
    this.become(service, 'started');
  }

  #work(service: HaService, work: Promise<unknown>): void {
    service.work = 'running';
    void work.then(() => {
      service.work = 'over';
      this.#world.ha.kick();
    });
  }

  /** The allowed online node with the fewest services, by name among equals. */
  #choose(service: HaService): string | undefined {
    const open = this.#allowed(service).filter(
      (name) => name !== service.node && this.#nodes.get(name)?.status === 'online' && this.#world.findNode(name)?.joined === true,
    );
    const preferred = open.filter((name) => this.#prefers(service).includes(name));
    const candidates = (preferred.length > 0 ? preferred : open).map((name) => ({
      name,
      count: this.all.filter((other) => (other.target ?? other.node) === name && other.requested !== 'ignored' && counts(other)).length,
    }));
    return candidates.sort((a, b) => a.count - b.count || (a.name < b.name ? -1 : 1))[0]?.name;
  }

  #allowed(service: HaService): readonly string[] {
    const rule = this.#rulesOf(service).find(({ strict }) => strict === true);
    const nodes = rule?.nodes ?? this.#world.nodes.map(({ name }) => name);
    return nodes.filter((name) => this.#keepsApart(service, name) && this.#keepsTogether(service, name));
  }

  #rulesOf(service: HaService) {
    return (this.#world.spec.ha?.rules ?? []).filter(({ services }) => services.includes(service.sid));
  }

  /** Nodes of a rule that is not strict: elsewhere only when none of them can. */
  #prefers(service: HaService): readonly string[] {
    return this.#rulesOf(service).find(({ strict, affinity }) => strict !== true && affinity === undefined)?.nodes ?? [];
  }

  #partners(service: HaService, affinity: 'positive' | 'negative'): readonly HaService[] {
    const sids = new Set(this.#rulesOf(service).flatMap((rule) => (rule.affinity === affinity ? rule.services : [])));
    return this.all.filter((other) => other !== service && sids.has(other.sid) && other.requested === 'started');
  }

  #keepsApart(service: HaService, node: string): boolean {
    return this.#partners(service, 'negative').every((other) => (other.target ?? other.node) !== node);
  }

  /** The first to leave chooses for all; whoever is on another node already has chosen. */
  #keepsTogether(service: HaService, node: string): boolean {
    return this.#partners(service, 'positive').every((other) => {
      const at = other.target ?? other.node;
      return at === service.node || at === node;
    });
  }

  #movingFrom(node: string): number {
    return this.all.filter((service) => service.node === node && service.target !== undefined).length;
  }

  #unsettled(service: HaService): boolean {
    const { state, requested, work, guest, maintenanceNode } = service;
    if (requested === 'ignored') return false;
    if (state === 'error') return requested === 'disabled';
    if (state === 'recovery') return this.#choose(service) !== undefined;
    if (state === 'fence') return true;
    const here = this.#world.findNode(service.node);
    if (state === 'freeze') return here?.joined === true;
    if (state === 'migrate' || state === 'relocate') return here?.alive === true;
    if (work !== 'none') return true;
    if (requested === 'started' && (state !== 'started' || !guest.up))
      return here?.joined === true && here.power === 'up' && (guest.lock === undefined || guest.lock === 'migrate');
    if (requested !== 'started' && (guest.up || state !== 'stopped')) return true;
    if (this.#nodes.get(service.node)?.status === 'maintenance' && guest.up) return this.#choose(service) !== undefined;
    return maintenanceNode !== undefined && this.#nodes.get(maintenanceNode)?.status === 'online';
  }

  #uid(): string {
    return Buffer.from(this.#world.random.stream('ha-uids').hex(16), 'hex').toString('base64').replace(/=+$/, '');
  }
}

/** What does not run is no load (recompute_online_node_usage in PVE::HA::Manager). */
function counts({ state }: HaService): boolean {
  return state !== 'stopped' && state !== 'request_start';
}
