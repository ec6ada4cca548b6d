/** What happened in the world, for golden logs, for faults that wait for something, and for the invariants. */
import { counted } from '../model/count.ts';
import type { Timers } from './timers.ts';

export type WorldEvent =
  /** With the votes that will be left, those that are needed, the guests that still run there, and the kernel that is its default. */
  | {
      readonly type: 'node.asked-to-reboot';
      readonly node: string;
      readonly fallback: string;
      readonly votesLeft: number;
      readonly needed: number;
      readonly guests: readonly number[];
    }
  | { readonly type: 'node.down'; readonly node: string; readonly how: 'reboot' | 'shutdown' | 'power' | 'fenced' }
  /** `fallback`: the kernel that is its default, whichever it was told to take once. */
  | { readonly type: 'node.up'; readonly node: string; readonly bootId: string; readonly kernel: string; readonly fallback: string }
  /** It hangs as this kernel boots, until somebody switches it off and on. */
  | { readonly type: 'node.hung'; readonly node: string; readonly kernel: string }
  | { readonly type: 'node.left'; readonly node: string }
  | { readonly type: 'node.rejoined'; readonly node: string }
  | { readonly type: 'node.cut'; readonly node: string; readonly cut: boolean }
  | { readonly type: 'quorum'; readonly quorate: boolean; readonly votes: number; readonly needed: number }
  | { readonly type: 'guest.runs'; readonly vmid: number; readonly title: string; readonly node: string; readonly how: 'started' | 'moved' }
  | { readonly type: 'guest.stopped'; readonly vmid: number; readonly title: string; readonly node: string; readonly why: string }
  | { readonly type: 'guest.moved'; readonly vmid: number; readonly title: string; readonly node: string; readonly from: string }
  | { readonly type: 'migration.started'; readonly vmid: number; readonly title: string; readonly from: string; readonly to: string }
  | { readonly type: 'migration.half'; readonly vmid: number; readonly title: string; readonly from: string; readonly to: string }
  | { readonly type: 'migration.failed'; readonly vmid: number; readonly title: string; readonly why: string }
  | { readonly type: 'package.changed'; readonly node: string; readonly name: string; readonly to: string | undefined }
  | {
      readonly type: 'apt.started';
      readonly node: string;
      readonly what: 'update' | 'fetch' | 'upgrade';
      readonly guests: readonly number[];
    }
  | { readonly type: 'apt.ended'; readonly node: string; readonly what: 'update' | 'fetch' | 'upgrade'; readonly exitCode: number }
  | { readonly type: 'ha.maintenance'; readonly node: string; readonly on: boolean }
  | { readonly type: 'ha.master'; readonly node: string }
  | { readonly type: 'ceph.noout'; readonly host: string; readonly on: boolean }
  | { readonly type: 'crs'; readonly crs: string }
  /** A peer's guard said that the awaited node is not back. `told`: how many receivers of messages it told besides. */
  | { readonly type: 'guard.spoke'; readonly node: string; readonly awaited: string; readonly run: string; readonly told: number }
  | { readonly type: 'fault'; readonly text: string };

export interface WorldFact {
  readonly atMs: number;
  /** Position in the log; facts of one moment keep their order. */
  readonly index: number;
  /** Who it is about, as printed in the second column: `pve1`, `vm 101`, `!`. */
  readonly subject: string;
  /** What happened, as printed. */
  readonly text: string;
  /** Whether a golden log shows it; the others are for invariants and triggers. */
  readonly told: boolean;
  readonly event: WorldEvent;
}

export class WorldLog {
  readonly entries: WorldFact[] = [];
  readonly #listeners = new Set<(fact: WorldFact) => void>();
  readonly #timers: Timers;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Called for every fact from now on, in the moment it happens. @returns a function that ends it */
  listen(listener: (fact: WorldFact) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(event: WorldEvent): void {
    const fact: WorldFact = { atMs: this.#timers.now(), index: this.entries.length, ...describe(event), event };
    this.entries.push(fact);
    for (const listener of [...this.#listeners]) listener(fact);
  }
}

function describe(event: WorldEvent): { subject: string; text: string; told: boolean } {
  switch (event.type) {
    case 'node.asked-to-reboot':
      return { subject: event.node, text: 'shutting down', told: false };
    case 'node.down':
      return { subject: event.node, text: downText[event.how], told: true };
    case 'node.up':
      return { subject: event.node, text: 'up, new boot', told: true };
    case 'node.hung':
      return { subject: event.node, text: `hangs as kernel ${event.kernel} boots`, told: true };
    case 'node.left':
      return { subject: event.node, text: 'left the cluster', told: false };
    case 'node.rejoined':
      return { subject: event.node, text: 'rejoined the cluster', told: true };
    case 'node.cut':
      return { subject: event.node, text: event.cut ? 'lost its link' : 'got its link back', told: true };
    case 'quorum':
      return { subject: 'cluster', text: event.quorate ? 'quorate again' : 'lost quorum', told: true };
    case 'guest.runs':
      return { subject: event.title, text: event.how === 'moved' ? `runs on ${event.node}` : `started on ${event.node}`, told: true };
    case 'guest.stopped':
      return { subject: event.title, text: `stopped (${event.why})`, told: true };
    case 'guest.moved':
      return { subject: event.title, text: `is now on ${event.node}, stopped`, told: true };
    case 'migration.started':
      return { subject: event.title, text: `starts moving to ${event.to}`, told: false };
    case 'migration.half':
      return { subject: event.title, text: 'half migrated', told: false };
    case 'migration.failed':
      return { subject: event.title, text: `was not moved (${event.why})`, told: true };
    case 'package.changed':
      return {
        subject: event.node,
        text: event.to === undefined ? `${event.name} removed` : `${event.name} is now ${event.to}`,
        told: false,
      };
    case 'apt.started':
      return { subject: event.node, text: `apt begins (${event.what})`, told: false };
    case 'apt.ended':
      return { subject: event.node, text: `apt ended with ${event.exitCode} (${event.what})`, told: false };
    case 'ha.maintenance':
      return { subject: event.node, text: event.on ? 'in HA maintenance' : 'out of HA maintenance', told: true };
    case 'ha.master':
      return { subject: event.node, text: 'is HA master', told: false };
    case 'crs':
      return { subject: 'cluster', text: `crs is ${event.crs}`, told: true };
    case 'ceph.noout':
      return { subject: event.host, text: event.on ? 'noout set' : 'noout unset', told: true };
    case 'guard.spoke':
      return {
        subject: event.node,
        text: `says that ${event.awaited} is not back${event.told === 0 ? '' : `, to ${counted(event.told, 'receiver')} too`}`,
        told: true,
      };
    case 'fault':
      return { subject: '!', text: event.text, told: true };
    default: {
      const unknownEvent: never = event;
      return unknownEvent;
    }
  }
}

const downText = {
  reboot: 'went down',
  shutdown: 'went down',
  power: 'lost power',
  fenced: 'reset by its watchdog',
} as const;
