/** A world as people write it down: the way back from the plain data of `spec.ts` to the words of `spec-file.ts`. */
import type { WorldSpec } from './spec.ts';

/** @returns what YAML can hold and `readWorld` reads back to the same world; latencies have no words */
export function worldWords({ latencies: _latencies, nodes, guests, storages, ...rest }: WorldSpec): Readonly<Record<string, unknown>> {
  return {
    ...worded(rest),
    nodes: Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, worded(node)])),
    ...(guests === undefined ? {} : { guests: Object.fromEntries(Object.entries(guests).map(([vmid, guest]) => [vmid, worded(guest)])) }),
    ...(storages === undefined
      ? {}
      : { storages: Object.fromEntries(Object.entries(storages).map(([id, storage]) => [id, worded(storage)])) }),
  };
}

/** Words with a unit, by how they are called in the plain data. */
const sizes: Readonly<Record<string, string>> = {
  memoryBytes: 'memory',
  otherMemoryBytes: 'other-memory',
  diskBytes: 'disk',
  totalBytes: 'total',
  freeBytes: 'free',
  usedBytes: 'used',
};
const spans: Readonly<Record<string, string>> = { bootMs: 'boot-time', shutdownMs: 'shutdown-time', startMs: 'start-time', ageMs: 'age' };

/** Their keys are names from outside, not words of ours. */
const foreign: readonly string[] = ['installed', 'files', 'config', 'sickUnits', 'checks'];

function worded(spec: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(spec).flatMap(([key, value]) => (value === undefined ? [] : [wordOf(key, value)])));
}

function wordOf(key: string, value: unknown): readonly [word: string, value: unknown] {
  const size = sizes[key];
  if (size !== undefined && typeof value === 'number') return [size, sizeText(value)];
  const span = spans[key];
  if (span !== undefined) return [span, typeof value === 'number' ? `${Math.round(value)}ms` : value];
  const word = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (foreign.includes(key)) return [word, value];
  if (key === 'fileSystems')
    return [word, Object.fromEntries(Object.entries(value as object).map(([path, room]) => [path, worded(room as object)]))];
  if (Array.isArray(value)) return [word, value.map((one: unknown) => (isObject(one) ? worded(one) : one))];
  return [word, isObject(value) ? worded(value) : value];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** In the largest unit that keeps it whole; bytes without a unit, and what is negative too. */
function sizeText(bytes: number): string | number {
  let amount = bytes;
  let unit = 0;
  while (amount >= 1024 && amount % 1024 === 0 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  return unit === 0 ? Math.round(bytes) : `${amount}${units[unit] ?? 'B'}`;
}
