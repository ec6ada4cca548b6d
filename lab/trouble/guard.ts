/** The node that carries the run reboots and stays dark: its peers speak up and give back what was borrowed for it. */
import { neverReturns, plugIn, returnsAfter } from '../faults.ts';
import { told } from '../operator.ts';
import { watchProcesses } from '../process-list.ts';
import { labReceivers } from '../receivers.ts';
import { until } from '../ssh.ts';
import { verdict } from '../verdict.ts';
import { carryOn, nothingToRepair, startService } from './carry-on.ts';
import { begins, untilNoted } from './journal.ts';
import { endedWell } from './obligations.ts';
import { configure, makeStage, onCarrier, say } from './stage.ts';
import { showEvidence } from './shown.ts';
import { noSecretLeft, toldAll } from './told.ts';
import type { Verdict } from '../verdict.ts';
import type { Stage, TroublePlan } from './stage.ts';

const peers = ['pve2', 'pve3'] as const;

/** As configured below: the guard speaks when both deadlines are over. */
const guardMs = 2 * 60_000;

export async function proveGuard(plan: TroublePlan): Promise<readonly Verdict[]> {
  const stage = await makeStage(plan);
  const { cluster, carrier, world } = stage;
  const receivers = await labReceivers();
  await receivers.install(carrier.host);
  await configure(stage, ['excluded_nodes: [pve2, pve3]', 'deadlines:', '  reboot: 1', '  rejoin: 1', ...receivers.config]);
  await onCarrier(stage, 'systemctl daemon-reload');
  const processes = watchProcesses();
  const startedMs = Date.now();
  await startService(cluster);
  await untilNoted(carrier, 'the reboot of pve1', 5 * 60_000, begins('pve/pve1/reboot'));
  neverReturns(carrier);
  const timers = await Promise.all(peers.map((peer) => told(cluster, "systemctl list-timers --no-pager 'proxroll-*'", peer)));
  await until('pve1 dark', 60_000, () => Promise.resolve(carrier.host.isOn ? undefined : true));
  const darkMs = Date.now();
  say(stage, 'pve1 went down for its reboot, and its plug is pulled');
  const maintained = world.ha.node('pve1').requested;
  await told(cluster, 'ha-manager status', 'pve2');

  const spoke = await until('both peers to speak up', guardMs + 120_000, () => heard(stage), 1_000);
  say(stage, `both peers have spoken, ${Math.round((spoke.atMs - darkMs) / 1000)} s after pve1 went dark`);
  for (const peer of peers)
    await told(
      cluster,
      'journalctl --identifier=proxroll --no-pager --output=short; journalctl --unit="proxroll-guard-*" --no-pager --output=cat',
      peer,
    );
  const cleared = await until('HA to be told', 60_000, () => Promise.resolve(world.ha.node('pve1').requested ? undefined : true)).then(
    () => true,
    () => false,
  );
  await told(cluster, 'ha-manager status', 'pve2');
  await until('both peers to tell the receivers', 60_000, () =>
    Promise.resolve(receivers.arrived.filter(({ title }) => title.includes('is not back')).length >= 6 ? true : undefined),
  ).catch(() => undefined);
  say(stage, `receivers were told: ${receivers.arrived.map(({ receiver, title }) => `${receiver}: ${title}`).join('; ')}`);
  const quorate = peers.filter((peer) => cluster.record.quorumOn(peer)?.quorate === true);

  // The firmware's time, and then as on any boot.
  returnsAfter(carrier, 2_000);
  plugIn(carrier);
  await cluster.whole(carrier, 120_000);
  say(stage, 'pve1 plugged in again, and a member');
  const ending = await carryOn(stage, nothingToRepair);
  const evidence = await showEvidence(stage, startedMs);
  const messages = toldAll(receivers, [
    [/^lab, pve1: run started: pve1$/],
    [/^lab, pve1: pve1 reboots now$/],
    [/^lab, pve2: pve1 is not back$/, /^lab, pve3: pve1 is not back$/],
    [/^lab, pve1: run finished, 1 node patched$/],
  ]);
  await processes.stop();
  return [
    ...messages,
    ...(await noSecretLeft(cluster, receivers.secrets, processes)),
    verdict(
      'both peers had a timer before the node went',
      timers.flatMap(({ stdout }, at) => (stdout.includes('proxroll-guard-') ? [] : [`${peers[at] ?? ''}: ${stdout}`])),
    ),
    verdict('HA maintenance was on when it went', maintained ? [] : ['it was not']),
    verdict('each peer told its own journal, naming the node and the run', spoke.wrong),
    verdict(
      'they did not speak before the deadlines were over',
      spoke.atMs - darkMs < guardMs - 15_000 ? [`after ${spoke.atMs - darkMs} ms`] : [],
    ),
    verdict(
      'HA maintenance of the node was taken off by its peers',
      cleared && disabledBy(stage).length > 0 ? [] : [`asked by: ${disabledBy(stage).join(', ')}`],
    ),
    verdict('the peers kept quorum', quorate.length === peers.length ? [] : [`quorate: ${quorate.join(', ')}`]),
    ...(await endedWell(stage, evidence, ending, { patched: ['pve1'] })),
  ];
}

/** @returns nothing before both have said it; then when, and what is wrong with the words */
async function heard({ cluster }: Stage): Promise<{ readonly atMs: number; readonly wrong: readonly string[] } | undefined> {
  const lines = await Promise.all(
    peers.map(async (peer) =>
      (await cluster.ssh.run(cluster.node(peer).address, 'journalctl --identifier=proxroll --priority=err --output=cat --no-pager')).trim(),
    ),
  );
  if (lines.some((line) => line === '')) return undefined;
  return { atMs: Date.now(), wrong: lines.filter((line) => !/pve1 has not come back from its reboot \(run \S+\)/.test(line)) };
}

function disabledBy({ cluster }: Stage): readonly string[] {
  return cluster.calls.flatMap(({ host, argv }) =>
    argv.join(' ') === 'ha-manager crm-command node-maintenance disable pve1' && host !== 'pve1' ? [host] : [],
  );
}
