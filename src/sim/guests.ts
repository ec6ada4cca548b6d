/** Starting and stopping guests on their nodes. Each call is one of PVE's tasks and takes the time that takes. */
import type { SimGuest } from './guest.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** How a task ended: `OK` or its error. */
export type TaskEnding = string;

export class Guests {
  readonly #byId: ReadonlyMap<number, SimGuest>;
  readonly #world: World;
  #all: SimGuest[];

  constructor(world: World, guests: readonly SimGuest[]) {
    this.#world = world;
    this.#all = [...guests].sort((a, b) => a.vmid - b.vmid);
    this.#byId = new Map(this.#all.map((guest) => [guest.vmid, guest]));
  }

  /** All there are, by vmid. */
  get all(): readonly SimGuest[] {
    return this.#all;
  }

  find(vmid: number): SimGuest | undefined {
    const guest = this.#byId.get(vmid);
    return guest?.exists === true ? guest : undefined;
  }

  on(node: string): SimGuest[] {
    return this.#all.filter((guest) => guest.node === node);
  }

  /** Those that have a process on the node. */
  upOn(node: string): SimGuest[] {
    return this.#all.filter((guest) => guest.node === node && guest.up);
  }

  add(guest: SimGuest): void {
    (this.#byId as Map<number, SimGuest>).set(guest.vmid, guest);
    this.#all = [...this.#all, guest].sort((a, b) => a.vmid - b.vmid);
    this.#world.pmxcfs.touchGuests();
  }

  delete(guest: SimGuest): void {
    guest.exists = false;
    guest.status = 'stopped';
    this.#all = this.#all.filter((other) => other !== guest);
    this.#world.pmxcfs.touchGuests();
  }

  start(guest: SimGuest, node: SimNode): Promise<TaskEnding> {
    const { world, task } = this.#task(node, guest, guest.kind === 'qemu' ? 'qmstart' : 'vzstart');
    return new Promise((resolve) => {
      world.timers.after(world.around('guests', guest.startMs ?? world.latencies.guestStartMs), () => {
        if (task.status !== undefined) return resolve(task.status);
        const refused = !node.alive || !guest.exists || guest.node !== node.name;
        if (!refused && !guest.up) this.run(guest, 'started');
        world.tasks.end(task, refused ? 'start failed' : 'OK');
        resolve(task.status ?? 'OK');
      });
    });
  }

  /**
   * Asks it to shut down and waits for it.
   * @param why what the guest's interruption is told as
   * @param force stops it hard when the time is up
   */
  shutdown(guest: SimGuest, node: SimNode, timeoutMs: number, why: string, force = false): Promise<TaskEnding> {
    const { world, task } = this.#task(node, guest, guest.kind === 'qemu' ? 'qmshutdown' : 'vzshutdown');
    const takesMs = guest.shutdownMs ?? world.latencies.guestShutdownMs;
    const intimeMs = takesMs === 'never' ? Number.POSITIVE_INFINITY : world.around('guests', takesMs);
    return new Promise((resolve) => {
      world.timers.after(Math.min(intimeMs, timeoutMs), () => {
        if (task.status !== undefined) return resolve(task.status);
        const late = intimeMs > timeoutMs;
        if (guest.node === node.name && (!late || force)) this.halt(guest, why);
        // The tool has given up; the guest goes on shutting down.
        const { startedAtMs } = guest;
        if (late && !force && Number.isFinite(intimeMs))
          world.timers.after(intimeMs - timeoutMs, () => {
            if (guest.exists && guest.node === node.name && guest.startedAtMs === startedAtMs) this.halt(guest, why);
          });
        world.tasks.end(task, late && !force ? 'VM quit/powerdown failed - got timeout' : 'OK');
        resolve(task.status ?? 'OK');
      });
    });
  }

  /** It runs from this moment. */
  run(guest: SimGuest, how: 'started' | 'moved'): void {
    this.#change(guest, 'running');
    guest.startedAtMs = this.#world.timers.now();
    guest.pid = this.#world.node(guest.node).nextPid();
    this.#world.log.tell({ type: 'guest.runs', vmid: guest.vmid, title: guest.title, node: guest.node, how });
  }

  /** It stops in this moment. */
  halt(guest: SimGuest, why: string): void {
    if (!guest.up) return;
    this.#change(guest, 'stopped');
    guest.pid = 0;
    guest.interruptions.push({ atMs: this.#world.timers.now(), why });
    this.#world.log.tell({ type: 'guest.stopped', vmid: guest.vmid, title: guest.title, node: guest.node, why });
  }

  /** Its config moves to another node, with its process when it has one. */
  place(guest: SimGuest, node: string): void {
    const from = guest.node;
    guest.node = node;
    this.#world.pmxcfs.touchGuests();
    const { vmid, title } = guest;
    if (guest.up) {
      // The process on the target is a new one, of the QEMU that is installed there.
      guest.startedAtMs = this.#world.timers.now();
      guest.pid = this.#world.node(node).nextPid();
      this.#world.log.tell({ type: 'guest.runs', vmid, title, node, how: 'moved' });
    } else this.#world.log.tell({ type: 'guest.moved', vmid, title, node, from });
  }

  /** All that ran there is gone with the node's power. */
  nodeDown(node: string, why: string): void {
    for (const guest of this.on(node)) this.halt(guest, why);
  }

  #change(guest: SimGuest, status: SimGuest['status']): void {
    guest.statusBefore = guest.status;
    guest.status = status;
    guest.changedAtMs = this.#world.timers.now();
  }

  #task(node: SimNode, guest: SimGuest, type: string) {
    const world = this.#world;
    return { world, task: world.tasks.start(node, type, `${guest.vmid}`) };
  }
}
