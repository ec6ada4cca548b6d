/** Holding a simulated command against the recording of the same situation: same keys, types, streams and exit code. */
import assert from 'node:assert/strict';
import { runCommand } from '../../src/sim/commands/index.ts';
import type { Argv } from '../../src/ports/shell.ts';
import type { GuestSpec, WorldSpec } from '../../src/sim/spec.ts';
import { GiB, MiB } from '../../src/sim/spec.ts';
import type { Recording } from '../recorded.ts';
import { recording, recordingNames } from '../recorded.ts';
import { aWorld } from './a-world.ts';
import type { TestWorld } from './a-world.ts';

/** The recorded cluster: three nodes, guests on shared and local storage, none of them with a container that ran. */
export const recordedCluster: WorldSpec = {
  name: 'testclu',
  nodes: { pve1: {}, pve2: {}, pve3: {} },
  storages: { shared: { type: 'dir', shared: true }, onlypve12: { type: 'dir', shared: true, nodes: ['pve1', 'pve2'] } },
};

export function tinyVm(name: string, on: string, more: Partial<GuestSpec> = {}): GuestSpec {
  return { name, on, memoryBytes: 64 * MiB, cores: 1, diskBytes: GiB, status: 'stopped', onBoot: false, ...more };
}

export interface Compared {
  readonly recorded: string;
  /** Guests of the situation, by vmid. */
  readonly guests?: Readonly<Record<number, GuestSpec>>;
  readonly spec?: Partial<WorldSpec>;
  /** What happened before. */
  readonly first?: (test: TestWorld) => Promise<void> | void;
  /** The node it runs on, when it is not the recorded one. */
  readonly on?: string;
  readonly argv?: Argv;
  /** Lines of the recorded text that say more than the simulator does. */
  readonly without?: RegExp;
  /** Compares keys and types alone: the words are those of another day. */
  readonly typesOnly?: boolean;
}

/** Whichever folder it lies in. @throws Error when it lies in none */
export function recordingOf(name: string): Recording {
  const version = ['pve-9.2', 'pve-9.2-unread', 'debian-12'].find((folder) => recordingNames(folder).has(name));
  if (version === undefined) throw new Error(`there is no recording ${name}`);
  return recording(version, name);
}

export async function assertAsRecorded(compared: Compared): Promise<void> {
  const real = recordingOf(compared.recorded);
  const test = aWorld({ ...recordedCluster, ...compared.spec, guests: compared.guests ?? {} });
  await compared.first?.(test);
  const argv = compared.argv ?? (real.command.split(' ') as unknown as Argv);
  const simulated = await test.clock.drive(runCommand(test.world, compared.on ?? real.node, argv));
  assert.equal(simulated.exitCode, real.exitCode, `exit code; stderr: ${simulated.stderr}`);
  const keep = (text: string): string =>
    compared.without === undefined
      ? text
      : text
          .split('\n')
          .filter((line) => !compared.without?.test(line))
          .join('\n');
  assertSameForm('stdout', keep(simulated.stdout), keep(real.stdout), compared.typesOnly === true ? new Set() : nameLike);
  assertSameForm('stderr', simulated.stderr, real.stderr, nameLike);
}

function assertSameForm(stream: string, simulated: string, real: string, words: ReadonlySet<string>): void {
  if (/^[[{]/.test(real)) assert.deepEqual(shapes(JSON.parse(simulated), words), shapes(JSON.parse(real), words), stream);
  else assert.equal(anyValue(simulated), anyValue(real), stream);
}

/** Keys and types of what JSON holds; rows of a list by what they are, in an order of our own as PVE has none. */
function shapes(value: unknown, words: ReadonlySet<string>, key = ''): unknown {
  if (Array.isArray(value)) return [...new Set(value.map((item) => JSON.stringify(shapes(item, words, key))))].sort();
  if (typeof value !== 'object' || value === null) return words.has(key) ? value : typeof value;
  const entries = Object.entries(value).map(
    ([name, inner]) => [freeKeys.has(key) ? `<${typeof inner}>` : name, shapes(inner, words, name)] as const,
  );
  return Object.fromEntries(entries);
}

/** Values that are words of the protocol, not of the moment. */
const nameLike: ReadonlySet<string> = new Set([
  'type',
  'status',
  'quorate',
  'maintenance',
  'mode',
  'crm_state',
  'request_state',
  'hastate',
  'online',
  'local',
  'shared',
  'template',
  'armed-state',
  'saved',
  'lock',
]);

/** Objects whose keys are ids. */
const freeKeys: ReadonlySet<string> = new Set(['results']);

/** Text with everything in it that differs from moment to moment made alike. */
function anyValue(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '<time>')
    .replace(/(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} +\d+ [\d:]+ \d{4}/g, '<date>')
    .replace(/(Ring ID: +)\S+/g, '$1<ring>')
    .replace(/"version": \d+/g, '"version": <n>')
    .replace(/\d+\.\d+ [KMG]iB(\/s)?/g, '<bytes>')
    .replace(/\d\d:\d\d:\d\d/g, '<span>')
    .replace(/^\d+\.\d\d \d+\.\d\d$/gm, '<seconds> <seconds>')
    .replace(/disk-(\d)\.(raw|qcow2)/g, 'disk-$1.<format>')
    .replace(/pve-manager\/\S+ \(running kernel: \S+\)/, 'pve-manager/<version> (running kernel: <kernel>)')
    .replace(/ +\n/g, '\n')
    .replace(/\d+ *$/gm, '<n>');
}
