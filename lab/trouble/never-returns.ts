/** A peer that does not come back from its reboot: the run pauses, touches nothing else, and goes on when the node is back. */
import { versionsOn } from '../evidence.ts';
import { neverReturns, plugIn, returnsAfter } from '../faults.ts';
import { first, tell } from '../operator.ts';
import { packagesOf } from '../release.ts';
import { untilOver } from '../service.ts';
import { verdict } from '../verdict.ts';
import { carryOn, nothingToRepair, startService, statusOf } from './carry-on.ts';
import { endedWell } from './obligations.ts';
import { makeStage, onCarrier, say } from './stage.ts';
import { showEvidence } from './shown.ts';
import type { Verdict } from '../verdict.ts';
import type { Stage, TroublePlan } from './stage.ts';

const others = ['pve1', 'pve3'] as const;

export async function proveNeverReturns(plan: TroublePlan): Promise<readonly Verdict[]> {
  const stage = await makeStage(plan, { config: ['deadlines:', '  reboot: 1', '  rejoin: 2'] });
  const { cluster } = stage;
  const lost = cluster.node('pve2');
  neverReturns(lost);
  const startedMs = Date.now();
  await startService(cluster);
  const { phase } = await untilOver(cluster);
  say(stage, `pve2 went down for its reboot and stays dark; the run is ${phase}`);
  await tell(cluster, 'proxroll status');
  await tell(cluster, 'corosync-quorumtool -s');
  const { paused } = await statusOf(cluster);
  const stood = [
    verdict('the run paused with reboot.deadline', paused?.code === 'reboot.deadline' ? [] : [`${phase}: ${paused?.code ?? 'no code'}`]),
    verdict(
      'it names the node and what to do',
      paused !== undefined && /pve2/.test(paused.what) && paused.next !== '' ? [] : [paused?.what ?? ''],
    ),
    verdict(
      'the others kept quorum',
      others.filter((name) => cluster.record.quorumOn(name)?.quorate !== true),
    ),
    verdict('no other node was touched', await touched(stage)),
    verdict('every VM runs, away from the lost node', strandedGuests(stage)),
    verdict('proxroll loans names what is borrowed, and how to give it back', await unnamedLoans(stage)),
  ];
  returnsAfter(lost, 2_000);
  plugIn(lost);
  await cluster.whole(lost, 120_000);
  say(stage, 'pve2 is back, and a member');
  await tell(cluster, 'proxroll resume');
  const ending = await carryOn(stage, nothingToRepair);
  const evidence = await showEvidence(stage, startedMs);
  return [...stood, ...(await endedWell(stage, evidence, ending))];
}

async function touched({ cluster }: Stage): Promise<readonly string[]> {
  const old = new Map(packagesOf('trixie', 'v1').map(({ name, version }) => [name, version]));
  const changed = await Promise.all(
    others.map(async (host) =>
      [...(await versionsOn(cluster, host))].flatMap(([name, now]) => (old.get(name) === now ? [] : [`${host}: ${name} ${now}`])),
    ),
  );
  const rebooted = cluster.record.entries.flatMap((entry) =>
    entry.type === 'went-down' && entry.host !== 'pve2' ? [`${entry.host} went down`] : [],
  );
  return [...changed.flat(), ...rebooted];
}

function strandedGuests({ world }: Stage): string[] {
  return world.guests.all.flatMap(({ title, node, status }) =>
    node === 'pve2' || status !== 'running' ? [`${title} ${status} on ${node}`] : [],
  );
}

/** HA maintenance and both of its guests. */
async function unnamedLoans(stage: Stage): Promise<string[]> {
  const { stdout } = await stage.cluster.ssh.try(first(stage.cluster), 'proxroll loans');
  console.log(`\nproxroll loans\n${await onCarrier(stage, 'proxroll loans')}`);
  const wanted = ['pve2 is in HA maintenance', 'vm 111', 'vm 112', 'node-maintenance disable pve2'];
  return wanted.filter((text) => !stdout.includes(text)).map((text) => `it does not say: ${text}`);
}
