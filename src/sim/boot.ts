/** Power: asking a node to reboot, pulling its plug, and what happens until it is back. */
import { interrupted } from './apt.ts';
import { takeKernel } from './boot-loader.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

export class Boot {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** `systemctl reboot`: the node goes on answering while its guests shut down (facts 8.1). */
  reboot(node: SimNode, poweroff = false): void {
    if (node.power !== 'up') return;
    node.power = 'stopping';
    const { total, needed } = this.#world.corosync.partition;
    const votesLeft = total - (node.joined ? node.votes : 0);
    this.#world.log.tell({
      type: 'node.asked-to-reboot',
      node: node.name,
      fallback: node.nextKernel,
      votesLeft,
      needed,
      guests: this.#world.guests.upOn(node.name).map(({ vmid }) => vmid),
    });
    void this.#shutDown(node, poweroff);
  }

  /** The plug is pulled, or the watchdog bites. `returns` boots it again. */
  cutPower(node: SimNode, how: 'power' | 'fenced', returns: boolean): void {
    if (node.power === 'off') return;
    this.wentDown(node, how);
    if (returns) this.#bootLater(node);
  }

  /** It is dark from this moment: everything on it ends without a word. */
  wentDown(node: SimNode, how: 'reboot' | 'shutdown' | 'power' | 'fenced'): void {
    if (node.power === 'off') return;
    node.power = 'off';
    const world = this.#world;
    world.log.tell({ type: 'node.down', node: node.name, how });
    for (const process of node.processes) process.end('power');
    node.processes.clear();
    node.units.clear();
    for (const { type } of node.backupTasks)
      world.log.tell({ type: 'fault', text: `the ${type} of the backup server on ${node.name} is cut off` });
    node.backupTasks = [];
    for (const migration of [...world.migrations]) migration.nodeDown(node.name);
    world.tasks.nodeDown(node.name);
    world.guests.nodeDown(node.name, how === 'reboot' || how === 'shutdown' ? 'its node went down' : 'its node lost power');
    interrupted(node.apt);
    node.hung = false;
    node.rebootBlocked = false;
    node.sickUnits.clear();
    world.corosync.leave(node, how === 'reboot' || how === 'shutdown' ? world.latencies.leaveMs : world.latencies.silentMs);
    world.ha.nodeDown(node);
    world.corosync.changed();
    for (const gone of [...world.onNodeDown]) gone(node.name);
  }

  /** It answers again, with a new boot id, unless its kernel hangs. */
  cameUp(node: SimNode, bootId = this.#world.random.stream('boot-ids').uuid()): void {
    const world = this.#world;
    const { nextBoot } = node;
    const kernel = nextBoot.oldKernel === true ? node.runningKernel : (nextBoot.fromMenu ?? takeKernel(node));
    if (node.badKernels.has(kernel)) {
      world.log.tell({ type: 'node.hung', node: node.name, kernel });
      return;
    }
    node.nextBoot = {};
    node.power = 'up';
    node.bootId = bootId;
    node.boots++;
    node.bootedAtMs = world.timers.now();
    node.metricsFromMs = Number.POSITIVE_INFINITY;
    node.runningKernel = kernel;
    node.rebootRequired = [];
    node.guestsIssuedAtMs = Number.POSITIVE_INFINITY;
    node.startsGuests = nextBoot.withoutGuests !== true;
    node.kernelErrors = [...(node.spec.kernelErrors ?? []), ...(nextBoot.kernelError === undefined ? [] : [nextBoot.kernelError])];
    node.osdsDown = nextBoot.withoutOsds === true;
    node.lrmSilentAtMs = nextBoot.silentLrm === true ? (node.lostAtMs ?? world.timers.now()) : undefined;
    if (nextBoot.degradedPool === true) node.zfs = 'degraded';
    if (nextBoot.unsynchronisedClock === true) node.clockSynchronised = false;
    node.downLinks.clear();
    for (const link of nextBoot.withoutLinks ?? []) node.downLinks.add(link);
    node.deadCorosyncLinks.clear();
    if (nextBoot.withoutCorosyncLink !== undefined) node.deadCorosyncLinks.add(nextBoot.withoutCorosyncLink);
    node.missingStorages.clear();
    for (const storage of nextBoot.withoutStorages ?? []) node.missingStorages.add(storage);
    for (const unit of nextBoot.failedUnits ?? []) node.sickUnits.set(unit, 'failed');
    if (nextBoot.withoutCluster === true) node.sickUnits.set('corosync', 'failed');
    world.corosync.stay(node);
    node.joined = !world.clustered;
    node.heardOfCluster = nextBoot.withoutCluster !== true;
    world.corosync.changed();
    world.log.tell({ type: 'node.up', node: node.name, bootId, kernel: node.runningKernel, fallback: node.nextKernel });
    for (const migration of [...world.migrations]) migration.nodeUp(node.name);
    if (!world.clustered) this.#standsAlone(node);
    else if (nextBoot.withoutCluster !== true) world.corosync.join(node, world.around('boots', world.latencies.rejoinMs));
    for (const up of [...world.onNodeUp]) up(node.name);
  }

  /** pve-guests starts what is marked to start, once there is quorum (facts 8.2); called again when that comes later. */
  afterRejoin(node: SimNode): void {
    const world = this.#world;
    const { bootId } = node;
    world.ha.nodeBack(node);
    // Once a boot: a node that was only cut off has nothing to start.
    if (node.onBootDoneFor === bootId || !world.corosync.quorate(node)) return;
    node.onBootDoneFor = bootId;
    const all = world.guests.on(node.name).filter((guest) => guest.onBoot && !guest.up && !guest.template && !world.ha.manages(guest));
    const due = node.startsGuests ? all : [];
    let waitMs = 3_000;
    for (const guest of due) {
      world.timers.after(waitMs, () => {
        if (node.bootId !== bootId || node.power !== 'up' || guest.node !== node.name || !world.corosync.quorate(node)) return;
        if (guest.lock === 'backup') guest.lock = undefined;
        if (guest.lock === undefined) void world.guests.start(guest, node);
      });
      waitMs += 3_000;
    }
    node.guestsIssuedAtMs = world.timers.now() + (due.length === 0 ? 0 : waitMs);
  }

  async #shutDown(node: SimNode, poweroff: boolean): Promise<void> {
    const world = this.#world;
    const { bootId } = node;
    await world.ha.beforeShutdown(node);
    const left = world.guests.upOn(node.name);
    await Promise.all(left.map((guest) => world.guests.shutdown(guest, node, 180_000, 'its node was rebooted', true)));
    world.timers.after(world.around('boots', node.shutdownMs), () => {
      if (node.power !== 'stopping' || node.bootId !== bootId) return;
      this.wentDown(node, poweroff ? 'shutdown' : 'reboot');
      if (!poweroff) this.#bootLater(node);
    });
  }

  #bootLater(node: SimNode): void {
    const afterMs = node.nextBoot.afterMs ?? this.#world.around('boots', node.bootMs);
    if (afterMs === Number.POSITIVE_INFINITY) return;
    const { boots } = node;
    this.#world.timers.after(afterMs, () => {
      if (node.power === 'off' && node.boots === boots) this.cameUp(node);
    });
  }

  #standsAlone(node: SimNode): void {
    this.#world.timers.after(this.#world.latencies.rejoinMs, () => {
      if (node.power === 'off') return;
      node.lostAtMs = undefined;
      node.metricsFromMs = this.#world.timers.now() + this.#world.latencies.firstMetricsMs;
      this.afterRejoin(node);
    });
  }
}
