/** The reboot of one node, after the gates. Only a new boot id is a reboot: a node that was asked may answer for minutes (measured). */
import { bootIdQuery, clockQuery, holdQuery, uptimeQuery } from '../../../clients/host.ts';
import { kernelPinsQuery, runningKernelQuery } from '../../../clients/kernel.ts';
import { vmProcessesQuery } from '../../../clients/processes.ts';
import { ask, askNamed } from '../../../clients/query.ts';
import { quorumQuery } from '../../../clients/quorum.ts';
import { reboot as orderReboot, stoppingQuery, unitLogQuery, unitStateQuery } from '../../../clients/systemd.ts';
import { rebootUnit } from '../../../clients/unit-names.ts';
import { guestTitle, needsPlace } from '../../../model/guest.ts';
import type { HoldFacts } from '../../../model/node.ts';
import { Pause } from '../../../model/pause.ts';
import type { Reading } from '../../../model/reading.ts';
import type { Snapshot } from '../../../model/snapshot.ts';
import { mustLeave } from '../../../model/way.ts';
import type { RebootStep } from '../../../model/step.ts';
import { at, atOwn, type Context } from '../../../run/context.ts';
import { untilSafe } from '../../../run/demand.ts';
import type { Handler } from '../../../run/handler.ts';
import { Unseen } from '../../../run/passing.ts';
import { leaveThere } from './drain-left.ts';
import { reallyUp } from './guest-trips.ts';
import { demandNotHeld } from './held.ts';
import { cameBack, renewTrial, trialOn } from './kernel-trial.ts';
import { upNow } from './up-now.ts';

/** `hostMs`: the node's own clock at that moment. Missing in a step that an older release began. */
interface BeforeReboot {
  readonly [key: string]: string | number;
  readonly bootId: string;
}

export const reboot: Handler<RebootStep, BeforeReboot> = {
  // Journaled before we act: after a crash, the only way to tell our reboot from an older one.
  remember: async ({ node }, context) => {
    const on = at(context, node);
    const bootId = await ask(on, bootIdQuery);
    return { bootId, hostMs: await ask(on, clockQuery) };
  },
  run: async ({ node, trial }, { bootId }, context) => {
    const { clock } = context.site.ports;
    const askedAtMs = clock.elapsed();
    const inside = await lookInside(node, context);
    if (inside.bootId !== bootId) return;
    if (trial !== undefined) await renewTrial(node, trial, bootId, context);
    const snapshot = await demandSafe(node, context);
    // When that had to wait, an order from before this process may have been carried out meanwhile, and guests may have been started.
    const last = clock.elapsed() - askedAtMs > promptMs ? await lookInside(node, context) : inside;
    if (last.bootId !== bootId) return;
    demandNotHeld(node, last.hold, context);
    await demandEmpty(node, snapshot, last.processes, context);
    await orderReboot(at(context, node), context.state().run);
    // What it is given to begin with counts from here.
    stillUp.get(context.hosts)?.delete(node);
    await context.site.ports.shell.disconnect(context.hosts.get(node));
  },
  // Rejects while the node is down; the executor keeps asking until it gets an answer or the deadline passes.
  satisfied: async ({ node, expectedKernel }, { bootId, hostMs }, context) => {
    const on = at(context, node);
    if ((await ask(on, bootIdQuery)) === bootId) {
      await demandGoingDown(node, context);
      return { yes: false, seen: `${node} still answers from the boot before` };
    }
    const { uptimeS, nowMs, kernel } = await askNamed(on, { uptimeS: uptimeQuery, nowMs: clockQuery, kernel: runningKernelQuery });
    if (!uptimeS.known || !nowMs.known || !kernel.known) throw new Unseen(firstWhy([uptimeS, nowMs, kernel]));
    const running = kernel.value;
    if (typeof hostMs === 'number' && nowMs.value - uptimeS.value * 1000 < hostMs - clockSlackMs)
      return {
        yes: false,
        seen: `${node} shows another boot id, but by its own uptime it has been up since before it was asked to reboot`,
      };
    const tried = trialOn(node, context);
    if (tried !== undefined && running === tried.before) throw cameBack(node, running, tried);
    if (expectedKernel !== undefined && running !== expectedKernel) {
      // As the way out of a kernel that does not boot is (docs/packages.md): what was pinned before the order would have been expected.
      const { pinned, pinnedForNextBoot } = await ask(on, kernelPinsQuery);
      if (pinned === running && pinnedForNextBoot === undefined)
        return { yes: true, detail: `kernel ${running}, which somebody has pinned since; ${expectedKernel} is not in use` };
      throw new Pause('reboot.old-kernel', {
        what: `${node} came back on another kernel than expected`,
        seen: `it runs ${running}, expected was ${expectedKernel}`,
        next: `find out why (proxmox-boot-tool kernel list and proxmox-boot-tool status on ${node}), reboot it by hand into ${expectedKernel}, then: proxroll resume`,
      });
    }
    return { yes: true, detail: `kernel ${running}` };
  },
  pollMs: 1000,
  late: ({ node, trial }, seen) => ({
    code: 'reboot.deadline',
    reason: {
      what: `${node} has not come back from its reboot`,
      seen,
      next:
        trial === undefined
          ? `look at the console of ${node}, then: proxroll resume`
          : `look at the console of ${node}; switched off and on it boots kernel ${trial.before}; then: proxroll resume`,
    },
  }),
};

/** Half a second for the order, and what programs that ask logind for a delay get: five seconds, unless somebody has set more. */
const beginsMs = 60_000;
/** Asking costs a round trip, and nearly every node is on its way by then. */
const askMs = 10_000;
const orderLines = 3;

interface StillUp {
  /** On the clock's `elapsed`. */
  readonly sinceMs: number;
  askedMs: number;
}

const stillUp = new WeakMap<Context['hosts'], Map<string, StillUp>>();

/**
 * The order is over, and the node does not shut down: since systemd 257 logind refuses root too while a program blocks it, as apt does
 * while it installs (its news of 257, "block inhibitor locks"). @throws Pause when that lasts
 */
async function demandGoingDown(node: string, context: Context): Promise<void> {
  const now = context.site.ports.clock.elapsed();
  const nodes = stillUp.get(context.hosts) ?? new Map<string, StillUp>();
  stillUp.set(context.hosts, nodes);
  const still = nodes.get(node) ?? { sinceMs: now, askedMs: now };
  nodes.set(node, still);
  if (now - still.sinceMs < beginsMs || now - still.askedMs < askMs) return;
  still.askedMs = now;
  const unit = rebootUnit(context.state().run);
  const { stopping, timer, order, log } = await askNamed(at(context, node), {
    stopping: stoppingQuery,
    timer: unitStateQuery(`${unit}.timer`),
    order: unitStateQuery(unit),
    log: unitLogQuery(unit, orderLines),
  });
  const isOver = [timer, order].every((state) => state.known && (state.value.kind === 'absent' || state.value.kind === 'failed'));
  if (!stopping.known || stopping.value || !isOver) return;
  // Whoever resumes is given the time again.
  nodes.delete(node);
  const said = log.known ? log.value.trim().split('\n').join('; ') : '';
  throw new Pause('reboot.refused', {
    what: `${node} was asked to reboot and does not shut down`,
    seen: `it runs on as before; ${said === '' ? 'the order said nothing' : `the order said: ${said}`}`,
    next: `on ${node}: systemd-inhibit --list shows what keeps it up; when that has ended: proxroll resume`,
  });
}

/** What a clock may be set by while a node boots. */
const clockSlackMs = 60_000;

function firstWhy(readings: readonly Reading<unknown>[]): string {
  return readings.flatMap((reading) => (reading.known ? [] : [reading.why]))[0] ?? '';
}

/** Looking without waiting takes no longer. */
const promptMs = 5000;

/** A look that is younger than this serves; the votes are asked for again in any case. */
const freshMs = 15_000;
const votesPatienceMs = 30_000;

interface Inside {
  readonly bootId: string;
  /** Process by vmid. */
  readonly processes: Readonly<Record<string, number>>;
  readonly hold: Reading<readonly HoldFacts[]>;
}

/** One round trip. */
async function lookInside(node: string, context: Context): Promise<Inside> {
  const queries = { bootId: bootIdQuery, processes: vmProcessesQuery, hold: holdQuery(context.site.config.hold_paths) };
  const { bootId, processes, hold } = await askNamed(at(context, node), queries);
  if (!bootId.known || !processes.known) throw new Unseen(firstWhy([bootId, processes]));
  return { bootId: bootId.value, processes: processes.value, hold };
}

/** Everything is looked at once more: the votes and the others. @throws Pause */
async function demandSafe(node: string, context: Context): Promise<Snapshot> {
  const snapshot = await untilSafe(node, context, { reboots: true }, freshMs);
  await demandQuorum(node, snapshot, context);
  return snapshot;
}

/** Nobody started a guest here meanwhile; whoever may go down with the node is on loan. @throws Pause */
async function demandEmpty(node: string, snapshot: Snapshot, processes: Inside['processes'], context: Context): Promise<void> {
  if (!snapshot.guests.known) throw new Unseen(`nobody can say where the guests are: ${snapshot.guests.why}`);
  const { guests, strangers } = await upNow(node, snapshot.guests.value, processes, context);
  const here = await reallyUp(
    guests.filter((guest) => mustLeave(guest, snapshot, context.site.config) || !needsPlace(guest)),
    context,
  );
  if (here.length + strangers.length > 0)
    throw new Pause('reboot.unsafe', {
      what: `${node} must not reboot now: guests run on it`,
      seen: [...here.map(guestTitle), ...strangers].join(', '),
      next: `find out who started them on ${node}, then: proxroll resume`,
    });
  await leaveThere(node, guests, snapshot, context);
}

/** The arithmetic once more, on votes counted this very moment (facts 2.3 number 6). A vote may be away for a moment. @throws Pause */
async function demandQuorum(node: string, snapshot: Snapshot, context: Context): Promise<void> {
  const { membership } = snapshot;
  if (membership.kind === 'lone') return;
  const { clock } = context.site.ports;
  const until = clock.elapsed() + votesPatienceMs;
  for (;;) {
    const now = await ask(atOwn(context), quorumQuery);
    if (membership.quorum.known && now.quorate && now.totalVotes >= membership.quorum.value.totalVotes) return;
    if (clock.elapsed() >= until || context.stop.aborted)
      throw new Pause('reboot.unsafe', {
        what: `${node} must not reboot now: votes are missing that were there a moment ago`,
        seen: `${now.totalVotes} of ${now.expectedVotes} votes are present, ${now.threshold} are needed`,
        next: 'pvecm status; bring the missing node back, then: proxroll resume',
      });
    await clock.sleep(2000, context.stop);
  }
}
