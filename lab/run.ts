/**
 * The proof of a whole run: proxroll installed by apt on the first node of a booted cluster, started by systemctl, watched to its
 * end over its own node's reboot, and judged by what the hosts themselves wrote down.
 */
import { writeFile } from 'node:fs/promises';
import { again, putBack, rootIsOut } from './afterwards.ts';
import { LabCluster } from './cluster.ts';
import { covered, moves } from './evidence.ts';
import { gather, versions } from './gather.ts';
import { bootsText, guestsText, heading, orderText, quorumText, seconds, section, verdictsText, versionsText } from './proof-text.ts';
import { install, publishUpgrade } from './install.ts';
import { first, tell } from './operator.ts';
import { asRehearsed, rehearsedOn } from './rehearsal.ts';
import { serviceRun } from './service.ts';
import { judge, verdict } from './verdict.ts';
import { aptWork, callsOf, guestWork, haWork } from './work.ts';
import { giveWorld, usualGuests } from './world.ts';
import type { Installation } from './install.ts';
import type { LabRun } from './lab-run.ts';
import type { Suite } from './suite.ts';
import type { Verdict } from './verdict.ts';

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
  const rehearsal = plan.nodes === 1 ? undefined : await rehearsedOn(cluster, world);

  const startedMs = Date.now();
  const ended = await serviceRun(cluster);
  const tookMs = Date.now() - startedMs;
  const pveshPerRun = callsOf(cluster, 'pvesh', startedMs);
  const evidence = await gather(cluster, world, beganMs);
  const verdicts = [
    verdict('the run finished', ended.phase === 'finished' ? [] : [`it is ${ended.phase}`]),
    ...judge(evidence),
    ...(rehearsal === undefined ? [] : [...rehearsal.verdicts, asRehearsed(rehearsal.order, evidence)]),
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

function figuresText({ tookMs, workMs, memoryMib, pveshPerPlan, pveshPerRun }: Figures): string {
  return [
    `  the run took ${seconds(tookMs)}; apt, guest commands, reboots and the HA manager were at work for ${seconds(workMs)} of it: ${(tookMs / workMs).toFixed(2)} times`,
    `  memory of the service at its peak: ${memoryMib} MiB`,
    `  pvesh processes: ${pveshPerPlan} for one plan, ${pveshPerRun} for the whole run`,
  ].join('\n');
}
