/** The link of each node is cut once for a while: of one that is being patched, of the own one, and of one that another waits for. */
import { setTimeout as delay } from 'node:timers/promises';
import { cutLink } from '../faults.ts';
import { until } from '../ssh.ts';
import { verdict } from '../verdict.ts';
import { carryOn, nothingToRepair, startService } from './carry-on.ts';
import { begins, entriesOn, inFlight, untilNoted } from './journal.ts';
import { endedWell } from './obligations.ts';
import { makeStage, say } from './stage.ts';
import { showEvidence } from './shown.ts';
import type { Verdict } from '../verdict.ts';
import type { Stage, TroublePlan } from './stage.ts';

interface Cut {
  readonly host: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Which link, and at the beginning of which step. */
const cutsToMake = [
  { host: 'pve2', step: 'pve/pve2/upgrade' },
  { host: 'pve1', step: 'pve/pve3/drain' },
  { host: 'pve3', step: 'pve/pve1/upgrade' },
] as const;

/** Longer than corosync needs to miss a node (8 s), shorter than a watchdog's patience (60 s). */
const cutMs = 20_000;

export async function proveCutLinks(plan: TroublePlan): Promise<readonly Verdict[]> {
  const stage = await makeStage(plan);
  const startedMs = Date.now();
  await startService(stage.cluster);
  const cuts: Cut[] = [];
  for (const { host, step } of cutsToMake) {
    await untilNoted(stage.carrier, `${step} begins`, 8 * 60_000, begins(step));
    cuts.push(await cutFor(stage, host));
  }
  const ending = await carryOn(stage, nothingToRepair);
  const evidence = await showEvidence(stage, startedMs);
  return [
    verdict('no node was rebooted while the link of another was cut', rebootedMeanwhile(stage, cuts)),
    ...(await endedWell(stage, evidence, ending, { cuts: cuts.map((cut) => ({ ...cut, toMs: cut.toMs + 10_000 })) })),
  ];
}

async function cutFor(stage: Stage, host: string): Promise<Cut> {
  const { cluster, carrier, world } = stage;
  const node = cluster.node(host);
  const others = cluster.nodes.filter(({ name }) => name !== host);
  const fromMs = Date.now();
  await cutLink(node, true, world);
  say(stage, `link of ${host} cut, in flight: ${inFlight(await entriesOn(carrier))}`);
  await until(`the others to miss ${host}`, 60_000, () =>
    Promise.resolve(others.every(({ name }) => cluster.record.quorumOn(name)?.members.length === 2) || undefined),
  );
  // The length of the fault itself: nothing is waited for.
  await delay(Math.max(0, fromMs + cutMs - Date.now()));
  say(stage, `link of ${host} healed, in flight: ${inFlight(await entriesOn(carrier))}`);
  await cutLink(node, false, world);
  await cluster.whole(node, 60_000);
  const toMs = Date.now();
  say(stage, `${host} is a member again`);
  return { host, fromMs, toMs };
}

function rebootedMeanwhile({ cluster }: Stage, cuts: readonly Cut[]): string[] {
  return cluster.record.entries.flatMap((entry) => {
    if (entry.type !== 'went-down') return [];
    const cut = cuts.find(({ host, fromMs, toMs }) => host !== entry.host && entry.atMs >= fromMs && entry.atMs <= toMs);
    return cut === undefined ? [] : [`${entry.host} while ${cut.host} was cut off`];
  });
}
