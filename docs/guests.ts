/**
 * Makes `docs/guests.md`: each kind of guest on each release under each policy, and under each HA rule, rehearsed on the simulator, with
 * what happened, and what the lab saw (`lab/guests/outcomes.json`): `node --import tsx docs/guests.ts`. `test/guests-page.test.ts` fails when the page is behind.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { guestOutcomes } from '../lab/guests/outcomes.ts';
import { guestPolicies } from '../src/model/policy.ts';
import { rehearse, type Rehearsal } from '../src/sim/rehearse.ts';
import { GiB, type GuestSpec, type HaRuleSpec, type WorldSpec } from '../src/sim/spec.ts';
import { worlds } from '../src/sim/worlds.ts';
import { proxroll } from '../test/sim/rehearsed-agent.ts';

const page = new URL('guests.md', import.meta.url);
const minute = 60_000;

interface Kind {
  readonly title: string;
  readonly guest: Partial<GuestSpec>;
  readonly world?: Partial<WorldSpec>;
}

const everywhere = ['pve1', 'pve2', 'pve3'];
const gpu = (nodes: readonly string[], live = false): Partial<WorldSpec> => ({ mappings: { gpu: { kind: 'pci', nodes, live } } });
const config = (key: string, value: string): Partial<GuestSpec> => ({ config: { [key]: value } });
const local = (gib: number): Partial<GuestSpec> => ({ storage: 'local', diskBytes: gib * GiB });
const ct = (more: Partial<GuestSpec>): Partial<GuestSpec> => ({ kind: 'lxc', memoryBytes: GiB, ...more });

const kinds: readonly Kind[] = [
  { title: 'VM, disks on shared storage', guest: {} },
  { title: 'VM, local disk of 20 GiB', guest: local(20) },
  { title: 'VM, local disk of 300 GiB', guest: local(300) },
  { title: 'VM, local disk with a snapshot', guest: { ...local(20), snapshots: ['before'] } },
  { title: 'VM, local disk with a fresh replica', guest: { ...local(20), replicas: { pve3: { ageMs: 10 * minute } } } },
  { title: 'VM, local disk with a replica 3 h old', guest: { ...local(20), replicas: { pve3: { ageMs: 180 * minute } } } },
  { title: 'VM, local EFI disk', guest: config('efidisk0', 'local:102/vm-102-disk-1.raw,size=1G') },
  { title: 'VM, local TPM state', guest: config('tpmstate0', 'local:102/vm-102-disk-2.raw,size=4M') },
  { title: 'VM, unused local disk', guest: config('unused0', 'local:102/vm-102-disk-3.raw') },
  { title: 'VM, local cloud-init drive', guest: config('ide2', 'local:102/vm-102-cloudinit.qcow2,media=cdrom') },
  { title: 'VM, image on local storage', guest: config('ide2', 'local:iso/debian.iso,media=cdrom') },
  { title: 'VM, image on shared storage', guest: config('ide2', 'shared:iso/debian.iso,media=cdrom') },
  { title: 'VM, drive of its node', guest: config('ide2', 'cdrom,media=cdrom') },
  { title: 'VM, disk by path', guest: config('scsi1', '/dev/disk/by-id/x') },
  { title: 'VM, PCI device', guest: config('hostpci0', '0000:01:00.0') },
  { title: 'VM, mapped PCI device', guest: config('hostpci0', 'mapping=gpu'), world: gpu(everywhere) },
  { title: 'VM, mapped PCI device that may move live', guest: config('hostpci0', 'mapping=gpu'), world: gpu(everywhere, true) },
  { title: 'VM, PCI device mapped on its node only', guest: config('hostpci0', 'mapping=gpu'), world: gpu(['pve2']) },
  { title: 'VM, USB device', guest: config('usb0', 'host=1234:5678') },
  {
    title: 'VM, mapped USB device',
    guest: config('usb0', 'mapping=key'),
    world: { mappings: { key: { kind: 'usb', nodes: everywhere } } },
  },
  {
    title: 'VM, folder of its node (virtiofs)',
    guest: config('virtiofs0', 'share'),
    world: { mappings: { share: { kind: 'dir', nodes: everywhere } } },
  },
  { title: 'VM, serial port of its node', guest: config('serial0', '/dev/ttyS0') },
  { title: 'VM, encrypted memory (SEV)', guest: config('amd-sev', 'type=std') },
  { title: 'VM, clipboard over VNC', guest: config('vga', 'std,clipboard=vnc') },
  { title: 'VM, processor type host, other processors elsewhere', guest: config('cpu', 'host'), world: { nodes: otherProcessors() } },
  { title: 'VM, machine version newer than QEMU elsewhere', guest: config('machine', 'pc-q35-99.0') },
  { title: 'VM, SDN network of its node only', guest: config('net0', 'virtio,bridge=lab'), world: { networks: { lab: ['pve2'] } } },
  {
    title: 'VM, bridge of its node only',
    guest: config('net0', 'virtio,bridge=vmbr1'),
    world: { nodes: { pve2: { links: ['eno1', 'vmbr0', 'vmbr1'] } } },
  },
  { title: 'VM, hugepages', guest: config('hugepages', '1024') },
  { title: 'VM, larger than any free memory', guest: { memoryBytes: 60 * GiB } },
  { title: 'VM, paused', guest: { status: 'paused' } },
  { title: 'VM, locked by a backup', guest: { lock: 'backup' } },
  { title: 'VM, ignores the order to shut down', guest: { shutdownMs: 'never' } },
  { title: 'VM, config file damaged', guest: { damaged: true } },
  { title: 'VM, stopped', guest: { status: 'stopped', storage: 'local', onBoot: false } },
  { title: 'Template', guest: { template: true, onBoot: false } },
  { title: 'Container, volumes on shared storage', guest: ct({}) },
  { title: 'Container, local volume of 8 GiB', guest: ct(local(8)) },
  { title: 'Container, local volume with a fresh replica', guest: ct({ ...local(8), replicas: { pve3: { ageMs: 10 * minute } } }) },
  { title: 'Container, bind mount', guest: ct(config('mp0', '/srv/data,mp=/data')) },
  { title: 'Container, bind mount declared shared', guest: ct(config('mp0', '/srv/data,mp=/data,shared=1')) },
  { title: 'Container, device', guest: ct(config('dev0', '/dev/ttyUSB0')) },
  { title: 'Container, raw mount entry', guest: ct(config('lxc.mount.entry', '/dev/dri dev/dri none bind')) },
  { title: 'Container, does not stop', guest: ct({ shutdownMs: 'never' }) },
];

interface RuleCase {
  readonly title: string;
  readonly rules: readonly HaRuleSpec[];
  readonly guests?: Readonly<Record<number, GuestSpec>>;
  readonly guest?: Partial<GuestSpec>;
  /** Only of this release. */
  readonly only?: 9;
}

const partner = (on: string): Readonly<Record<number, GuestSpec>> => ({
  103: { name: 'twin', on, memoryBytes: 4 * GiB, ha: { state: 'started' } },
});
const both = ['vm:102', 'vm:103'];
const rules: readonly RuleCase[] = [
  { title: 'No rule', rules: [] },
  { title: 'Container, no rule', rules: [], guest: { kind: 'lxc', memoryBytes: GiB } },
  { title: 'Prefers its node', rules: [{ services: ['vm:102'], nodes: ['pve2'] }] },
  { title: 'Prefers its node and pve3', rules: [{ services: ['vm:102'], nodes: ['pve2', 'pve3'] }] },
  { title: 'Its node and pve3 only (strict, restricted)', rules: [{ services: ['vm:102'], nodes: ['pve2', 'pve3'], strict: true }] },
  { title: 'Its node only (strict, restricted)', rules: [{ services: ['vm:102'], nodes: ['pve2'], strict: true }] },
  { title: 'Apart from a guest on pve3', rules: [{ services: both, affinity: 'negative' }], guests: partner('pve3'), only: 9 },
  {
    title: 'Apart from a guest on pve3, pve1 not allowed',
    rules: [
      { services: both, affinity: 'negative' },
      { services: ['vm:102'], nodes: ['pve2', 'pve3'], strict: true },
    ],
    guests: partner('pve3'),
    only: 9,
  },
  {
    title: 'Apart from guests on pve1 and pve3',
    rules: [{ services: ['vm:102', 'vm:103', 'vm:104'], affinity: 'negative' }],
    guests: { ...partner('pve1'), 104: { name: 'third', on: 'pve3', memoryBytes: 4 * GiB, ha: { state: 'started' } } },
    only: 9,
  },
  { title: 'Together with a guest on its node', rules: [{ services: both, affinity: 'positive' }], guests: partner('pve2'), only: 9 },
  { title: 'Requested state stopped', rules: [], guest: { status: 'stopped', ha: { state: 'stopped' } } },
  { title: 'Requested state ignored', rules: [], guest: { ha: { state: 'ignored' } } },
  { title: 'No failback', rules: [], guest: { ha: { state: 'started', failback: false } } },
  { title: 'Local disk', rules: [], guest: { storage: 'local', diskBytes: 20 * GiB } },
  { title: 'PCI device', rules: [], guest: config('hostpci0', '0000:01:00.0') },
  { title: 'Locked by a backup', rules: [], guest: { lock: 'backup' } },
];

/** @returns the page as the simulator has it now */
export async function guestsPage(): Promise<string> {
  const notes: string[] = [];
  const parts: string[] = [];
  for (const major of [9, 8] as const) {
    const rows: string[] = [];
    for (const kind of kinds) {
      const cells: string[] = [];
      for (const policy of guestPolicies)
        cells.push(await happened(worldFor(major, kind.guest, kind.world ?? {}), { guests: { by_vmid: { '102': policy } } }, notes));
      rows.push(`| ${[kind.title, ...cells].join(' | ')} |`);
    }
    parts.push(`## Proxmox VE ${major}\n\n${table(['guest', ...guestPolicies.map((policy) => `\`${policy}\``)], rows)}`);
  }
  const managed: string[] = [];
  for (const major of [9, 8] as const) {
    const rows: string[] = [];
    for (const one of rules) {
      if (one.only !== undefined && one.only !== major) continue;
      const world = worldFor(major, { ha: { state: 'started' }, ...one.guest }, {}, one.guests);
      const cells: string[] = [];
      for (const policy of guestPolicies)
        cells.push(await happened({ ...world, ha: { rules: one.rules } }, { guests: { default: policy } }, notes));
      rows.push(`| ${[one.title, ...cells].join(' | ')} |`);
    }
    managed.push(
      `## HA manager, Proxmox VE ${major}\n\n${table(['guest in its hands', ...guestPolicies.map((policy) => `\`${policy}\``)], rows)}`,
    );
  }
  return `${head}\n${[...parts, ...managed].join('\n')}\n${await labTable()}\n## Reasons\n\n${notes.map((note, at) => `${at + 1}. ${note}`).join('\n')}\n`;
}

/** One guest of each kind on booted hosts, as `lab/index.ts guests` saw it. */
async function labTable(): Promise<string> {
  const rows = await guestOutcomes.withSuites();
  const columns = ['guest', 'as long as nothing is allowed', 'policy of the run', 'the plan', 'what became of it', 'release'];
  return `${labHead}\n${table(
    columns,
    rows.map(([{ guest, refused, policy, planned, seen }, on]) => {
      const before = refused === '' ? 'may go' : `**blocks**: ${refused}`;
      return `| ${[guest, before, policy, planned === '' ? '-' : `\`${planned}\``, seen, on.map((suite) => (suite === 'trixie' ? '9' : '8')).join(', ')].join(' | ')} |`;
    }),
  )}`;
}

const labHead = `## In the lab

The same on three booted hosts that all rebooted in one run: systemd, ssh, apt and corosync are real there, Proxmox's own programs the simulated ones.
With the default policy for everybody, and a tag that blocks, no run began, and each guest that cannot move was named. Then each got its policy, by its vmid or
a tag, and the run went through all nodes. Where each was and since when it ran was asked of the hosts, and is what the plan had said. Made by
\`lab/index.ts guests\`, see [lab/README.md](../lab/README.md).
`;

const head = `# What happens to which guest

Each line is a guest on a node that must reboot, each column the policy it has. What stands there is what happened in the simulator, with the product at work:
this page is made by \`docs/guests.ts\`, and a test fails when it is behind. What each policy means is in [configuration.md](configuration.md) under \`guests\`.

| word | means |
| --- | --- |
| live | it moved while it ran, and came home |
| live, copied | the same, with its local disks copied along |
| to its replica | the same, to the node that has a fresh replica of its disks |
| restart | it was shut down, moved and started on the other node, and the same on its way home |
| stopped | it was shut down on its node, and started there after the reboot |
| goes down | it went down with its node, and was started after the reboot |
| untouched | it did not run and stayed where it was |
| **blocks** | nothing was started, or the run paused before its node was touched; the number is the reason below |
`;

function table(columns: readonly string[], rows: readonly string[]): string {
  return [`| ${columns.join(' | ')} |`, `|${' --- |'.repeat(columns.length)}`, ...rows, ''].join('\n');
}

/** Three nodes of which the guest's own is due; the guest is 102 on pve2. */
function worldFor(major: 8 | 9, guest: Partial<GuestSpec>, more: Partial<WorldSpec>, others: WorldSpec['guests'] = {}): WorldSpec {
  const base = worlds[major === 8 ? 'three-nodes-pve8' : 'three-nodes'] ?? { nodes: {} };
  const nodes = Object.fromEntries(
    Object.entries(base.nodes).map(([name, node]) => {
      const { pending, newKernel, ...settled } = { ...node, ...more.nodes?.[name] };
      const due = { ...(pending === undefined ? {} : { pending: pending.slice(0, 1) }), ...(newKernel === undefined ? {} : { newKernel }) };
      return [name, name === 'pve2' ? { ...settled, ...due } : settled];
    }),
  );
  return { ...base, ...more, nodes, guests: { 102: { name: 'db', on: 'pve2', memoryBytes: 8 * GiB, ...guest }, ...others } };
}

function otherProcessors(): WorldSpec['nodes'] {
  return {
    pve1: { cpuModel: 'AMD EPYC 7302P 16-Core Processor' },
    pve2: { cpuModel: 'AMD EPYC 9354 32-Core Processor' },
    pve3: { cpuModel: 'AMD EPYC 7302P 16-Core Processor' },
  };
}

async function happened(world: WorldSpec, given: Readonly<Record<string, unknown>>, notes: string[]): Promise<string> {
  const expect = { run: 'finished' } as const;
  const rehearsal = await rehearse(
    { file: 'docs/guests.md', intent: 'it must', world, ownNode: 'pve1', only: [], seed: 0, config: given, do: [], expect },
    proxroll,
  );
  const broken = rehearsal.problems.filter((problem) => !problem.startsWith('run: the end is'));
  if (broken.length > 0) throw new Error(`${JSON.stringify(given)}: ${broken.join('; ')}`);
  if (rehearsal.ending.kind === 'finished') return wordFor(rehearsal);
  const why = reasonIn(rehearsal);
  if (!notes.includes(why)) notes.push(why);
  return `**blocks** ${notes.indexOf(why) + 1}`;
}

function wordFor({ log, world }: Rehearsal): string {
  const guest = world.guests.find(102);
  const lines = log.filter((line) => / (vm|ct) 102\b/.test(line));
  const has = (text: RegExp): boolean => lines.some((line) => text.test(line));
  const word = has(/to be started elsewhere|restart migration|stopped \(restart/)
    ? 'restart'
    : has(/its node was rebooted/)
      ? 'goes down'
      : has(/stopped \(/)
        ? 'stopped'
        : has(/with its local disks/)
          ? guest?.replicas.size === 0
            ? 'live, copied'
            : 'to its replica'
          : has(/runs on/)
            ? 'live'
            : 'untouched';
  return guest?.node === guest?.home ? word : `${word}, stays on ${guest?.node ?? ''}`;
}

/** The first thing that stood against it, in the words that an operator reads. */
function reasonIn({ log }: Rehearsal): string {
  const line = log.find((one) => /(blocker|unknown): /.test(one)) ?? log.find((one) => /run paused/.test(one)) ?? log.at(-1) ?? '';
  const [, seen] = /; seen: (.*?); next: /.exec(line) ?? [];
  const [, what] = /(?:blocker|unknown): [^:]*: (.*?) \[/.exec(line) ?? [];
  const why = what === undefined || /cannot leave/.test(what) ? (seen ?? line) : `${what}: ${seen ?? ''}`;
  // Which policy it is stands at the head of the column.
  return why.replace(/; its policy is [a-z-]+$/, '').replaceAll('|', '/');
}

/** The page as it is in the repository. */
export function standingPage(): string {
  return readFileSync(page, 'utf8');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(page, await guestsPage());
