/**
 * The proof of a whole run: proxroll installed by apt on the first node of a booted cluster, started by systemctl, watched to its
 * end over its own node's reboot, and judged by what the hosts themselves wrote down.
 */
import { writeFile } from 'node:fs/promises';
import { again, putBack, rootIsOut } from './afterwards.ts';
import { LabCluster } from './cluster.ts';
import { absences, covered, moves, packageChanges, quorumLines, versionsOn } from './evidence.ts';
import { bootsText, guestsText, orderText, quorumText, seconds, verdictsText, versionsText } from './proof-text.ts';
import { install, publishUpgrade } from './install.ts';
import { first, tell } from './operator.ts';
import { kernelOf } from './release.ts';
import { serviceRun } from './service.ts';
import { judge, verdict } from './verdict.ts';
import { aptWork, callsOf, guestWork, haWork } from './work.ts';
import { giveWorld, usualGuests } from './world.ts';
import type { World } from '../src/sim/world.ts';
import type { Installation } from './install.ts';
import type { LabRun } from './lab-run.ts';
import type { Suite } from './suite.ts';
import type { Versions } from './evidence.ts';
import type { Evidence, Verdict } from './verdict.ts';

export interface ProofPlan extends Installation {
  readonly suite: Suite;
  readonly nodes: number;
  /** Where to write the figures as one line of JSON. */
  readonly figures?: string;
}

export interface Figures {
  readonly title: string;
  /** From systemctl start to the end of the run. */
  readonly tookMs: number;
  /** Of it, the time in which something was under way that proxroll only waits for. */
  readonly workMs: number;
  readonly memoryMib: number;
  readonly pveshPerPlan: number;
  readonly pveshPerRun: number;
}

/** @returns every obligation with whether it held; the proof has been printed @throws Error when the run could not be made at all */
export async function proveRun(labRun: LabRun, plan: ProofPlan): Promise<readonly Verdict[]> {
  const title = `${plan.suite}, ${plan.nodes === 1 ? 'a lone node' : `${plan.nodes} nodes`}${plan.sshUser === undefined ? '' : `, ssh as ${plan.sshUser}`}`;
  heading(title);
  const cluster = await LabCluster.make({ suite: plan.suite, nodes: plan.nodes, firmwareMs: 2_000 }, labRun);
  await cluster.start();
  const world = await giveWorld(cluster, usualGuests(plan.nodes));
  const beganMs = Date.now();
  const before = await versions(cluster);
  await install(cluster, plan);
  await publishUpgrade(cluster);
  await tell(cluster, 'proxroll check');
  const planMs = Date.now();
  await tell(cluster, 'proxroll plan');
  const pvesh = callsOf(cluster, 'pvesh', planMs);

  const startedMs = Date.now();
  const ended = await serviceRun(cluster);
  const tookMs = Date.now() - startedMs;
  const pveshPerRun = callsOf(cluster, 'pvesh', startedMs);
  const evidence = await gather(cluster, world, beganMs);
  const verdicts = [
    verdict('the run finished', ended.phase === 'finished' ? [] : [`it is ${ended.phase}`]),
    ...judge(evidence),
    ...(await putBack(cluster)),
    ...(plan.sshUser === undefined ? [] : [await rootIsOut(cluster)]),
  ];
  const guestMoves = moves(world).filter(({ toMs }) => toMs <= startedMs + tookMs);
  const workMs = covered(
    [...evidence.away, ...guestWork(cluster), ...(await aptWork(cluster)), ...haWork(cluster, world)].filter(
      ({ fromMs, toMs }) => fromMs >= startedMs && toMs <= startedMs + tookMs,
    ),
  );
  if (ended.phase === 'finished') verdicts.push(...(await again(cluster, world, evidence)));

  await tell(cluster, 'proxroll check');
  await tell(cluster, 'proxroll plan');
  heading(`proof: ${title}`);
  section('package versions', versionsText(before, evidence.after));
  section('boots', bootsText(evidence));
  section('order and times, from systemctl start', orderText(evidence, guestMoves, startedMs));
  if (plan.nodes > 1) section("corosync's own quorum log", quorumText(evidence, startedMs));
  section('guests', guestsText(evidence));
  section(
    'journalctl -u proxroll',
    await cluster.ssh.run(first(cluster), 'journalctl -u proxroll -u proxroll-resume --no-pager --output=short'),
  );
  const figures: Figures = { title, tookMs, workMs, memoryMib: Math.round(ended.memoryMib), pveshPerPlan: pvesh, pveshPerRun };
  section('figures', figuresText(figures));
  if (plan.figures !== undefined) await writeFile(plan.figures, `${JSON.stringify(figures)}\n`);
  section('obligations', verdictsText(verdicts));
  return verdicts;
}

async function gather(cluster: LabCluster, world: World, beganMs: number): Promise<Evidence> {
  const hosts = cluster.nodes.map(({ name }) => name);
  const each = async <T>(read: (address: string) => Promise<T>) =>
    new Map(await Promise.all(cluster.nodes.map(async ({ name, address }) => [name, await read(address)] as const)));
  const home = usualGuests(hosts.length);
  return {
    suite: cluster.plan.suite,
    hosts,
    beganMs,
    lastKernel: kernelOf(cluster.plan.suite, 'v2'),
    after: await versions(cluster),
    audit: await each((address) => cluster.ssh.run(address, 'dpkg --audit')),
    kernels: await each(async (address) => (await cluster.ssh.run(address, 'uname -r')).trim()),
    boots: new Map(hosts.map((host) => [host, cluster.record.boots(host).map(({ bootId }) => bootId)])),
    changes: await packageChanges(cluster),
    away: absences(cluster, beganMs),
    quorum: await quorumLines(cluster),
    guests: world.guests.all.map((guest) => ({
      vmid: guest.vmid,
      title: `${guest.title} ${guest.name}`,
      home: home[guest.vmid]?.on ?? '',
      node: guest.node,
      running: guest.status === 'running',
      interruptions: guest.interruptions.length,
      mayStop: guest.kind === 'lxc' || hosts.length === 1,
      inHa: guest.ha !== undefined,
    })),
  };
}

function figuresText({ tookMs, workMs, memoryMib, pveshPerPlan, pveshPerRun }: Figures): string {
  return [
    `  the run took ${seconds(tookMs)}; apt, guest commands, reboots and the HA manager were at work for ${seconds(workMs)} of it: ${(tookMs / workMs).toFixed(2)} times`,
    `  memory of the service at its peak: ${memoryMib} MiB`,
    `  pvesh processes: ${pveshPerPlan} for one plan, ${pveshPerRun} for the whole run`,
  ].join('\n');
}

async function versions(cluster: LabCluster): Promise<ReadonlyMap<string, Versions>> {
  return new Map(await Promise.all(cluster.nodes.map(async ({ name }) => [name, await versionsOn(cluster, name)] as const)));
}

function heading(text: string): void {
  console.log(`\n=== ${text} ${'='.repeat(Math.max(3, 110 - text.length))}`);
}

function section(title: string, text: string): void {
  console.log(`\n${title}\n${text}`);
}
