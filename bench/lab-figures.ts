/** What a run in the lab measured: the file that `lab/index.ts run DEB --figures FILE` writes, or several of them in one. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { atMost, overText, secondsText, type Figure } from './figure.ts';

/** One line of JSON for each run, as `Figures` in `lab/run.ts` has it. */
const labFigures = z.object({
  /** `trixie, 3 nodes`. */
  title: z.string(),
  tookMs: z.number(),
  /** Of it, the time in which apt, a move, a reboot or the HA manager was at work. */
  workMs: z.number(),
  memoryMib: z.number(),
  pveshPerPlan: z.number(),
  pveshPerRun: z.number(),
});

export type LabFigures = z.infer<typeof labFigures>;

/** @throws Error when the file holds anything else */
export async function labFiguresIn(file: string): Promise<readonly LabFigures[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => labFigures.parse(JSON.parse(line)));
}

export async function labOverhead(file: string): Promise<readonly Figure[]> {
  return (await labFiguresIn(file)).flatMap(({ title, tookMs, workMs }) => {
    const perNodeMs = (tookMs - workMs) / nodesOf(title);
    return [
      { what: `${title}: whole run`, measured: secondsText(tookMs) },
      { what: `${title}: apt, moves, reboots and the HA manager in it`, measured: secondsText(workMs) },
      { what: `${title}: run over work`, measured: overText(tookMs, workMs), budget: atMost(tookMs / workMs, 1.03, '+3 %') },
      { what: `${title}: ours, a node`, measured: secondsText(perNodeMs), budget: atMost(perNodeMs, 5_000, '5 s') },
    ];
  });
}

export async function labMemory(file: string): Promise<readonly Figure[]> {
  return (await labFiguresIn(file)).map(({ title, memoryMib }) => ({
    what: `${title}: the service at its peak`,
    measured: `${memoryMib} MiB`,
    budget: atMost(memoryMib, 80, '80 MiB'),
  }));
}

export async function labPvesh(file: string): Promise<readonly Figure[]> {
  return (await labFiguresIn(file)).flatMap(({ title, pveshPerPlan, pveshPerRun }) => [
    { what: `${title}: pvesh processes of one plan`, measured: `${pveshPerPlan}`, budget: atMost(pveshPerPlan, 10, '10') },
    { what: `${title}: pvesh processes of the whole run`, measured: `${pveshPerRun}` },
  ]);
}

/** A lone node is not counted in its title. */
function nodesOf(title: string): number {
  return Number(/(\d+) nodes/.exec(title)?.[1] ?? 1);
}
