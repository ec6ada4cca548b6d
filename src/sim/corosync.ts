/**
 * Membership and votes (facts 2). One partition holds every node that is joined; a node cut off from it sees itself alone.
 * Changes take the time that corosync takes to notice them.
 */
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** The cluster as one node sees it. */
export interface View {
  readonly members: readonly SimNode[];
  readonly expected: number;
  readonly total: number;
  readonly needed: number;
  readonly quorate: boolean;
}

export class Corosync {
  readonly expected: number;
  readonly needed: number;
  readonly qdeviceVotes: number;
  /** Whether the qdevice answers; only where there is one. */
  qdeviceConnected: boolean;
  /** Grows with every change of membership. */
  ring = 13;
  readonly #world: World;
  readonly #leaving = new Map<string, () => void>();
  readonly #views = new Map<string, View | undefined>();
  #quorate = true;

  constructor(world: World) {
    this.#world = world;
    const { quorum } = world.spec;
    const votes = world.nodes.reduce((sum, node) => sum + node.votes, 0);
    this.qdeviceVotes =
      quorum?.qdevice === undefined ? 0 : (quorum.qdevice.votes ?? (world.nodes.length % 2 === 0 ? 1 : world.nodes.length - 1));
    this.qdeviceConnected = quorum?.qdevice?.connected ?? true;
    this.expected = votes + this.qdeviceVotes;
    this.needed = quorum?.twoNode === true ? 1 : Math.floor(this.expected / 2) + 1;
  }

  /** @returns undefined where corosync does not run */
  view(node: SimNode): View | undefined {
    if (!this.#views.has(node.name)) this.#views.set(node.name, this.#look(node));
    return this.#views.get(node.name);
  }

  /** Whether `/etc/pve` can be written from there; a lone node always can. */
  quorate(node: SimNode): boolean {
    return !this.#world.clustered || (this.view(node)?.quorate ?? false);
  }

  /** Whether `node` is a member as `from` sees it. */
  sees(from: SimNode, node: SimNode): boolean {
    if (!this.#world.clustered) return from === node;
    return this.view(from)?.members.includes(node) ?? false;
  }

  /** The node comes (back) into the partition after `ms`, if it is then still there. */
  join(node: SimNode, ms: number): void {
    const { bootId } = node;
    this.#world.timers.after(ms, () => {
      if (node.joined || node.power === 'off' || node.cut || node.bootId !== bootId) return;
      node.joined = true;
      node.heardOfCluster = true;
      node.metricsFromMs = this.#world.timers.now() + this.#world.latencies.firstMetricsMs;
      node.lostAtMs = undefined;
      this.changed();
      this.#world.log.tell({ type: 'node.rejoined', node: node.name });
      this.#tellQuorum();
      this.#world.ha.kick();
      this.#world.boot.afterRejoin(node);
    });
  }

  /** The others notice after `ms` that the node is gone, unless it is back by then. */
  leave(node: SimNode, ms: number): void {
    if (!node.joined || this.#leaving.has(node.name)) return;
    node.lostAtMs = this.#world.timers.now();
    const cancel = this.#world.timers.after(ms, () => {
      this.#leaving.delete(node.name);
      node.joined = false;
      this.changed();
      this.#world.log.tell({ type: 'node.left', node: node.name });
      this.#tellQuorum();
      this.#world.ha.kick();
    });
    this.#leaving.set(node.name, cancel);
  }

  /** The link came back before anybody noticed that it was gone. */
  stay(node: SimNode): boolean {
    const cancel = this.#leaving.get(node.name);
    cancel?.();
    this.#leaving.delete(node.name);
    return cancel !== undefined;
  }

  setQdevice(connected: boolean): void {
    this.qdeviceConnected = connected;
    this.changed();
    this.#tellQuorum();
  }

  /** Called after anything that a view depends on has changed. */
  changed(): void {
    this.ring += 4;
    this.#views.clear();
    this.#world.pmxcfs.touchMembers();
  }

  /** Votes of the partition, for the invariants. */
  get partition(): View {
    return this.#count(
      this.#world.nodes.filter((node) => node.joined),
      true,
    );
  }

  #look(node: SimNode): View | undefined {
    if (!this.#world.clustered || node.power === 'off' || node.sickUnits.get('corosync') !== undefined) return undefined;
    if (node.joined) return this.partition;
    return this.#count([node], false);
  }

  #count(members: readonly SimNode[], withQdevice: boolean): View {
    const votes = members.reduce((sum, node) => sum + node.votes, 0);
    const total = votes + (withQdevice && this.qdeviceConnected ? this.qdeviceVotes : 0);
    return { members, expected: this.expected, total, needed: this.needed, quorate: total >= this.needed };
  }

  #tellQuorum(): void {
    const { quorate, total, needed } = this.partition;
    if (quorate === this.#quorate || !this.#world.clustered) return;
    this.#quorate = quorate;
    if (quorate) for (const node of this.#world.nodes) if (node.joined && node.power === 'up') this.#world.boot.afterRejoin(node);
    this.#world.log.tell({ type: 'quorum', quorate, votes: total, needed });
  }
}
