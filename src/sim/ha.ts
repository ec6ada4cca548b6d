/**
 * The HA manager with its clocks (facts 2.5, 4; captures `ha-`, `fence-`). It works in rounds, and a round is scheduled only
 * while something is unfinished: a settled cluster costs nothing.
 */
import type { SimGuest } from './guest.ts';
import type { HaCommand, HaNode } from './ha-state.ts';
import { HaServices } from './ha-services.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** 60 rounds without a service (facts 2.5). */
const idleAfterMs = 600_000;

export class Ha {
  readonly nodes = new Map<string, HaNode>();
  readonly services: HaServices;
  master: string | undefined;
  readonly #world: World;
  readonly #commands: HaCommand[] = [];
  readonly #empties: { node: string; resolve: () => void }[] = [];
  #scheduled = false;
  /** Woken by a command although there is no resource. */
  #woken = false;

  constructor(world: World) {
    this.#world = world;
    for (const { name, power } of world.nodes) {
      this.nodes.set(name, {
        name,
        status: 'online',
        statusAtMs: 0,
        requested: false,
        requestedAtMs: 0,
        lrmMode: 'active',
        lrmModeAtMs: 0,
        cleanAway: false,
        known: power !== 'off',
        busyAtMs: Number.NEGATIVE_INFINITY,
        lastResult: undefined,
        noQuorumSinceMs: undefined,
      });
    }
    this.services = new HaServices(world, this.nodes);
    // What it was asked for outlives its last resource (facts 4.1), and so does what it says of its nodes.
    if (this.used) this.#woken = true;
    if (this.used) this.master = world.spec.ha?.master ?? world.nodes[0]?.name;
  }

  /** Whether there is anything for it to do: a resource that is not ignored, or a command that woke it. */
  get used(): boolean {
    return this.#woken || this.services.all.some(({ requested }) => requested !== 'ignored');
  }

  manages(guest: SimGuest): boolean {
    const service = this.services.find(guest.sid);
    return service !== undefined && service.requested !== 'ignored';
  }

  node(name: string): HaNode {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`the HA manager knows no node ${name}`);
    return node;
  }

  /** Puts a command into the queue, as `ha-manager crm-command` does: it answers before anything has happened. */
  ask(command: HaCommand): void {
    this.#commands.push(command);
    if (!this.used) {
      this.#woken = true;
      this.master ??= this.#world.nodes.find((node) => node.alive && this.#world.corosync.quorate(node))?.name;
    }
    this.kick();
  }

  /** Something changed that a round should look at. */
  kick(): void {
    if (this.#scheduled || !this.used) return;
    this.#scheduled = true;
    this.#world.timers.after(this.#world.latencies.haTickMs, () => {
      this.#scheduled = false;
      this.#round();
    });
  }

  /** What pve-ha-lrm does when its node is asked to go down (facts 4.5); resolves when the node may. */
  async beforeShutdown(node: SimNode): Promise<void> {
    const own = this.node(node.name);
    own.cleanAway = true;
    if (!this.used) return;
    if (own.requested) {
      if (this.services.runningOn(node.name).length > 0)
        await new Promise<void>((resolve) => this.#empties.push({ node: node.name, resolve }));
      return;
    }
    own.lrmMode = 'reboot';
    own.lrmModeAtMs = this.#world.timers.now();
    await this.services.freeze(node);
  }

  nodeDown(node: SimNode): void {
    const waiting = this.#empties.filter((one) => one.node === node.name);
    for (const one of waiting) this.#empties.splice(this.#empties.indexOf(one), 1);
    this.kick();
  }

  nodeBack(node: SimNode): void {
    const own = this.node(node.name);
    own.cleanAway = false;
    own.known = true;
    own.noQuorumSinceMs = undefined;
    own.lrmMode = own.requested ? 'maintenance' : 'active';
    own.lrmModeAtMs = this.#world.timers.now() - this.#world.latencies.haNodeStatusMs;
    this.kick();
  }

  /** Its LRM is active, so its watchdog bites when it loses quorum. In maintenance and empty it is not. */
  armed(name: string): boolean {
    if (this.services.runningOn(name).length > 0) return true;
    const { lrmMode, busyAtMs } = this.node(name);
    return lrmMode === 'active' && this.#world.timers.now() - busyAtMs < idleAfterMs;
  }

  /** Whether a working master reads the queue. */
  get masterWorks(): boolean {
    const node = this.#world.findNode(this.master ?? '');
    return node !== undefined && node.alive && node.joined && this.#world.corosync.quorate(node);
  }

  #round(): void {
    this.#electMaster();
    for (const node of this.#world.nodes) {
      if (this.services.runningOn(node.name).length > 0) this.node(node.name).busyAtMs = this.#world.timers.now();
      this.#lrm(node);
    }
    if (this.masterWorks) {
      this.#readQueue();
      for (const node of this.#world.nodes) this.#judge(node);
      this.services.round();
    }
    for (const one of [...this.#empties]) {
      if (this.services.runningOn(one.node).length > 0) continue;
      this.#empties.splice(this.#empties.indexOf(one), 1);
      one.resolve();
    }
    if (this.#busy()) this.kick();
  }

  #electMaster(): void {
    if (this.masterWorks) return;
    const old = this.#world.findNode(this.master ?? '');
    const lostMs = old?.lostAtMs === undefined ? 0 : this.#world.timers.now() - old.lostAtMs;
    const clean = old !== undefined && this.node(old.name).cleanAway;
    if (old !== undefined && lostMs < (clean ? 2 * this.#world.latencies.haTickMs : this.#world.latencies.haMasterLostMs)) return;
    const next = this.#world.nodes.find((node) => node.alive && node.joined && this.#world.corosync.quorate(node));
    if (next === undefined) return;
    this.master = next.name;
    this.#world.log.tell({ type: 'ha.master', node: next.name });
  }

  #readQueue(): void {
    const ripe = this.#world.timers.now() - this.#world.latencies.haAcceptMs;
    while (this.#commands[0] !== undefined && this.#commands[0].atMs <= ripe) {
      const command = this.#commands.shift();
      if (command?.kind === 'move') this.services.askMove(command.sid, command.node);
      if (command?.kind === 'maintenance') this.#request(this.node(command.node), command.on);
    }
  }

  /** Accepted only for a node that is online or already in maintenance; otherwise dropped without a word to whoever asked. */
  #request(node: HaNode, on: boolean): void {
    if (node.requested === on || (on && node.status !== 'online')) return;
    node.requested = on;
    node.requestedAtMs = this.#world.timers.now();
  }

  #lrm(node: SimNode): void {
    const { latencies, corosync, timers } = this.#world;
    const own = this.node(node.name);
    if (!node.alive) return;
    if (!corosync.quorate(node)) {
      own.noQuorumSinceMs ??= timers.now();
      if (this.armed(node.name) && timers.now() - own.noQuorumSinceMs >= latencies.watchdogMs)
        this.#world.boot.cutPower(node, 'fenced', true);
      return;
    }
    own.noQuorumSinceMs = undefined;
    const mode = own.requested ? 'maintenance' : 'active';
    if (node.power === 'stopping' || own.lrmMode === mode) return;
    if (timers.now() - own.requestedAtMs < latencies.haLrmModeMs - latencies.haAcceptMs) return;
    own.lrmMode = mode;
    own.lrmModeAtMs = timers.now();
  }

  /** The master makes up its mind about a node. */
  #judge(node: SimNode): void {
    const { latencies, timers } = this.#world;
    const own = this.node(node.name);
    const now = timers.now();
    if (node.joined) {
      const status = own.lrmMode === 'maintenance' ? 'maintenance' : 'online';
      const settled =
        own.status === 'unknown' || own.status === 'fence' || now - own.lrmModeAtMs >= latencies.haNodeStatusMs - latencies.haLrmModeMs;
      if (status !== own.status && settled) this.#setStatus(own, status);
      return;
    }
    if (own.lrmMode === 'maintenance') return;
    const awayMs = now - (node.lostAtMs ?? now);
    if (own.status === 'online' && awayMs >= latencies.haUnknownMs) this.#setStatus(own, 'unknown');
    const lost = this.services.lostOn(node.name);
    if (own.cleanAway || lost.length === 0) return;
    if (own.status === 'unknown' && awayMs >= latencies.haFenceMs) {
      this.#setStatus(own, 'fence');
      for (const service of lost) this.services.become(service, 'fence');
    }
    if (own.status === 'fence' && awayMs >= latencies.haRecoverMs) {
      this.#setStatus(own, 'unknown');
      for (const service of lost) this.services.become(service, 'recovery');
    }
  }

  #setStatus(node: HaNode, status: HaNode['status']): void {
    const was = node.status;
    node.status = status;
    node.statusAtMs = this.#world.timers.now();
    if ((was === 'maintenance') !== (status === 'maintenance'))
      this.#world.log.tell({ type: 'ha.maintenance', node: node.name, on: status === 'maintenance' });
  }

  /** Whether another round could change anything without anybody doing something first. */
  #busy(): boolean {
    if (this.#commands.length > 0 || this.#empties.length > 0 || !this.masterWorks) return this.#world.nodes.some(({ alive }) => alive);
    if (this.services.busy) return true;
    return this.#world.nodes.some((node) => {
      const own = this.node(node.name);
      if (!node.joined)
        return (
          (node.alive && this.armed(node.name)) ||
          (own.status !== 'maintenance' && !own.cleanAway && (own.status === 'online' || this.services.lostOn(node.name).length > 0))
        );
      const mode = own.requested ? 'maintenance' : 'active';
      return node.power === 'up' && (own.lrmMode !== mode || own.status !== (mode === 'maintenance' ? 'maintenance' : 'online'));
    });
  }
}
