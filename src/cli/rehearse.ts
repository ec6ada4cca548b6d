import { InvalidArgumentError, Option, type Command } from 'commander';
import type { RehearsalReport } from '../model/rehearsal.ts';
import { Exit, type ExitCode } from './exit-codes.ts';
import { gathered } from './gathered.ts';
import { textOptions, type Session } from './session.ts';

interface RehearseOptions {
  readonly fail?: readonly string[];
  readonly everySingleFault?: true;
  readonly seed?: number;
  readonly save?: string;
  readonly scenario?: string;
  readonly json?: true;
}

export function addRehearse(program: Command, session: Session): void {
  program
    .command('rehearse')
    .description('run on a simulated twin of this cluster, with things going wrong; the real one is only looked at')
    .option('--fail <words>', "let this go wrong, such as 'pve2 never-returns'; may be given several times", gathered)
    .addOption(new Option('--every-single-fault', 'rehearse again with each single fault at each step it can hit').conflicts('fail'))
    .option('--seed <number>', 'another course of events; 0 lets everything take its usual time', wholeNumber)
    .addOption(new Option('--save <file>', 'write the twin and its faults as a scenario file').conflicts('scenario'))
    .option('--scenario <file>', 'rehearse what this file says instead; needs no cluster')
    .option('--json', 'print all of it as JSON')
    .action(async (options: RehearseOptions) => {
      const { rehearsalJson, rehearsalText } = await import('../report/rehearsal.ts');
      const report = await rehearsed(session, options);
      if (options.json) session.json(rehearsalJson(report));
      else session.say(rehearsalText(report, textOptions(session.entrance.out)));
      if (options.save !== undefined && report.scenarioText !== undefined) {
        await session.entrance.writeText(options.save, report.scenarioText);
        session.remark(`Saved; replay it with: proxroll rehearse --scenario ${options.save}`);
      }
      session.exit = exitOf(report);
    });
}

/** Asked before the work: only what was saved by another rehearsal is written over. @throws Refused */
async function demandRoom(session: Session, file: string): Promise<void> {
  const { Refused } = await import('./refused.ts');
  let text: string;
  try {
    text = await session.entrance.readText(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    if (code !== 'EISDIR') throw error;
    throw new Refused(`${file} is a folder, not a file`, '', 'give --save a file');
  }
  if (!text.startsWith(savedBeginning)) throw new Refused(`${file} is there already, and no rehearsal`, '', 'give --save another name');
}

/** As the first comment of every saved rehearsal begins. */
const savedBeginning = '# The twin of ';

async function rehearsed(
  session: Session,
  { fail = [], everySingleFault, seed, save, scenario }: RehearseOptions,
): Promise<RehearsalReport> {
  const [{ rehearseOn, scenarioStand, twinStand }, { FaultProblem }, { SpecProblem }, { Refused }] = await Promise.all([
    import('../sim/twin-rehearsal.ts'),
    import('../sim/fault-words.ts'),
    import('../sim/located-yaml.ts'),
    import('./refused.ts'),
  ]);
  if (save !== undefined) await demandRoom(session, save);
  try {
    const stand =
      scenario === undefined
        ? await twinStand(await (await session.actions()).observe(), await session.config(), seed ?? 0)
        : await scenarioStand(await textOf(session, scenario), scenario, seed);
    const { nodes, guests = {} } = stand.scenario.world;
    if (Object.keys(guests).length > manyGuests)
      session.remark(
        `Rehearsing ${Object.keys(nodes).length} nodes with ${Object.keys(guests).length} guests; so many take minutes, and more than in proportion.`,
      );
    return await rehearseOn(stand, { version: session.entrance.version, fail, everySingleFault: everySingleFault === true });
  } catch (error) {
    if (error instanceof FaultProblem)
      throw new Refused('that cannot be rehearsed', error.message, 'see the words in: man proxroll, or docs/rehearse.md');
    if (error instanceof SpecProblem)
      throw new Refused(
        `${scenario ?? 'the scenario'} is no scenario`,
        firstOf(error.message.split('\n')),
        'correct the file, or write one with: proxroll rehearse --save FILE',
      );
    throw error;
  }
}

/** Ten nodes with 500 take half a minute of CPU. */
const manyGuests = 300;

/** A file of another kind is wrong in every line, and nobody reads them all. */
function firstOf(problems: readonly string[], most = 3): string {
  const more = problems.length - most;
  return `${problems.slice(0, most).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

async function textOf(session: Session, file: string): Promise<string> {
  try {
    return await session.entrance.readText(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EISDIR') throw error;
    const { Refused } = await import('./refused.ts');
    throw new Refused(
      code === 'ENOENT' ? `${file} does not exist` : `${file} is a folder, not a file`,
      '',
      'name a file that --save has written',
    );
  }
}

export function exitOf({ rehearsed: { end, broken }, problems, singleFaults }: RehearsalReport): ExitCode {
  const lost = singleFaults?.outcomes.some((outcome) => outcome.broken.length > 0 || outcome.end.kind === 'stuck') === true;
  if (broken.length > 0 || problems.length > 0 || lost) return Exit.bug;
  switch (end.kind) {
    case 'finished':
    case 'goes-on':
    case 'nothing-to-do':
      return Exit.ok;
    case 'blocked':
      return Exit.blocked;
    case 'paused':
    case 'away':
    case 'failed':
    case 'abandoned':
      return Exit.paused;
    case 'busy':
      return Exit.busy;
    case 'stuck':
      return Exit.bug;
    default:
      return end satisfies never;
  }
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
