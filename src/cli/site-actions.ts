/** The commands' work on a site: what `Actions` promises, over the ports. */
import { ask } from '../clients/query.ts';
import { serviceLogQuery, serviceStateQuery, startService, type ServiceState } from '../clients/service.ts';
import { CommandFailed, type At } from '../clients/at.ts';
import { removeHold, writeHold } from '../clients/hold.ts';
import { askMembers } from '../clients/pmxcfs.ts';
import { blocks } from '../model/finding.ts';
import { holdText } from '../model/hold.ts';
import { plannedChanges } from '../model/plan-changes.ts';
import { holdsNow } from '../run/holds-now.ts';
import { dryRunHttp } from '../ports/http.ts';
import { dryRunShell } from '../ports/shell.ts';
import { abandon } from '../run/abandon.ts';
import { withChangelogs } from '../run/changelogs.ts';
import { conduct } from '../run/conduct.ts';
import { tellRun } from '../run/control.ts';
import { discover } from '../run/discover.ts';
import { JournalDamaged, journalPath, parseJournal } from '../run/journal.ts';
import { check } from '../run/preflight.ts';
import { dropRequest, isPlainWord, writeRequest } from '../run/request.ts';
import { findUnfinished, listRuns, readEarlier, readRun } from '../run/runs.ts';
import { differenceText, keepPlan, keptPlan } from '../run/seen-plans.ts';
import type { Site } from '../run/site.ts';
import { apply, isOver, type RunState } from '../run/state.ts';
import { makePlan } from '../stages/pve/plan.ts';
import type { Actions, ConductOptions, Followed, Globals, Outcome, Planned } from './actions.ts';
import type { Outward } from './outward.ts';
import { figuresNow } from './outward-figures.ts';
import { noSuchNode, noSuchRun, Refused } from './refused.ts';
import { writeReport } from './written-report.ts';

export interface SiteEdge {
  /** Takes every secret that is known out of a text, before it lies where people read it. */
  readonly redact: (text: string) => string;
  readonly globals: Globals;
  /** Aborted when systemd or a person asks this process to stop. */
  readonly stop: AbortSignal;
  readonly tellStatus: (text: string) => void;
  readonly outward: Outward;
  /** @returns the file, or nothing where there is no folder for it */
  readonly writeTextfile: (text: string) => Promise<string | undefined>;
  readonly serveMetrics: (
    address: string,
    text: () => Promise<string>,
  ) => Promise<{ readonly address: string; readonly close: () => Promise<void> }>;
}

/** How often a follower looks whether there is something new. */
const followMs = 1000;

/** How old the figures of a scrape may be. */
const lookEveryMs = 5 * 60_000;

export function siteActions(site: Site, { globals, stop, tellStatus, outward, redact, writeTextfile, serveMetrics }: SiteEdge): Actions {
  const { store, shell, clock } = site.ports;
  const own: At = { shell, host: { name: 'this node', own: true } };
  return {
    tellStatus,
    check: async () => {
      const snapshot = await discover(site);
      return { snapshot, findings: check(snapshot, site.config, await startScope(site, [])) };
    },
    plan: async ({ nodes }) => {
      const planned = await planNow(site, nodes);
      await keepPlan(store, planned.plan);
      return planned;
    },
    changelogs: (plan) => withChangelogs(own, plannedChanges(plan), clock),
    differenceFrom: (digest, plan) => differenceText(store, digest, plan),
    keptPlan: (digest) => keptPlan(store, digest),
    observe: () => planNow(changingNothing(site), []),
    conduct: (options) => (options.dryRun ? dryRun(site, options) : conductHere(site, options, { stop, outward, redact })),
    settled: () => outward.settled(stop.aborted),
    metrics: async () => figuresNow(site, await isCarried(), true),
    writeMetrics: async () => writeTextfile(await figuresNow(site, await isCarried(), true)),
    listen: async (address, onReady) => {
      const answer = cachedFor(lookEveryMs, async () => figuresNow(site, await isCarried(), true));
      const server = await serveMetrics(address, answer).catch((error: NodeJS.ErrnoException) => {
        throw new Refused(`cannot listen on ${address}`, error.message, 'name an address of this machine and a free port');
      });
      onReady(server.address);
      await new Promise<void>((resolve) => {
        if (stop.aborted) resolve();
        else stop.addEventListener('abort', () => resolve(), { once: true });
      });
      await server.close();
    },
    startService: async ({ nodes, plan }) => {
      const { configFile, debug, rebootOnly } = globals;
      if (configFile !== undefined && (!configFile.startsWith('/') || !isPlainWord(configFile)))
        throw new Refused(
          `the service cannot be given the config file ${configFile}`,
          '',
          'name it by its absolute path, without blanks and quotes',
        );
      await writeRequest(store, {
        nodes,
        debug,
        ...(plan === undefined ? {} : { plan }),
        ...(rebootOnly === true ? { rebootOnly } : {}),
        ...(configFile === undefined ? {} : { configFile }),
      });
      try {
        await startService(own);
      } catch (error) {
        if (error instanceof CommandFailed)
          throw new Refused('systemd did not start proxroll.service', error.message, 'look at: systemctl status proxroll');
        throw error;
      }
    },
    isCarried,
    readRuns: async () =>
      Promise.all(
        (await listRuns(store)).map(async (run) => {
          const read = await readRun(store, run);
          if (read.readable) return { kind: 'read' as const, state: read.state };
          return { kind: 'damaged' as const, run, detail: read.why, ...(read.before === undefined ? {} : { before: read.before }) };
        }),
      ),
    readRun: async (run) => {
      const text = (await listRuns(store)).includes(run) ? await store.read(journalPath(run)) : undefined;
      if (text === undefined) throw noSuchRun(run);
      const { state, entries } = parseJournal(run, text);
      return { state, entries };
    },
    readFolder: async (run) => {
      if (!(await listRuns(store)).includes(run)) throw noSuchRun(run);
      const names = await store.list(`runs/${run}`);
      const files = await Promise.all(names.map(async (name) => [name, await store.read(`runs/${run}/${name}`)] as const));
      return Object.fromEntries(files.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])));
    },
    redact,
    readEarlier: (run) => readEarlier(store, run),
    followRun: (onEntry, signal) => followRun(own, site, onEntry, signal),
    tellRun: async (wish) => {
      if (!(await ask(own, serviceStateQuery)).active) return 'idle';
      await tellRun(store, wish);
      return 'told';
    },
    hold: async (node, wish) => writeHold(await nodeNamed(node), holdText(wish)),
    unhold: async (node) => removeHold(await nodeNamed(node)),
    holds: async () => holdsNow(own, site),
    abandon: async (onEvent) => {
      const heard: typeof onEvent = (entry, state) => {
        onEvent(entry, state);
        outward.event(entry, state);
      };
      const outcome = await abandon(site, { onEvent: heard, stop });
      if (outcome.kind === 'abandoned') {
        await dropRequest(store);
        await writeReport(store, outcome.state.run, redact);
      }
      return outcome;
    },
  };

  async function isCarried(): Promise<boolean> {
    return (await ask(own, serviceStateQuery)).active;
  }

  /** A scrape every few seconds must not make the nodes busy. */
  function cachedFor(ms: number, make: () => Promise<string>): () => Promise<string> {
    let kept: { readonly text: string; readonly atMs: number } | undefined;
    return async () => {
      if (kept === undefined || clock.elapsed() - kept.atMs >= ms) kept = { text: await make(), atMs: clock.elapsed() };
      return kept.text;
    };
  }

  async function followRun(at: At, { ports }: Site, onEntry: Parameters<Actions['followRun']>[0], signal: AbortSignal): Promise<Followed> {
    let told = 0;
    let state: RunState | undefined;
    let run: string | undefined;
    for (;;) {
      // Asked before reading: what the service wrote before it ended is then read for certain.
      const service = await ask(at, serviceStateQuery);
      run ??= await currentRun(service);
      const text = run === undefined ? undefined : await ports.store.read(journalPath(run));
      if (run !== undefined && text !== undefined && text.includes('\n')) {
        const { entries, state: last } = parseJournal(run, text);
        for (const entry of entries.slice(told)) {
          state = apply(state, entry);
          onEntry(entry, state);
        }
        told = entries.length;
        if (!service.active) return { kind: 'ended', state: last };
      } else if (!service.active) return endedWithoutRun(service);
      if (signal.aborted) return { kind: 'interrupted' };
      await clock.sleep(followMs, signal);
    }
  }

  async function nodeNamed(name: string): Promise<At> {
    const members = await askMembers(own);
    const nodes = members.kind === 'lone' ? [{ name: members.ownNode, address: undefined }] : members.nodes;
    const node = nodes.find((candidate) => candidate.name === name);
    if (node === undefined)
      throw noSuchNode(
        [name],
        nodes.map((candidate) => candidate.name),
      );
    const address = node.address === undefined ? {} : { address: node.address };
    return { shell, host: { name, own: name === members.ownNode, ...address } };
  }

  async function currentRun(service: ServiceState): Promise<string | undefined> {
    if (!service.active) return undefined;
    return (await findUnfinished(store))?.run;
  }

  async function endedWithoutRun(service: ServiceState): Promise<Followed> {
    if (service.invocation === '') return { kind: 'idle' };
    return { kind: 'no-run', log: await ask(own, serviceLogQuery(service.invocation)), exit: service.exitStatus };
  }
}

async function conductHere(
  site: Site,
  options: ConductOptions,
  { stop, outward, redact }: Pick<SiteEdge, 'stop' | 'outward' | 'redact'>,
): Promise<Outcome> {
  const outcome = await conduct(site, {
    only: options.nodes,
    ...(options.plan === undefined ? {} : { approved: options.plan }),
    stop,
    onEvent: (entry, state) => {
      options.onEvent(entry, state);
      outward.event(entry, state);
    },
    onFindings: (findings, snapshot) => {
      outward.seen(snapshot);
      options.onFindings(findings);
    },
    onLook: (snapshot) => outward.seen(snapshot),
  }).catch(async (error: unknown) => {
    outward.failed(error);
    await outward.settled(stop.aborted);
    throw error;
  });
  outward.ended(outcome);
  const goesOn = outcome.kind === 'leaving' || outcome.kind === 'paused';
  if (!goesOn && outcome.kind !== 'busy') await dropRequest(site.ports.store);
  if (outcome.kind === 'finished' || outcome.kind === 'paused' || outcome.kind === 'abandoned') {
    const written = await writeReport(site.ports.store, outcome.state.run, redact);
    options.onReport?.(written);
  }
  if (outcome.kind === 'finished' && outcome.state.plan?.tracks.length === 0)
    return { kind: 'nothing-to-do', findings: [], plan: outcome.state.plan };
  return outcome;
}

/** The same looks and decisions with a shell that refuses every change: nothing is touched, whatever happens. */
async function dryRun(site: Site, options: ConductOptions): Promise<Outcome> {
  const { findings, plan } = await planNow(changingNothing(site), options.nodes);
  options.onFindings(findings);
  if (findings.some(blocks)) return { kind: 'blocked', findings };
  if (plan.tracks.length === 0) return { kind: 'nothing-to-do', findings, plan };
  const refused = plan.tracks.map((track) => `${track.node}: ${track.steps.map((step) => step.kind).join(', ')}`).join('; ');
  return { kind: 'dry-run', findings, plan, refused };
}

/** A site through ports that refuse every change. */
function changingNothing(site: Site): Site {
  const { shell, http } = site.ports;
  return { ...site, ports: { ...site.ports, shell: dryRunShell(shell), http: dryRunHttp(http) } };
}

async function planNow(site: Site, nodes: readonly string[]): Promise<Planned> {
  const snapshot = await discover(site);
  const names = snapshot.nodes.map((node) => node.name);
  const missing = nodes.filter((node) => !names.includes(node));
  if (missing.length > 0) throw noSuchNode(missing, names);
  return { snapshot, findings: check(snapshot, site.config, await startScope(site, nodes)), plan: makePlan(snapshot, site.config, nodes) };
}

/** A run of ours that is not over borrowed things itself; they are not held against going on. */
async function startScope(site: Site, only: readonly string[]) {
  const unfinished = await unfinishedRun(site);
  return {
    when: 'start' as const,
    only,
    ...(unfinished === undefined || isOver(unfinished) ? {} : { run: unfinished.run, loans: unfinished.loans }),
  };
}

async function unfinishedRun(site: Site) {
  try {
    return await findUnfinished(site.ports.store);
  } catch (error) {
    // A check must still be able to speak; whoever wants to run is told about the journal.
    if (error instanceof JournalDamaged) return undefined;
    throw error;
  }
}
