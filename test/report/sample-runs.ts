/** The runs that reports are judged by: one that ended well, one that stands still, and a large one. */
import type { Entry } from '../../src/model/event.ts';
import type { Scene } from '../../src/sim/faults/fault.ts';
import { nodeFaults } from '../../src/sim/faults/node.ts';
import { GiB, type GuestSpec, type NodeSpec, type WorldSpec } from '../../src/sim/spec.ts';
import { fiveNodes, packageSets } from '../../src/sim/worlds.ts';
import { simulatedRun } from './simulated-run.ts';

/** One guest has its disk on local storage, so its owner lets it be stopped. */
const config = { guests: { by_vmid: { '111': 'shutdown' } } };

export const sampleRuns: Readonly<Record<string, () => Promise<readonly Entry[]>>> = {
  finished: () => simulatedRun({ world: fiveNodes, ownNode: 'pve1', config }),
  /** The second node loses its power supply while it boots. */
  paused: () =>
    simulatedRun({
      world: withHold(fiveNodes),
      ownNode: 'pve1',
      config,
      onEntry: ({ event }, world) => {
        if (event.type === 'step.started' && event.step === 'pve/pve4/reboot') nodeFaults.neverReturns('pve4').strike({ world } as Scene);
      },
    }),
  large: () => simulatedRun({ world: sixteenNodes, ownNode: 'pve01', seed: 3 }),
};

function withHold(world: WorldSpec): WorldSpec {
  return { ...world, nodes: { ...world.nodes, pve5: { ...world.nodes['pve5'], hold: 'RAM is being exchanged, ask the storage team' } } };
}

const names = [
  'web',
  'db',
  'mail',
  'files',
  'build',
  'monitor',
  'dns',
  'proxy',
  'wiki',
  'queue',
  'cache',
  'search',
  'vault',
  'git',
  'ci',
] as const;

/** Sixteen nodes with three hundred guests, of which every seventh is a container. */
const sixteenNodes: WorldSpec = {
  name: 'hall-2',
  nodes: Object.fromEntries(nodeNames().map((name): [string, NodeSpec] => [name, nodeDue()])),
  guests: Object.fromEntries(Array.from({ length: 300 }, (_, index): [number, GuestSpec] => [100 + index, guestAt(index)])),
};

function nodeNames(): readonly string[] {
  return Array.from({ length: 16 }, (_, index) => `pve${String(index + 1).padStart(2, '0')}`);
}

function nodeDue(): NodeSpec {
  return { memoryBytes: 512 * GiB, pending: packageSets['month-9'] ?? [], newKernel: '6.17.4-2-pve' };
}

function guestAt(index: number): GuestSpec {
  const name = `${names[index % names.length] ?? 'vm'}-${String(Math.floor(index / names.length) + 1).padStart(2, '0')}`;
  const on = nodeNames()[index % 16] ?? 'pve01';
  return index % 7 === 3
    ? { kind: 'lxc', name, on, memoryBytes: 2 * GiB }
    : { kind: 'qemu', name, on, memoryBytes: ([4, 8, 16, 8, 32][index % 5] ?? 8) * GiB };
}
