/** proxroll is killed by SIGKILL again and again, at random moments spread over a whole run, and started again each time. */
import { setTimeout as delay } from 'node:timers/promises';
import { again } from '../afterwards.ts';
import { first, tell } from '../operator.ts';
import { seconds, section, table } from '../proof-text.ts';
import { until } from '../ssh.ts';
import { verdict } from '../verdict.ts';
import { SeededRandom } from '../../src/sim/random.ts';
import { carryOn, nothingToRepair } from './carry-on.ts';
import { entriesOn, inFlight } from './journal.ts';
import { endedWell } from './obligations.ts';
import { makeStage, say } from './stage.ts';
import { showEvidence } from './shown.ts';
import type { Verdict } from '../verdict.ts';
import type { Stage, TroublePlan } from './stage.ts';

const kills = 20;

/** About what a run of three nodes takes at least that is taken up again so often: on a quiet machine a longer guess lost the last kill. */
const runMs = 120_000;

/** Refresh and fetch for three nodes, seven steps for a node, nine for the own one. Too low a number crowds the last kills, too high a one loses them. */
const steps = 29;

interface Kill {
  readonly atMs: number;
  /** How long the process had lived. */
  readonly livedMs: number;
  readonly where: string;
}

export async function proveKills(plan: TroublePlan): Promise<readonly Verdict[]> {
  const stage = await makeStage(plan);
  const moments = new SeededRandom(plan.seed).stream('kills');
  console.log(`\nseed ${plan.seed}`);
  await tell(stage.cluster, 'systemctl start proxroll.service');
  const startedMs = Date.now();
  const done: Kill[] = [];
  let bornMs = startedMs;
  while (done.length < kills) {
    const left = 1 - Math.min(1, (await stepsDone(stage)) / steps);
    await delay((2 * moments.next() * runMs * left) / (kills - done.length + 1));
    if (await isOver(stage)) break;
    const kill = await killAndStart(stage, bornMs);
    if (kill === undefined) continue;
    done.push(kill);
    bornMs = Date.now();
    say(stage, `kill ${done.length}, after ${seconds(kill.livedMs)}: ${kill.where}`);
  }
  const ending = await carryOn(stage, nothingToRepair);
  section(
    `kills, chosen by seed ${plan.seed}`,
    table(
      ['kill', 'from systemctl start', 'the process had lived', 'in flight'],
      done.map(({ atMs, livedMs, where }, at) => [String(at + 1), seconds(atMs - startedMs), seconds(livedMs), where]),
    ),
  );
  const evidence = await showEvidence(stage, startedMs);
  return [
    verdict(`proxroll was killed ${kills} times`, done.length === kills ? [] : [`${done.length} times; the run was over before`]),
    ...(await endedWell(stage, evidence, ending)),
    ...(await again(stage.cluster, stage.world, evidence)),
  ];
}

async function stepsDone({ carrier }: Stage): Promise<number> {
  return (await entriesOn(carrier)).filter(({ event }) => event.type === 'step.done').length;
}

async function isOver({ carrier }: Stage): Promise<boolean> {
  return (await entriesOn(carrier)).at(-1)?.event.type === 'run.finished';
}

/** Five starts in ten seconds are systemd's usual limit; an operator who is in such a hurry resets it. */
const start = 'systemctl start proxroll.service || { systemctl reset-failed proxroll.service && systemctl start proxroll.service; }';

/** @returns nothing when there was no process to kill: its node rebooted, or the run paused, and an operator has started it again */
async function killAndStart(stage: Stage, bornMs: number): Promise<Kill | undefined> {
  const { cluster, carrier } = stage;
  const kill = 'systemctl kill -s KILL proxroll.service';
  const gone = 'while [ "$(systemctl show --property=MainPID --value proxroll.service)" = "$pid" ]; do sleep 0.02; done';
  const script = `pid=$(systemctl show --property=MainPID --value proxroll.service)
if [ "$pid" = 0 ]; then exit 3; fi
${kill}; ${gone}; date +%s%3N; ${start}`;
  const { exitCode, stdout } = await cluster.ssh.try(first(cluster), script, 30_000);
  const atMs = Number(/^\d{13}$/m.exec(stdout)?.[0] ?? Number.NaN);
  // The node may be on its way down, by the run's own order: then nothing can be started before it is back.
  if (exitCode !== 0) await untilCarried(stage);
  if (Number.isNaN(atMs)) return undefined;
  const before = (await entriesOn(carrier)).filter(({ at }) => at <= atMs);
  return { atMs, livedMs: Math.max(0, atMs - bornMs), where: before.length === 0 ? 'before the run began' : inFlight(before) };
}

/** How long an operator leaves it to the boot unit. */
const patienceMs = 10_000;

/** After a reboot the boot unit starts it; after a pause, or when it cannot, an operator does. */
async function untilCarried(stage: Stage): Promise<void> {
  const { cluster, carrier } = stage;
  const look = 'test "$(systemctl show --property=MainPID --value proxroll.service)" != 0';
  let idleSinceMs: number | undefined;
  await until('proxroll at work again', 120_000, async () => {
    if (await isOver(stage)) return true;
    const { exitCode } = await cluster.ssh.try(first(cluster), look, 10_000);
    if (exitCode === 0) return true;
    idleSinceMs = exitCode === 255 ? undefined : (idleSinceMs ?? Date.now());
    const last = (await entriesOn(carrier)).at(-1)?.event;
    if (last?.type === 'run.paused') say(stage, `the run paused: ${last.what} [${last.code}]; it is started again`);
    else if (idleSinceMs === undefined || Date.now() - idleSinceMs < patienceMs) return undefined;
    await tell(cluster, start);
    return undefined;
  });
}
