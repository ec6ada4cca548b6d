/** proxroll on two nodes, started on both at the same moment, twenty times: never two runs, and the loser names the holder. */
import { installPackage, publishUpgrade } from '../install.ts';
import { section, seconds, table } from '../proof-text.ts';
import { until } from '../ssh.ts';
import { verdict } from '../verdict.ts';
import { entriesOf, journalsOn } from './journal.ts';
import { noUnitLeft } from './obligations.ts';
import { configure, makeStage } from './stage.ts';
import type { LabNode } from '../cluster.ts';
import type { Interval } from '../evidence.ts';
import type { Verdict } from '../verdict.ts';
import type { Stage, TroublePlan } from './stage.ts';

const rounds = 20;

/** From the order to the moment at which both say `systemctl start`. */
const leadMs = 1_500;

/** One agent's part in a round. */
interface Part {
  readonly node: string;
  /** When `systemctl start` was typed. */
  readonly startedMs: number;
  /** Its run, when it began one. */
  readonly run: (Interval & { readonly id: string }) | undefined;
  readonly exitCode: number;
  /** What it said when it began none. */
  readonly refusal: string;
}

interface Round {
  readonly number: number;
  readonly work: boolean;
  readonly parts: readonly Part[];
  /** What the round left of the lock. */
  readonly lockLeft: string;
}

export async function proveTwoAgents(plan: TroublePlan): Promise<readonly Verdict[]> {
  const stage = await makeStage(plan, { upgrade: false });
  const agents = [stage.cluster.node('pve1'), stage.cluster.node('pve2')];
  await installPackage(stage.cluster, plan.deb, 'pve2');
  // The last round has work, on the node that carries neither.
  for (const { name } of agents) await configure(stage, ['excluded_nodes: [pve1, pve2]'], name);
  const done: Round[] = [];
  for (let number = 1; number <= rounds; number++) {
    const work = number === rounds;
    if (work) await publishUpgrade(stage.cluster);
    done.push(await oneRound(stage, agents, number, work));
  }
  section('rounds', roundsText(done));
  const both = done.filter(({ parts }) => parts.every(({ run }) => run !== undefined));
  console.log(
    `\n${done.length - both.length} rounds with one run and a refusal, ${both.length} with two runs one after the other; started ${apart(done)} ms apart at most`,
  );
  return [
    verdict('both were started in the same second, every time', [...done].filter((round) => gapMs(round) >= 1_000).map(name)),
    verdict('never two runs at once', done.filter(overlap).map(name)),
    verdict('every round had a run', done.filter(({ parts }) => parts.every(({ run }) => run === undefined)).map(name)),
    verdict(
      'every run came to its end',
      done.flatMap((round) => round.parts.filter(({ run }) => run?.toMs === Infinity).map(() => name(round))),
    ),
    verdict(
      'whoever began no run named the node that holds the cluster',
      done.flatMap((round) => unnamed(round)),
    ),
    verdict(
      'whoever began no run ended with the exit code for busy or blocked',
      done.flatMap((round) => wrongCodes(round)),
    ),
    verdict(
      'no lock was left behind',
      done.filter(({ lockLeft }) => lockLeft !== '').map((round) => `${name(round)}: ${round.lockLeft}`),
    ),
    verdict('in most rounds there was a loser', both.length * 2 < rounds ? [] : [`two runs in ${both.length} of ${rounds}`]),
    verdict('the work was done once', rebootsOf(stage, 'pve3') === 1 ? [] : [`pve3 was rebooted ${rebootsOf(stage, 'pve3')} times`]),
    await noUnitLeft(stage.cluster),
  ];
}

async function oneRound(stage: Stage, agents: readonly LabNode[], number: number, work: boolean): Promise<Round> {
  const { cluster } = stage;
  const before = new Map(await Promise.all(agents.map(async (agent) => [agent.name, await runsOf(agent)] as const)));
  const atMs = Date.now() + leadMs;
  const script = `systemctl reset-failed proxroll.service 2>/dev/null
while [ "$(date +%s%3N)" -lt ${atMs} ]; do sleep 0.005; done; date +%s%3N; systemctl start proxroll.service`;
  const started = await Promise.all(agents.map(({ address }) => cluster.ssh.run(address, script)));
  await until(
    `the end of round ${number}`,
    10 * 60_000,
    async () => ((await Promise.all(agents.map((agent) => isIdle(stage, agent)))).every((idle) => idle) ? true : undefined),
    250,
  );
  const parts = await Promise.all(
    agents.map(async (agent, at): Promise<Part> => {
      const own = (await journalsOn(agent)).find(({ run: id }) => before.get(agent.name)?.has(id) !== true);
      const entries = entriesOf(own?.lines ?? []);
      const ended = entries.find(({ event }) => event.type === 'run.finished')?.at ?? Infinity;
      const run = own === undefined ? undefined : { id: own.run, fromMs: entries[0]?.at ?? 0, toMs: ended };
      const log = `systemctl show --property=ExecMainStatus --value proxroll.service; journalctl --identifier=proxroll --since=@${Math.floor(atMs / 1000)} --output=cat --no-pager`;
      const [exitCode, ...lines] = (await cluster.ssh.run(agent.address, log)).split('\n');
      const refusal = run === undefined ? lines.filter((line) => line !== '').join(' / ') : '';
      return { node: agent.name, startedMs: Number(started[at]?.trim()), run, exitCode: Number(exitCode), refusal };
    }),
  );
  const lockLeft = await cluster.ssh.run(
    agents[0]?.address ?? '',
    'cd /etc/pve/priv && for each in lock/proxroll proxroll-holder.json; do if [ -e $each ]; then echo $each; fi; done',
  );
  const round = { number, work, parts, lockLeft: lockLeft.trim() };
  console.log(`  round ${number}: ${parts.map(partText).join('; ')}`);
  return round;
}

async function runsOf(agent: LabNode): Promise<ReadonlySet<string>> {
  return new Set((await journalsOn(agent)).map(({ run }) => run));
}

async function isIdle({ cluster }: Stage, { address }: LabNode): Promise<boolean> {
  return (await cluster.ssh.run(address, 'systemctl is-active proxroll.service || true')).trim().match(/^(inactive|failed)$/) !== null;
}

function partText({ node, run, refusal, exitCode }: Part): string {
  if (run !== undefined) return `${node}: run ${run.id}`;
  return `${node}: none (exit code ${exitCode}; ${refusal})`;
}

function roundsText(done: readonly Round[]): string {
  const cell = ({ run, refusal, exitCode, startedMs }: Part) =>
    run === undefined
      ? `exit ${exitCode}: ${refusal.length > 100 ? `${refusal.slice(0, 99)}…` : refusal}`
      : `run ${run.id.slice(-4)} ${seconds(run.fromMs - startedMs)} to ${seconds(run.toMs - startedMs)}`;
  return table(
    ['round', 'work', 'apart', 'pve1', 'pve2'],
    done.map((round) => [String(round.number), round.work ? 'yes' : 'no', `${gapMs(round)} ms`, ...round.parts.map(cell)]),
  );
}

function gapMs({ parts }: Round): number {
  const times = parts.map(({ startedMs }) => startedMs);
  return Math.max(...times) - Math.min(...times);
}

function apart(done: readonly Round[]): number {
  return Math.max(...done.map(gapMs));
}

/** A run counts from its first line to its last. */
function overlap({ parts: [one, other] }: Round): boolean {
  if (one?.run === undefined || other?.run === undefined) return false;
  return one.run.fromMs <= other.run.toMs && other.run.fromMs <= one.run.toMs;
}

function unnamed(round: Round): string[] {
  const losers = round.parts.filter(({ run }) => run === undefined);
  return losers.flatMap((loser) => {
    const winner = round.parts.find(({ run }) => run !== undefined);
    const named = winner?.run !== undefined && loser.refusal.includes(winner.node) && loser.refusal.includes(winner.run.id);
    return named ? [] : [`${name(round)}, ${loser.node}: ${loser.refusal}`];
  });
}

function wrongCodes(round: Round): string[] {
  return round.parts
    .filter(({ run, exitCode }) => run === undefined && exitCode !== 3 && exitCode !== 5)
    .map(({ node, exitCode }) => `${name(round)}, ${node}: ${exitCode}`);
}

function rebootsOf({ cluster }: Stage, host: string): number {
  return cluster.record.entries.filter((entry) => entry.type === 'went-down' && entry.host === host).length;
}

function name({ number }: Round): string {
  return `round ${number}`;
}
