/** When a fault strikes: tied to something that happens in the world or in the run, never to a guess about when. */
import type { WorldEvent } from './facts.ts';

/** `afterMs` after the moment that `matches` names; of the start when it names none. */
export interface Trigger {
  readonly text: string;
  readonly afterMs: number;
  readonly of:
    | { readonly kind: 'start' }
    | { readonly kind: 'fact'; readonly matches: (event: WorldEvent) => boolean }
    | { readonly kind: 'run'; readonly says: string };
}

type Reader = readonly [RegExp, (...parts: string[]) => (event: WorldEvent) => boolean];

const nodeIs = (type: WorldEvent['type']) => (node: string) => (event: WorldEvent) =>
  event.type === type && 'node' in event && event.node === node;
const guestIs = (type: WorldEvent['type']) => (vmid: string) => (event: WorldEvent) =>
  event.type === type && 'vmid' in event && event.vmid === Number(vmid);

/** Every phrase about the world; `docs` and the error message list them. */
const phrases: readonly Reader[] = [
  [/^(\S+) is asked to reboot$/, nodeIs('node.asked-to-reboot')],
  [/^(\S+) goes down$/, nodeIs('node.down')],
  [/^(\S+) comes up$/, nodeIs('node.up')],
  [/^(\S+) hangs as it boots$/, nodeIs('node.hung')],
  [/^(\S+) leaves$/, nodeIs('node.left')],
  [/^(\S+) rejoins$/, nodeIs('node.rejoined')],
  [/^quorum is (lost|back)$/, (which) => (event) => event.type === 'quorum' && event.quorate === (which === 'back')],
  [/^(\S+) is in maintenance$/, (node) => (event) => event.type === 'ha.maintenance' && event.node === node && event.on],
  [/^(\S+) is out of maintenance$/, (node) => (event) => event.type === 'ha.maintenance' && event.node === node && !event.on],
  [/^guest (\d+) starts moving$/, guestIs('migration.started')],
  [/^guest (\d+) half migrated$/, guestIs('migration.half')],
  [
    /^guest (\d+) is moved$/,
    (vmid) => (event) =>
      (event.type === 'guest.runs' || event.type === 'guest.moved') &&
      event.vmid === Number(vmid) &&
      !('how' in event && event.how === 'started'),
  ],
  [/^guest (\d+) was not moved$/, guestIs('migration.failed')],
  [/^guest (\d+) stops$/, guestIs('guest.stopped')],
  [/^guest (\d+) starts$/, (vmid) => (event) => event.type === 'guest.runs' && event.vmid === Number(vmid) && event.how === 'started'],
  [
    /^apt (update|fetch|upgrade) begins on (\S+)$/,
    (what, node) => (event) => event.type === 'apt.started' && event.what === what && event.node === node,
  ],
  [
    /^apt (update|fetch|upgrade) ends on (\S+)$/,
    (what, node) => (event) => event.type === 'apt.ended' && event.what === what && event.node === node,
  ],
  [
    /^package (\S+) changes on (\S+)$/,
    (name, node) => (event) => event.type === 'package.changed' && event.name === name && event.node === node,
  ],
  [
    /^(\S+) says that (\S+) is not back$/,
    (node, of) => (event) => event.type === 'guard.spoke' && event.node === node && event.awaited === of,
  ],
  [/^crs becomes (\S+)$/, (crs) => (event) => event.type === 'crs' && event.crs === crs],
  [/^noout is set on (\S+)$/, (host) => (event) => event.type === 'ceph.noout' && event.host === host && event.on],
];

/** A step of the run: `pve/pve1/drain started`. */
const step = /^[\w-]+\/\S+ (started|retried|done)$/;
const runWords = /^run (began|paused|resumed|finished|abandoned)$/;

/** @returns undefined for a phrase that means nothing */
export function readTrigger(text: string): Trigger | undefined {
  const delayed = /^\+(\d+)(ms|s|m|h)(?: after (.+))?$/.exec(text);
  const afterMs = delayed === null ? 0 : Number(delayed[1]) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[delayed[2] ?? 's'] ?? 1000);
  const phrase = delayed === null ? text : (delayed[3] ?? 'start');
  if (phrase === 'start') return { text, afterMs, of: { kind: 'start' } };
  if (step.test(phrase) || runWords.test(phrase)) return { text, afterMs, of: { kind: 'run', says: phrase } };
  for (const [pattern, read] of phrases) {
    const match = pattern.exec(phrase);
    if (match !== null) return { text, afterMs, of: { kind: 'fact', matches: read(...match.slice(1)) } };
  }
  return undefined;
}
