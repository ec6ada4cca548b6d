/**
 * Journals that releases have written, each beside the scenario that it was written in: `test/journals/<release>/<name>.{yaml,jsonl}`.
 * To resume one, today's program plays the scenario up to the last process that carries the run; that process finds the old journal
 * in place of today's. So the world is where the journal says, down to units and guests on their way.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ports } from '../src/ports/ports.ts';
import { isOver, type RunState } from '../src/run/state.ts';
import { journalPath, parseJournal } from '../src/run/journal.ts';
import type { Scene } from '../src/sim/faults/fault.ts';
import { rehearse, type Rehearsal } from '../src/sim/rehearse.ts';
import { readScenario, type Scenario } from '../src/sim/scenario.ts';
import { proxroll } from './sim/rehearsed-agent.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
export const journalsFolder = join(root, 'test', 'journals');

/** The golden scenarios that a release's journals are written in: ended runs, pauses, kills, power cuts, reboots of the own node. */
export const situations: readonly string[] = [
  'every-node-reboots',
  'every-node-reboots-pve8',
  'five-nodes-with-containers-and-ha',
  'guest-is-moved-back-by-hand-while-paused',
  'ha-service-fails-during-the-drain',
  'killed-during-a-migration',
  'killed-during-an-upgrade',
  'killed-in-the-middle-of-a-line',
  'killed-while-a-container-restarts',
  'killed-while-a-node-reboots',
  'killed-while-guests-return',
  'killed-while-ha-gets-into-maintenance',
  'killed-while-packages-are-fetched',
  'killed-with-ceph-protected',
  'lone-node-with-shutdown-policy',
  'node-hangs-after-its-boot',
  'node-returns-after-the-pause',
  'node-returns-without-a-storage',
  'nothing-pending',
  'operator-edits-the-config',
  'operator-gives-a-run-up-whose-node-is-away',
  'operator-gives-the-run-up',
  'operator-pauses-and-resumes',
  'operator-stops-the-run',
  'operator-stops-the-service',
  'own-node-is-killed-twice-on-its-way',
  'own-node-is-power-cut-during-its-reboot',
  'own-node-loses-power-during-its-drain',
  'own-node-loses-power-during-its-upgrade',
  'own-node-returns-after-the-guard-spoke',
  'own-reboot-comes-last',
  'postinst-fails',
  'power-cut-during-the-upgrade',
  'proxlb-is-stopped-for-the-run',
  'quorum-does-not-come-back-before-the-run',
  'repository-cannot-be-reached',
  'root-runs-full-before-its-turn',
  'two-nodes-with-qdevice',
];

export interface Fixture {
  /** `0.1.0/killed-during-a-migration` */
  readonly title: string;
  readonly scenario: Scenario;
  readonly text: string;
  readonly run: string;
  readonly state: RunState;
}

/** @throws JournalDamaged when one does not fold any more */
export function readFixtures(): readonly Fixture[] {
  return readdirSync(journalsFolder)
    .sort()
    .flatMap((release) =>
      readdirSync(join(journalsFolder, release))
        .filter((file) => file.endsWith('.jsonl'))
        .sort()
        .map((file) => readFixture(release, file.replace(/\.jsonl$/, ''))),
    );
}

function readFixture(release: string, name: string): Fixture {
  const path = join(journalsFolder, release, name);
  const text = readFileSync(`${path}.jsonl`, 'utf8');
  const { run } = (JSON.parse(text.slice(0, text.indexOf('\n'))) as { event: { run: string } }).event;
  const scenario = readScenario(readFileSync(`${path}.yaml`, 'utf8'), relative(root, `${path}.yaml`));
  return { title: `${release}/${name}`, scenario, text, run, state: parseJournal(run, text).state };
}

export interface Played {
  readonly rehearsal: Rehearsal;
  /** What the last process of the run found on its disk; what lies there in the end when there was but one, or the run was over. */
  readonly found: { readonly run: string; readonly text: string } | undefined;
  readonly lives: number;
  readonly journals: ReadonlyMap<string, string>;
}

/** @param swap the journal that the process of that number finds, from 1 */
export async function play(
  scenario: Scenario,
  swap?: { readonly life: number; readonly run: string; readonly text: string },
): Promise<Played> {
  let scene: Scene | undefined;
  let lives = 0;
  let found: Played['found'];
  const files = () => scene?.agent.disk.files ?? new Map<string, string>();
  const rehearsal = await rehearse(
    scenario,
    (ports, life) => {
      lives += 1;
      if (swap?.life === lives) {
        if (!files().has(journalPath(swap.run))) throw new Error(`there is no run ${swap.run} to put the old journal in the place of`);
        files().set(journalPath(swap.run), swap.text);
      }
      found = unfinishedIn(files()) ?? found;
      return proxroll(swap === undefined ? ports : named(ports, swap.run), life);
    },
    {
      hooks: [
        (it) => {
          scene = it;
          return {};
        },
      ],
    },
  );
  const journals = journalsIn(files());
  const [run, text] = [...journals][0] ?? [];
  if (found === undefined && run !== undefined && text !== undefined) found = { run, text };
  return { rehearsal, found, lives, journals };
}

/** A start where this journal lies and nothing is due. */
export async function startOn(
  run: string,
  text: string,
): Promise<{ readonly rehearsal: Rehearsal; readonly files: ReadonlyMap<string, string> }> {
  const scenario = readScenario('intent: Nothing must be done\nworld: three-nodes\ndue: []\nexpect: { run: finished }', 'nothing-due.yaml');
  let disk: ReadonlyMap<string, string> = new Map();
  const rehearsal = await rehearse(scenario, proxroll, {
    hooks: [
      ({ agent }) => {
        agent.disk.files.set(journalPath(run), text);
        disk = agent.disk.files;
        return {};
      },
    ],
  });
  return { rehearsal, files: disk };
}

/** Units on the nodes carry the run's name, so today's run must be called as the old one was. */
function named(ports: Ports, run: string): Ports {
  const { random } = ports;
  return { ...ports, random: { ...random, hex: () => run.slice(run.lastIndexOf('-') + 1) } };
}

function journalsIn(files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(
    [...files].flatMap(([path, text]): [string, string][] => {
      const [, run] = /^runs\/([^/]+)\/journal\.jsonl$/.exec(path) ?? [];
      return run === undefined ? [] : [[run, text]];
    }),
  );
}

function unfinishedIn(files: ReadonlyMap<string, string>): Played['found'] {
  for (const [run, text] of journalsIn(files)) if (text.includes('\n') && !isOver(parseJournal(run, text).state)) return { run, text };
  return undefined;
}
