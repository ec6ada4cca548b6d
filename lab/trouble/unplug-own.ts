/** The node that carries proxroll loses its power three times in one run: in mid-drain, in mid-upgrade, and while it reboots. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tell } from '../operator.ts';
import { plugIn, pullPlug } from '../faults.ts';
import { until } from '../ssh.ts';
import { exists } from '../tools.ts';
import { verdict } from '../verdict.ts';
import { asThePauseSays, carryOn, startService } from './carry-on.ts';
import { begins, entriesOn, inFlight, untilNoted } from './journal.ts';
import { endedWell } from './obligations.ts';
import { makeStage, say } from './stage.ts';
import { showEvidence } from './shown.ts';
import type { RunEvent } from '../../src/model/event.ts';
import type { Verdict } from '../verdict.ts';
import type { Ending, Paused } from './carry-on.ts';
import type { Stage, TroublePlan } from './stage.ts';

/** The other nodes have their turns first. */
const turnMs = 8 * 60_000;

/** Each power cut with what the journal said then, and how the run went on. */
interface Cut {
  readonly when: string;
  readonly ok: boolean;
  /** How many entries the journal had then. */
  readonly entries: number;
}

export async function proveUnplugOwn(plan: TroublePlan): Promise<readonly Verdict[]> {
  const stage = await makeStage(plan);
  const startedMs = Date.now();
  await startService(stage.cluster);
  const pauses: Paused[] = [];

  await untilNoted(stage.carrier, 'the drain of pve1', turnMs, begins('pve/pve1/drain'));
  await until('a migration', 30_000, () => Promise.resolve(stage.world.migrations.size > 0 || undefined), 20);
  const moving = [...stage.world.migrations].map(({ guest }) => guest.title);
  const inDrain = await cutPower(stage, `in mid-drain, ${moving.join(' and ')} on the way`, 'pve/pve1/drain');
  await goesOn(stage, inDrain, pauses, begins('pve/pve1/upgrade'));

  await dpkgAtWork(stage);
  const inUpgrade = await cutPower(stage, 'in mid-upgrade, dpkg at work', 'pve/pve1/upgrade');
  await goesOn(stage, inUpgrade, pauses, begins('pve/pve1/reboot'));

  const { record } = stage.cluster;
  const down = () => record.entries.some((entry) => entry.type === 'went-down' && entry.host === 'pve1' && entry.how === 'reboot');
  // Between the step's beginning and the order it may wait for what passes, as metrics after a boot: two minutes.
  await until('pve1 down for its reboot', 180_000, () => Promise.resolve(down() || undefined), 20);
  const inReboot = await cutPower(stage, 'while it reboots', 'pve/pve1/reboot');

  const last = await carryOn(stage, (paused) => repair(stage, paused));
  const ending: Ending = { ...last, pauses: [...pauses, ...last.pauses] };
  const evidence = await showEvidence(stage, startedMs);
  return [
    verdict(
      'each power cut came in the step it was meant for',
      [inDrain, inUpgrade, inReboot].filter(({ ok }) => !ok).map(({ when }) => when),
    ),
    ...(await endedWell(stage, evidence, ending, { unplugged: 'pve1' })),
  ];
}

/** Pulls the plug, lets the others notice, and plugs the node in again. */
async function cutPower(stage: Stage, when: string, step: string): Promise<Cut> {
  const { cluster, carrier } = stage;
  await pullPlug(carrier);
  const entries = await entriesOn(carrier);
  const flight = inFlight(entries);
  say(stage, `plug of pve1 pulled ${when}; the journal says in flight: ${flight}`);
  await until('the others to miss pve1', 60_000, () =>
    Promise.resolve(['pve2', 'pve3'].every((name) => cluster.record.quorumOn(name)?.members.length === 2) || undefined),
  );
  plugIn(carrier);
  await cluster.whole(carrier, 120_000);
  say(stage, 'pve1 plugged in again, and a member');
  return { when: `${when}: ${flight}`, ok: flight.includes(step), entries: entries.length };
}

/** Waits for an event that was not there yet; a pause on the way is repaired as an operator would. */
async function goesOn(stage: Stage, cut: Cut, pauses: Paused[], match: (event: RunEvent) => boolean): Promise<void> {
  let passed = cut.entries;
  for (let repairs = 0; ; repairs += 1) {
    const { event, seq } = await untilNoted(
      stage.carrier,
      'the run goes on',
      turnMs,
      (noted) => match(noted) || noted.type === 'run.paused' || noted.type === 'run.finished',
      passed,
    );
    if (event.type !== 'run.paused') return;
    if (repairs === 4) throw new Error(`the run pauses again and again: ${event.what}`);
    passed = seq + 1;
    pauses.push(event);
    // The pause is on the disk a moment before the service has ended.
    await until('the service to end', 60_000, async () =>
      (await stage.cluster.ssh.try(stage.carrier.address, 'test "$(systemctl show --property=MainPID --value proxroll)" = 0')).exitCode ===
      0
        ? true
        : undefined,
    );
    await tell(stage.cluster, 'proxroll status');
    await repair(stage, event);
    await tell(stage.cluster, 'systemctl start proxroll.service');
  }
}

/** Some packages are configured and the others are not: read off the disk, for it is over in two seconds. */
async function dpkgAtWork({ carrier }: Stage): Promise<void> {
  const log = join(carrier.host.root, 'var/log/proxroll-lab/packages.log');
  await until(
    'dpkg at work on pve1',
    60_000,
    async () => ((await exists(log)) && (await readFile(log, 'utf8')).includes(' done\n') ? true : undefined),
    20,
  );
}

/** A guest that lost its node, or an upgrade that was cut: the pause says what to type. Anything else needs no more than a resume. */
async function repair({ cluster }: Stage, paused: Paused): Promise<void> {
  if (paused.code === 'guest.lost' || paused.code.startsWith('upgrade.')) await asThePauseSays(cluster, paused);
}
