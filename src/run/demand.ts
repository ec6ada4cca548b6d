/** Going on only when nothing stands against it, and all that matters is known. */
import { askNamed } from '../clients/query.ts';
import { quorumQuery } from '../clients/quorum.ts';
import { durationText } from '../model/duration.ts';
import { blocks, type Finding } from '../model/finding.ts';
import { Pause } from '../model/pause.ts';
import { nodeOf, type Snapshot } from '../model/snapshot.ts';
import { unreadFor } from '../stages/pve/reboot-verdict.ts';
import { atOwn, type Context } from './context.ts';
import { pauseWished, StopWished } from './control.ts';
import { isPassing } from './passing.ts';
import { check } from './preflight.ts';

/** Some states pass by themselves: a short task, an HA master that is just changing, metrics after a boot. */
const patienceMs = 120_000;
const pollMs = 10_000;
/** Shorter than this is a moment, and nobody needs to know. */
const momentMs = 15_000;

/**
 * Looks at the site until nothing blocks, for two minutes at most, and for up to `workMs` while all that blocks is work of others that ends
 * by itself, or a storage; when that takes longer than a moment, it is said what is waited for.
 * @param subject the machine that waits
 * @param freshMs a last look that is younger than this, and from after guests were moved, is taken for the first one
 * @param workMs only where nothing is begun yet: a person may ask for a pause or an end meanwhile
 * @returns the look that was clear @throws Pause that names every finding that blocks, not only the first; StopWished
 */
export async function untilClear(
  context: Context,
  subject: string,
  checks: (snapshot: Snapshot) => readonly Finding[],
  freshMs = 0,
  workMs = 0,
): Promise<Snapshot> {
  const { clock } = context.site.ports;
  const beganMs = clock.elapsed();
  let until = beganMs + patienceMs;
  const told = new Set<number>();
  let fresh = context.seenAgeMs() < freshMs;
  for (;;) {
    const late = clock.elapsed() >= until || context.stop.aborted;
    const snapshot = fresh ? context.seen() : await lookOrNothing(context, late);
    fresh = false;
    const findings = snapshot === undefined ? [] : checks(snapshot);
    if (snapshot !== undefined && !findings.some(blocks)) return snapshot;
    const forMs = Math.max(patienceMs, Math.min(workMs, slowMs(findings.filter(blocks))));
    const isSlow = forMs > patienceMs;
    // What comes after the work of others, such as memory that is not told yet, is given its own time.
    if (isSlow) until = Math.min(clock.elapsed() + patienceMs, beganMs + forMs);
    if (late && snapshot !== undefined && clock.elapsed() >= until) throw blocked(findings);
    if (context.stop.aborted && snapshot !== undefined) throw stoppedIn(blockingText(findings));
    if (!told.has(forMs) && snapshot !== undefined && clock.elapsed() - beganMs >= momentMs) {
      told.add(forMs);
      const what = `the run waits up to ${durationText(forMs)} for this to pass: ${blockingText(findings)}`;
      await context.record({ type: 'warned', subject, what, next: nextText(findings.filter(blocks)) });
    }
    if (isSlow) await heedWish(blockingText(findings), context);
    await clock.sleep(pollMs, context.stop);
  }
}

/** A guest that serves a storage takes some minutes to boot. */
const storageMs = 10 * 60_000;

/**
 * How long what blocks may take to end by itself: without limit a backup, a clone, a migration by hand, with the locks of the guests that
 * they work on; a storage that is on its way back, with the guests that cannot move meanwhile, not for ever. Nothing for all else.
 */
function slowMs(blocking: readonly Finding[]): number {
  const words = blocking.map(({ check: word }) => word);
  const only = (expected: RegExp) => words.every((word) => expected.test(word));
  if (words.includes('storages')) return only(/^(tasks|guest-locks|storages|guest-moves)$/) ? storageMs : 0;
  return words.includes('tasks') && only(/^(tasks|guest-locks)$/) ? Number.POSITIVE_INFINITY : 0;
}

/** @throws Pause, StopWished */
async function heedWish(waitedFor: string, context: Context): Promise<void> {
  const wish = await context.wish();
  if (wish === 'stop') throw new StopWished(`asked to stop while it waited for this to pass: ${waitedFor}`);
  if (wish === 'pause') throw pauseWished(`it waited for this to pass: ${waitedFor}`);
}

/**
 * As above, until nothing stands against a node's turn, or against going on with it.
 * @param what `reboots` when the node is about to go down @throws Pause that names all that stands against it
 */
export async function untilSafe(
  node: string,
  context: Context,
  what: { readonly reboots?: true } = {},
  freshMs = 0,
  workMs = 0,
): Promise<Snapshot> {
  const { run, loans } = context.state();
  return await untilClear(
    context,
    node,
    (seen) => check(seen, context.site.config, { when: 'before-node', node, run, loans, ...what }),
    freshMs,
    workMs,
  );
}

/** @returns nothing when not even the own node told anything, which may pass @throws that error when it is `late` */
async function lookOrNothing(context: Context, late: boolean): Promise<Snapshot | undefined> {
  try {
    return await context.look();
  } catch (error) {
    if (late || !isPassing(error)) throw error;
    return undefined;
  }
}

/** One local question instead of a look at everything. @returns whether a vote is missing, or nobody can say */
export async function mayMissVotes(context: Context): Promise<boolean> {
  if (context.seen().membership.kind === 'lone') return false;
  const { votes } = await askNamed(atOwn(context), { votes: quorumQuery });
  return !votes.known || !votes.value.quorate || votes.value.totalVotes < votes.value.expectedVotes;
}

/**
 * A node that was just patched may be silent for a moment (sshd restarts); nothing is decided about it before all that matters is known.
 * @param youngerMs a last look that is younger than this is taken for the first one
 * @throws Pause
 */
export async function untilKnown(node: string, context: Context, youngerMs = 0): Promise<Snapshot> {
  const { clock } = context.site.ports;
  const until = clock.elapsed() + context.site.config.deadlines.rejoin * 60_000;
  let fresh = context.seenAgeMs() < youngerMs;
  for (;;) {
    const late = clock.elapsed() >= until || context.stop.aborted;
    const snapshot = fresh ? context.seen() : await lookOrNothing(context, late);
    fresh = false;
    const unread = snapshot === undefined ? undefined : unreadFor(node, snapshot);
    if (snapshot !== undefined && unread === undefined) return snapshot;
    if (late && snapshot !== undefined && clock.elapsed() < until) throw stoppedIn(unread ?? '');
    if (late && snapshot !== undefined)
      throw new Pause('host.silent', {
        what: nodeOf(snapshot, node).host.answered ? `how ${node} goes on cannot be decided` : `${node} does not answer`,
        seen: unread ?? '',
        next: `look at ${node}, then: proxroll resume`,
      });
    await clock.sleep(5000, context.stop);
  }
}

/** The pause of a service that was stopped while it waited. */
export function stoppedIn(waitedFor: string): Pause {
  return new Pause('asked', {
    what: 'the run was asked to stop',
    seen: `it waited for this to pass: ${waitedFor}`,
    next: 'go on with: proxroll resume',
  });
}

function blocked(findings: readonly Finding[]): Pause {
  const blocking = findings.filter(blocks);
  return new Pause('check.blocked', {
    what: blockingText(findings),
    seen: blocking.map((finding) => finding.seen).join('; '),
    next: `${nextText(blocking)}; then: proxroll resume`,
  });
}

function nextText(findings: readonly Finding[]): string {
  return [...new Set(findings.map((finding) => finding.next))].join('; ');
}

function blockingText(findings: readonly Finding[]): string {
  return findings
    .filter(blocks)
    .map((finding) => finding.what)
    .join('; ');
}
