/** `proxroll rehearse` against the booted cluster: what it tells before a run, that a saved one can be replayed, and that telling changes nothing. */
import { z } from 'zod';
import { LabCluster } from './cluster.ts';
import { packageChanges } from './evidence.ts';
import { install, publishUpgrade } from './install.ts';
import { first, told } from './operator.ts';
import { heading, section, verdictsText } from './proof-text.ts';
import { verdict } from './verdict.ts';
import { giveWorld, usualGuests } from './world.ts';
import type { World } from '../src/sim/world.ts';
import type { LabRun } from './lab-run.ts';
import type { ProofPlan } from './run.ts';
import type { Evidence, Verdict } from './verdict.ts';

export interface RehearsalProof {
  readonly verdicts: readonly Verdict[];
  /** The nodes in the order of their turns. */
  readonly order: readonly string[];
}

/** Boots a cluster with an upgrade to find, and only rehearses on it. @returns every obligation with whether it held */
export async function proveRehearsal(labRun: LabRun, { suite, nodes, ...plan }: ProofPlan): Promise<readonly Verdict[]> {
  const cluster = await LabCluster.make({ suite, nodes, firmwareMs: 2_000 }, labRun);
  await cluster.start();
  const world = await giveWorld(cluster, usualGuests(nodes));
  await install(cluster, plan);
  await publishUpgrade(cluster);
  heading(`rehearsals: ${suite}, ${nodes} nodes`);
  const { verdicts } = await rehearsedOn(cluster, world);
  section('obligations', verdictsText(verdicts));
  return verdicts;
}

const reportSchema = z.object({
  end: z.object({ kind: z.string(), code: z.string().optional() }),
  broken: z.array(z.string()),
  turns: z.array(z.object({ node: z.string() })),
  margins: z.array(z.object({ node: z.string(), votes: z.unknown().optional(), memory: z.unknown().optional() })),
  singleFaults: z.object({ outcomes: z.array(z.object({ broken: z.array(z.string()) })) }).optional(),
});

/** Where the scenario file is put: readable by anybody, because a replay needs no more than the file. */
const saved = '/tmp/never-returns.yaml';

/** Rehearses on a cluster that waits for its run; nothing on it may be another afterwards. */
export async function rehearsedOn(cluster: LabCluster, world: World): Promise<RehearsalProof> {
  const before = await standOf(cluster, world);
  const plain = await told(cluster, 'proxroll rehearse');
  const report = await reportOf(cluster, 'proxroll rehearse --json');
  const failing = await told(cluster, `proxroll rehearse --fail 'pve2 never-returns' --save ${saved}`);
  const replayed = await told(cluster, `runuser -u nobody -- proxroll rehearse --scenario ${saved}`);
  const faults = await told(cluster, 'proxroll rehearse --every-single-fault');
  const everyFault = await reportOf(cluster, 'proxroll rehearse --every-single-fault --json');
  const after = await standOf(cluster, world);
  const names = cluster.nodes.map(({ name }) => name);
  const order = report.turns.map(({ node }) => node);
  const lost = everyFault.singleFaults?.outcomes.flatMap(({ broken }) => broken) ?? ['there is no table'];
  return {
    order,
    verdicts: [
      verdict('a rehearsal says that a run would finish, with a turn for each node and the own one last', [
        ...(plain.exitCode === 0 && report.end.kind === 'finished' ? [] : [`exit code ${plain.exitCode}, ${report.end.kind}`]),
        ...names.filter((name) => !order.includes(name)).map((name) => `no turn for ${name}`),
        ...(order.at(-1) === names[0] ? [] : [`the last one is ${order.at(-1) ?? 'nobody'}`]),
      ]),
      verdict(
        'it tells votes and memory that are left while each node is away',
        names.filter((name) => !report.margins.some((one) => one.node === name && one.votes !== undefined && one.memory !== undefined)),
      ),
      verdict(
        'a rehearsal in which a peer never returns pauses with reboot.deadline',
        failing.exitCode === 4 && failing.stdout.includes('[reboot.deadline]') ? [] : [`exit code ${failing.exitCode}`],
      ),
      verdict(
        'saved as a file it is replayed by anybody, line for line',
        replayed.exitCode === 4 && transcript(replayed.stdout) === transcript(failing.stdout) ? [] : [`exit code ${replayed.exitCode}`],
      ),
      verdict('nothing is lost by any single fault', [...(faults.exitCode === 0 ? [] : [`exit code ${faults.exitCode}`]), ...lost]),
      verdict(
        'rehearsing changes nothing on any host',
        after.filter((line, at) => line !== before[at]),
      ),
    ],
  };
}

/** The real nodes must go in the order that the rehearsal told. */
export function asRehearsed(order: readonly string[], { changes }: Evidence): Verdict {
  const went = [...new Set(changes.map(({ host }) => host))];
  return verdict(
    'the nodes went in the order that the rehearsal told',
    went.join() === order.join() ? [] : [`${went.join()}, not ${order.join()}`],
  );
}

async function reportOf(cluster: LabCluster, script: string): Promise<z.infer<typeof reportSchema>> {
  return reportSchema.parse(JSON.parse((await cluster.ssh.try(first(cluster), script, 120_000)).stdout));
}

/** Times, what happens, and how it ends; a run's name tells the day on which it was rehearsed, and a replay has its own. */
function transcript(text: string): string {
  const [, ...parts] = text.split(/^(?=T\+)/m);
  return parts.join('').replace(/\b\d{8}-\d{4}-(?=[0-9a-f]{4}\b)/g, '');
}

/** All that a change would show in, a line for each kind of it. */
async function standOf(cluster: LabCluster, world: World): Promise<readonly string[]> {
  const onHosts = await Promise.all(
    cluster.nodes.map(async ({ name, address }) => {
      const look =
        "systemctl list-units --all --plain --no-legend 'proxroll-*'; find /etc/pve /var/lib/proxroll -type f | sort; dpkg --audit";
      return `${name}: ${await cluster.ssh.run(address, look)}`;
    }),
  );
  return [
    ...onHosts,
    `packages changed: ${(await packageChanges(cluster)).length}`,
    `boots: ${cluster.nodes.map(({ name }) => cluster.record.boots(name).length).join(' ')}`,
    `told by the cluster: ${world.log.entries.filter(({ told: isTold }) => isTold).length}`,
  ];
}
