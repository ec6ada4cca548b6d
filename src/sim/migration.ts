/**
 * Moving a guest, as `qm migrate` and `pct migrate` do it (facts 3; captures `midmig-`, `killmig-`, `targetdies`). It goes on in
 * the world whoever asked for it; what ends it early is a signal to its program, or the power of one of the two nodes.
 */
import type { SimGuest } from './guest.ts';
import { refusalOf, staysBehind } from './migration-refusals.ts';
import type { SimNode } from './node.ts';
import type { KilledBy } from './process.ts';
import type { Task } from './tasks.ts';
import type { World } from './world.ts';
import { MiB } from './spec.ts';

export interface Move {
  readonly guest: SimGuest;
  readonly from: SimNode;
  readonly to: SimNode;
  readonly withLocalDisks: boolean;
  /** Containers: stop, move, start. How long the stop may take. */
  readonly restart?: { readonly timeoutMs: number };
  readonly out: (line: string) => void;
}

export type MoveEnding = { readonly ok: true } | { readonly ok: false; readonly error: string };

export class Migration {
  readonly done: Promise<MoveEnding>;
  readonly task: Task;
  readonly #world: World;
  readonly #move: Move;
  readonly #startedMs: number;
  #settle: (ending: MoveEnding) => void = () => undefined;
  #cancel: () => void = () => undefined;
  /** What comes next; done again from its beginning when a cut link is mended. */
  #next: { readonly ms: number; readonly then: () => void } | undefined;
  #ended = false;
  /** The target's power went while memory was on its way: nothing more happens until it is back. */
  #hanging = false;

  constructor(world: World, move: Move) {
    this.#world = world;
    this.#move = move;
    this.#startedMs = world.timers.now();
    this.task = world.tasks.start(move.from, move.guest.kind === 'qemu' ? 'qmigrate' : 'vzmigrate', `${move.guest.vmid}`);
    this.done = new Promise((resolve) => (this.#settle = resolve));
    world.migrations.add(this);
    this.#begin();
  }

  get guest(): SimGuest {
    return this.#move.guest;
  }

  get to(): string {
    return this.#move.to.name;
  }

  /** The program that drives it was told to end, or died: the guest runs on where it was. */
  kill(by: KilledBy): void {
    if (this.#ended) return;
    if (by === 'signal') this.#fail('migration problems', 'ERROR: migration finished with problems', true);
    else this.#end({ ok: false, error: 'unexpected status' }, false);
  }

  nodeDown(node: string): void {
    if (this.#ended) return;
    if (node === this.#move.to.name) {
      this.#cancel();
      this.#hanging = true;
    } else if (node === this.#move.from.name) this.kill('power');
  }

  /** The connection to a target that came back breaks, and only then does the source notice. */
  nodeUp(node: string): void {
    if (!this.#ended && this.#hanging && node === this.#move.to.name) {
      this.#log('migration status error: failed - Unable to write to socket: Broken pipe');
      this.#log('ERROR: online migrate failure - aborting');
      this.#log('aborting phase 2 - cleanup resources');
      this.#fail('migration problems', 'ERROR: migration finished with problems', true);
    }
  }

  /** Memory stands still while either end is cut off; the connection itself outlives that (measured "Migration"). */
  linkChanged(node: string): void {
    const { from, to } = this.#move;
    if (this.#ended || this.#hanging || (node !== from.name && node !== to.name)) return;
    this.#cancel();
    if (!from.cut && !to.cut && this.#next !== undefined) this.#after(this.#next.ms, this.#next.then);
  }

  #begin(): void {
    const { guest, to } = this.#move;
    const refused = refusalOf(this.#world, this.#move);
    if (refused !== undefined) {
      for (const line of refused.lines) this.#log(line);
      this.#fail('migration aborted', `ERROR: migration aborted (duration 00:00:00): ${refused.why}`, false);
      return;
    }
    guest.lock = 'migrate';
    guest.movingTo = to.name;
    const { vmid, title } = guest;
    this.#world.log.tell({ type: 'migration.started', vmid, title, from: guest.node, to: to.name });
    if (guest.kind === 'lxc') this.#beginContainer();
    else this.#beginVm();
  }

  #beginVm(): void {
    const { guest, to } = this.#move;
    const { latencies } = this.#world;
    if (guest.up) this.#log('conntrack state migration not supported or disabled, active connections might get dropped');
    this.#log(`starting migration of VM ${guest.vmid} to node '${to.name}' (${to.address})`);
    const stays = staysBehind(this.#world, this.#move);
    if (stays !== undefined) {
      for (const line of stays.lines) this.#log(line);
      this.#fail('migration aborted', `ERROR: migration aborted (duration 00:00:00): ${stays.why}`, true);
      return;
    }
    if (!guest.up) {
      this.#after(latencies.guestStartMs + this.#copyMs(), () => this.#arrive());
      return;
    }
    this.#log(`starting VM ${guest.vmid} on remote node '${to.name}'`);
    this.#after(latencies.migrationStartMs, () => {
      this.#log(`start migrate command to unix:/run/qemu-server/${guest.vmid}.migrate`);
      const bytesMs = (guest.memoryBytes / latencies.migrationBytesPerS) * 1000 + this.#copyMs();
      this.#after(bytesMs / 2, () => {
        this.#half();
        this.#after(bytesMs / 2, () => {
          this.#log(`migration completed, transferred ${(guest.memoryBytes / MiB).toFixed(1)} MiB VM-state`);
          this.#log('migration status: completed');
          this.#after(latencies.migrationEndMs, () => this.#arrive());
        });
      });
    });
  }

  #beginContainer(): void {
    const { guest, to, restart, from } = this.#move;
    const wasUp = guest.up;
    const move = (): void => {
      this.#log(`starting migration of CT ${guest.vmid} to node '${to.name}' (${to.address})`);
      for (const { storage, volume } of guest.disks)
        if (this.#world.storages.isShared(storage)) this.#log(`volume '${storage}:${volume}' is on shared storage '${storage}'`);
      this.#after(this.#world.latencies.guestStartMs + this.#copyMs(), () => {
        this.#half();
        this.#log('start final cleanup');
        this.#arrive(wasUp);
      });
    };
    if (!wasUp || restart === undefined) {
      move();
      return;
    }
    this.#log(`shutdown CT ${guest.vmid}`);
    void this.#world.guests.shutdown(guest, from, restart.timeoutMs, 'restart migration').then((ending) => {
      if (this.#ended) return;
      if (ending === 'OK') move();
      else this.#fail('migration aborted', 'ERROR: migration aborted: container did not stop', true);
    });
  }

  #arrive(restart = false): void {
    const { guest, to } = this.#move;
    guest.lock = undefined;
    guest.movingTo = undefined;
    this.#swapReplica();
    this.#world.guests.place(guest, to.name);
    if (restart) {
      this.#log('start container on target node');
      void this.#world.guests.start(guest, to).then(() => this.#finish());
    } else if (guest.staysPaused && guest.up) {
      guest.staysPaused = false;
      guest.status = 'paused';
      this.#log('ERROR: resuming the VM on the target node failed');
      this.#fail('migration problems', 'ERROR: migration finished with problems', true);
    } else this.#finish();
  }

  /** A replica takes the guest's place, and the guest's volumes become the replica. */
  #swapReplica(): void {
    const { guest, from, to } = this.#move;
    if (!guest.replicas.has(to.name)) return;
    const others = [...guest.replicas].filter(([node]) => node !== to.name);
    guest.replicas = new Map([...others, [from.name, { syncedAtMs: this.#world.timers.now() }]]);
  }

  #finish(): void {
    this.#log(`migration finished successfully (duration ${clock(this.#world.timers.now() - this.#startedMs)})`);
    this.#end({ ok: true }, true);
  }

  #fail(error: string, line: string, unlock: boolean): void {
    this.#log(line);
    this.#end({ ok: false, error }, unlock);
  }

  #end(ending: MoveEnding, unlock: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancel();
    const { guest } = this.#move;
    this.#world.migrations.delete(this);
    if (unlock && guest.lock === 'migrate') guest.lock = undefined;
    guest.movingTo = undefined;
    this.#world.tasks.end(this.task, ending.ok ? 'OK' : ending.error);
    if (!ending.ok) this.#world.log.tell({ type: 'migration.failed', vmid: guest.vmid, title: guest.title, why: ending.error });
    this.#settle(ending);
  }

  #half(): void {
    const { guest, to } = this.#move;
    this.#world.log.tell({ type: 'migration.half', vmid: guest.vmid, title: guest.title, from: guest.node, to: to.name });
  }

  /** Local disks are copied, shared ones are not. */
  #copyMs(): number {
    // What the replica has already is not sent again.
    if (this.#move.guest.replicas.has(this.#move.to.name)) return 1000;
    const bytes = this.#move.guest.disks
      .filter(({ storage }) => !this.#world.storages.isShared(storage))
      .reduce((sum, disk) => sum + disk.bytes, 0);
    return (bytes / this.#world.latencies.diskCopyBytesPerS) * 1000;
  }

  #after(ms: number, then: () => void): void {
    this.#next = { ms, then };
    this.#cancel = this.#world.timers.after(this.#world.around('migrations', ms), () => {
      this.#next = undefined;
      if (!this.#ended && !this.#hanging) then();
    });
    if (this.#move.from.cut || this.#move.to.cut) this.#cancel();
  }

  #log(line: string): void {
    this.#move.out(`${this.#world.dateTime(this.#world.timers.now())} ${line}`);
  }
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => `${part}`.padStart(2, '0')).join(':');
}
