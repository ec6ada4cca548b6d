/** Figures for monitoring, written beside a run at each of its turns and once more when it is over. */
import { archivesQuery, oldestFixMs } from '../clients/archive.ts';
import { ask } from '../clients/query.ts';
import type { RunEvent } from '../model/event.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { metricsText } from '../report/metrics-text.ts';
import { discover } from '../run/discover.ts';
import {
  figuresOf,
  readFiguresMemory,
  rememberPublished,
  rememberRun,
  rememberSeen,
  writeFiguresMemory,
  type FiguresMemory,
} from '../run/figures.ts';
import { listRuns, readRun } from '../run/runs.ts';
import type { Site } from '../run/site.ts';
import type { RunState } from '../run/state.ts';
import type { Outward } from './outward.ts';

export interface FiguresEdge {
  /** Puts the text where monitoring reads it. @returns whether anybody wants it */
  readonly write: (text: string) => Promise<boolean>;
  /** Something of it failed; the run goes on. */
  readonly onTrouble: (error: unknown) => void;
}

/** After these the figures are others. */
const turns: readonly RunEvent['type'][] = [
  'run.began',
  'run.resumed',
  'plan.made',
  'node.done',
  'run.paused',
  'run.finished',
  'run.abandoned',
];
const hurryMs = 5_000;

export function figuresOutward(site: Site, { write, onTrouble }: FiguresEdge): Outward {
  const { store, clock, shell } = site.ports;
  let snapshot: Snapshot | undefined;
  let lastRun: RunState | undefined;
  let work: Promise<void> = Promise.resolve();

  /** One after the other, so that no change of what is remembered is lost. */
  const then = (change: (remembered: FiguresMemory) => FiguresMemory | Promise<FiguresMemory>): void => {
    work = work
      .then(async () => {
        const before = await readFiguresMemory(store);
        const after = await change(before);
        if (JSON.stringify(after) !== JSON.stringify(before)) await writeFiguresMemory(store, after);
        await write(await metricsText(figuresOf(after, { version: site.version, ...seenSoFar(), carried: true })));
      })
      .catch(onTrouble);
  };
  const seenSoFar = () => ({ ...(snapshot === undefined ? {} : { snapshot }), ...(lastRun === undefined ? {} : { lastRun }) });

  /** Read when a node's packages have been downloaded; beside the run, which does not wait for it. */
  const publishedOn = (node: string, state: RunState): void => {
    const set = state.plan?.tracks.find((track) => track.node === node)?.set;
    const facts = snapshot?.nodes.find(({ name }) => name === node);
    if (set === undefined || facts === undefined) return;
    const address = facts.address === undefined ? {} : { address: facts.address };
    then(async (remembered) => {
      const archives = await ask({ shell, host: { name: node, own: node === state.node, ...address } }, archivesQuery);
      const oldestMs = oldestFixMs(set, archives);
      return oldestMs === undefined ? remembered : rememberPublished(remembered, node, oldestMs);
    });
  };

  return {
    seen: (now) => {
      snapshot = now;
      then((remembered) => rememberSeen(remembered, now));
    },
    event: ({ event }, state) => {
      lastRun = state;
      const step = event.type === 'step.done' ? state.steps.get(event.step)?.step : undefined;
      if (step?.kind === 'fetch') publishedOn(step.node, state);
      if (turns.includes(event.type)) then((remembered) => rememberRun(remembered, state));
    },
    ended: ({ kind }) => {
      if (kind === 'blocked' || kind === 'busy') then((remembered) => ({ ...remembered, refusedAtMs: clock.now() }));
    },
    failed: () => {
      const run = lastRun?.run;
      if (run !== undefined) then((remembered) => ({ ...remembered, failedRun: run }));
    },
    settled: async (hurry) => {
      if (!hurry && lastRun !== undefined)
        then(async (remembered) => {
          snapshot = await discover(site);
          return rememberSeen(remembered, snapshot);
        });
      const over = new AbortController();
      const done = work.then(() => over.abort());
      await clock.sleep(hurry ? hurryMs : 2 * 60_000, over.signal);
      if (over.signal.aborted) await done;
    },
  };
}

/** Figures of now, by whoever asks outside of a run. @param look whether the nodes are looked at anew */
export async function figuresNow(site: Site, carried: boolean, look: boolean): Promise<string> {
  const { store } = site.ports;
  let remembered = await readFiguresMemory(store);
  let lastRun: RunState | undefined;
  for (const run of (await listRuns(store)).slice(-20)) {
    const read = await readRun(store, run);
    if (!read.readable) continue;
    lastRun = read.state;
    remembered = rememberRun(remembered, read.state);
  }
  const snapshot = look ? await discover(site) : undefined;
  if (snapshot !== undefined) {
    remembered = rememberSeen(remembered, snapshot);
    // The process that carries a run remembers for itself.
    if (!carried) await writeFiguresMemory(store, remembered);
  }
  const seen = { ...(snapshot === undefined ? {} : { snapshot }), ...(lastRun === undefined ? {} : { lastRun }) };
  return metricsText(figuresOf(remembered, { version: site.version, ...seen, carried }));
}
