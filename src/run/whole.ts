/** Before a run calls itself finished: nodes that it touched are there, and the HA manager is through with what the loss of one brought. */
import { durationText } from '../model/duration.ts';
import { Pause } from '../model/pause.ts';
import { unsettledAfter, type Unsettled } from '../stages/pve/steps/ha-settled.ts';
import { siteNow } from '../stages/pve/steps/site-now.ts';
import type { Context } from './context.ts';
import { mayMissVotes, stoppedIn, untilClear } from './demand.ts';
import { isPassing } from './passing.ts';
import { check } from './preflight.ts';
import { minutesMs } from './step-limits.ts';

/** One of the manager's rounds. */
const pollMs = 10_000;

/**
 * Nodes that this run has patched, and those that have guests of the plan now, must be there when it ends: one that went down is for a
 * person to look at, and guests can go home only then. While all votes are there that is one local question.
 * @throws Pause
 */
export async function untilWhole(context: Context): Promise<void> {
  const { run, loans, plan, nodesDone, node: own } = context.state();
  const patched = nodesDone.filter(({ packages, rebooted }) => packages > 0 || rebooted).map(({ node }) => node);
  const ours = new Set(plan?.tracks.flatMap(({ guests }) => guests.map(({ vmid }) => vmid)));
  if (!(await mayMissVotes(context))) return;
  await untilClear(context, own, (seen) => {
    const hosting = seen.guests.known ? seen.guests.value.filter(({ vmid }) => ours.has(vmid)).map(({ node }) => node) : [];
    return [...new Set([...patched, ...hosting])].flatMap((node) =>
      check(seen, context.site.config, { when: 'before-node', node, run, loans }).filter(
        ({ subject, check: word }) => subject === node && (word === 'online' || word === 'ssh'),
      ),
    );
  });
  await untilSettled(patched, context);
}

/** A node that was gone for a moment may have left a guest of the HA manager down, and locked. @throws Pause */
async function untilSettled(nodes: readonly string[], context: Context): Promise<void> {
  const { clock } = context.site.ports;
  const { maintenance, guest } = context.site.config.deadlines;
  const mayMs = minutesMs(maintenance + guest);
  const until = clock.elapsed() + mayMs;
  let told = false;
  for (;;) {
    const unsettled = await unsettledNow(nodes, context);
    if (unsettled === undefined) return;
    if (context.stop.aborted) throw stoppedIn(unsettled.seen);
    if (unsettled.hopeless || clock.elapsed() >= until)
      throw new Pause('maintenance.deadline', {
        what: 'HA has not settled after a node was gone',
        seen: unsettled.seen,
        next: unsettled.next,
      });
    if (!told) {
      told = true;
      const what = `a node was gone, and the run waits up to ${durationText(mayMs)} for HA to settle: ${unsettled.seen}`;
      await context.record({ type: 'warned', subject: 'cluster', what, next: unsettled.next });
    }
    await clock.sleep(pollMs, context.stop);
  }
}

async function unsettledNow(nodes: readonly string[], context: Context): Promise<Unsettled | undefined> {
  try {
    const { snapshot } = await siteNow(context);
    return nodes.map((node) => unsettledAfter(node, snapshot)).find((one) => one !== undefined);
  } catch (error) {
    if (!isPassing(error)) throw error;
    return { seen: error.message, next: 'look at ha-manager status, then: proxroll resume', hopeless: false };
  }
}
