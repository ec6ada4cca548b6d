/**
 * Figures from what was seen and from the runs' journals. What neither tells, since when something has been so, is kept in
 * `metrics.json` in the state folder. Losing that file loses beginnings, nothing else.
 */
import { z } from 'zod';
import type { Figures, NodeFigures, RebootReason, RunFigures, RunResult } from '../model/metrics.ts';
import { loanId } from '../model/loan.ts';
import type { NodeFacts } from '../model/node.ts';
import { countSecurity } from '../model/packages.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Store } from '../ports/store.ts';
import type { RunState } from './state.ts';

const nodeMemory = z.object({
  rebootDueSinceMs: z.number().optional(),
  securitySinceMs: z.number().optional(),
  patchedAtMs: z.number().optional(),
  exposureMs: z.number().optional(),
  /** When the oldest of the security fixes that wait for this node was published. */
  publishedAtMs: z.number().optional(),
});
const memory = z.object({
  lastSuccessMs: z.number().optional(),
  refusedAtMs: z.number().optional(),
  /** The run that ended with an error. */
  failedRun: z.string().optional(),
  nodes: z.record(z.string(), nodeMemory).default({}),
});

/** What has to be remembered from one process to the next. */
export type FiguresMemory = z.infer<typeof memory>;

const memoryPath = 'metrics.json';

/** A file that cannot be read is as good as none. */
export async function readFiguresMemory(store: Store): Promise<FiguresMemory> {
  try {
    const parsed = memory.safeParse(JSON.parse((await store.read(memoryPath)) ?? '{}'));
    return parsed.success ? parsed.data : { nodes: {} };
  } catch (error) {
    if (error instanceof SyntaxError) return { nodes: {} };
    throw error;
  }
}

/** Durable when this resolves. @throws StoreFull */
export async function writeFiguresMemory(store: Store, remembered: FiguresMemory): Promise<void> {
  await store.write(memoryPath, `${JSON.stringify(remembered)}\n`);
}

/** With what a look at the site tells; a node that does not answer keeps what was known of it. */
export function rememberSeen(before: FiguresMemory, { nodes, takenAtMs }: Pick<Snapshot, 'nodes' | 'takenAtMs'>): FiguresMemory {
  const known = nodes.map((node): readonly [string, FiguresMemory['nodes'][string]] => {
    const { rebootDueSinceMs, securitySinceMs, ...rest } = before.nodes[node.name] ?? {};
    const { rebootDue, security } = nodeFigures(node);
    return [
      node.name,
      {
        ...rest,
        ...since(
          'rebootDueSinceMs',
          rebootDue === undefined ? undefined : rebootDue.kernel || rebootDue.system,
          rebootDueSinceMs,
          takenAtMs,
        ),
        ...since('securitySinceMs', security === undefined ? undefined : security > 0, securitySinceMs, takenAtMs),
      },
    ];
  });
  return { ...before, nodes: Object.fromEntries(known) };
}

/** With what the journal of a run tells, up to now. */
export function rememberRun(before: FiguresMemory, state: RunState): FiguresMemory {
  const nodes = { ...before.nodes };
  for (const { node, atMs, packages, rebooted, left } of state.nodesDone) {
    const { publishedAtMs, ...known } = nodes[node] ?? {};
    if ((packages === 0 && !rebooted) || atMs < (known.patchedAtMs ?? 0)) continue;
    // A fix that waits for a reboot does not run yet.
    const runs = publishedAtMs !== undefined && left.length === 0 && atMs !== known.patchedAtMs;
    nodes[node] = { ...known, patchedAtMs: atMs, ...(runs ? { exposureMs: Math.max(0, atMs - publishedAtMs) } : {}) };
  }
  const success = state.phase === 'finished' && state.lastAtMs > (before.lastSuccessMs ?? 0) ? { lastSuccessMs: state.lastAtMs } : {};
  return { ...before, ...success, nodes };
}

/** With the time at which the oldest of a node's pending security fixes was published. */
export function rememberPublished(before: FiguresMemory, node: string, publishedAtMs: number): FiguresMemory {
  return { ...before, nodes: { ...before.nodes, [node]: { ...before.nodes[node], publishedAtMs } } };
}

/**
 * @param lastRun the newest run, if there was one
 * @param carried whether a process carries it
 */
export function figuresOf(
  remembered: FiguresMemory,
  {
    version,
    snapshot,
    lastRun,
    carried,
  }: { readonly version: string; readonly snapshot?: Snapshot; readonly lastRun?: RunState; readonly carried: boolean },
): Figures {
  const { lastSuccessMs, refusedAtMs } = remembered;
  const names = snapshot === undefined ? Object.keys(remembered.nodes) : snapshot.nodes.map(({ name }) => name);
  return {
    version,
    cluster: clusterOf(snapshot, lastRun),
    ...(snapshot === undefined ? {} : { lookedAtMs: snapshot.takenAtMs }),
    ...(lastSuccessMs === undefined ? {} : { lastSuccessMs }),
    ...(refusedAtMs === undefined ? {} : { refusedAtMs }),
    ...(lastRun === undefined ? {} : { lastRun: runFigures(lastRun, carried && remembered.failedRun !== lastRun.run) }),
    nodes: names.map((name) => {
      const node = snapshot?.nodes.find((candidate) => candidate.name === name);
      const { publishedAtMs: _, ...kept } = remembered.nodes[name] ?? {};
      return { ...(node === undefined ? { node: name } : nodeFigures(node)), ...filled(kept) };
    }),
  };
}

function clusterOf(snapshot: Snapshot | undefined, lastRun: RunState | undefined): string {
  if (snapshot === undefined) return lastRun?.cluster ?? '';
  return snapshot.membership.kind === 'cluster' ? snapshot.membership.name : snapshot.ownNode;
}

function nodeFigures({ name, host }: NodeFacts): NodeFigures {
  if (!host.answered) return { node: name, answers: false };
  const { kernel, rebootRequired, pending, hold } = host.facts;
  const rebootDue: Readonly<Record<RebootReason, boolean>> | undefined =
    kernel.known && rebootRequired.known
      ? { kernel: kernel.value.expected !== kernel.value.running, system: rebootRequired.value.length > 0 }
      : undefined;
  return {
    node: name,
    answers: true,
    ...(rebootDue === undefined ? {} : { rebootDue }),
    ...(pending.known ? { packages: pending.value.changes.length, security: countSecurity(pending.value) } : {}),
    ...(hold.known ? { held: hold.value !== 'none' } : {}),
  };
}

function runFigures(state: RunState, carried: boolean): RunFigures {
  const result: RunResult = state.phase === 'running' && !carried ? 'failed' : state.phase;
  const memoryOf = new Map(state.plan?.tracks.flatMap(({ guests }) => guests.map((guest) => [guest.vmid, guest.memoryBytes ?? 0])) ?? []);
  const moved = state.guests.filter(({ how, end }) => end === 'arrived' && (how === 'live-migration' || how === 'restart-migration'));
  const interrupted = state.guests.filter(({ how, end }) => end === 'arrived' && (how === 'restart-migration' || how === 'shutdown'));
  return {
    beganAtMs: state.beganAtMs,
    tookMs: state.lastAtMs - state.beganAtMs,
    result,
    ...(state.phase === 'paused' && state.paused !== undefined ? { pausedAtMs: state.paused.atMs } : {}),
    movedBytes: moved.reduce((sum, { vmid }) => sum + (memoryOf.get(vmid) ?? 0), 0),
    guestsInterrupted: new Set(interrupted.map(({ vmid }) => vmid)).size,
    loans: state.loans.map((loan) => ({ kind: loan.kind, takenAtMs: loanTakenAt(state, loan) })),
  };
}

function loanTakenAt(state: RunState, loan: RunState['loans'][number]): number {
  return state.loanedAtMs[loanId(loan)] ?? state.beganAtMs;
}

/** Nothing while it is not so, the old beginning while it still is; what is not known changes nothing. */
function since<K extends string>(
  key: K,
  isSo: boolean | undefined,
  before: number | undefined,
  nowMs: number,
): { readonly [key in K]?: number } {
  const ms = isSo === undefined ? before : isSo ? (before ?? nowMs) : undefined;
  return (ms === undefined ? {} : { [key]: ms }) as { readonly [key in K]?: number };
}

/** Without the keys that zod may have left undefined. */
function filled<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
