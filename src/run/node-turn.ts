/**
 * One node's turn. All is looked at anew first; then it is emptied and patched, and on what the upgrade left behind it is
 * decided whether it reboots.
 */
import { installedQuery, type InstalledVersions } from '../clients/dpkg.ts';
import { ask } from '../clients/query.ts';
import { Pause } from '../model/pause.ts';
import { setDifference, setFingerprint, type PackageSet } from '../model/packages.ts';
import { nodeOf } from '../model/snapshot.ts';
import { baselineOf, guestsToLeave } from '../stages/pve/node-now.ts';
import { stepsAfter, stepsBefore } from '../stages/pve/node-steps.ts';
import { planTrack, reasonToLeave } from '../stages/pve/plan.ts';
import { judgeReboot } from '../stages/pve/reboot-verdict.ts';
import { pveHandlers } from '../stages/pve/steps/index.ts';
import { at, type Context } from './context.ts';
import { mayMissVotes, untilKnown, untilSafe } from './demand.ts';
import { executeStep } from './execute.ts';
import { relyAgainForReboot, relyAgainForUpgrade } from './rely-again.ts';
import { minutesMs } from './step-limits.ts';
import { demandTime } from './time-left.ts';
import type { PlannedWave } from './state.ts';

/** @param afterPause at a pause loans were put back, so a node that was not patched yet is planned anew @throws Pause, StopAsked */
export async function conductNode(node: string, context: Context, afterPause: boolean): Promise<void> {
  if (context.state().nodesDone.some((done) => done.node === node)) return;
  let before = waveOf(context, `before:${node}`);
  if (before === undefined || (afterPause && !touched(before, context))) {
    const planned = await planBefore(node, context);
    if (planned === 'nothing-to-do') return;
    before = planned;
  } else await relyAgainForUpgrade(node, before, context, afterPause);
  for (const step of before.steps) {
    const begins = step.kind === 'upgrade' && context.state().steps.get(step.id)?.status === 'waiting';
    // Where that had to look, and perhaps to wait, the node is not what it was when it had been emptied.
    if (begins && (await demandOthers(node, context))) await relyAgainForUpgrade(node, before, context, afterPause);
    await executeStep(step, pveHandlers, context);
  }
  const earlier = waveOf(context, `after:${node}`);
  const after = earlier ?? (await planAfter(node, before, context));
  if (earlier !== undefined) await relyAgainForReboot(node, after, context);
  for (const step of after.steps) await executeStep(step, pveHandlers, context);
  const rebooted = after.steps.some((step) => step.kind === 'reboot');
  await context.record({
    type: 'node.done',
    node,
    packages: installedBy(before).changes.length,
    rebooted,
    left: after.left === undefined ? [] : [after.left],
  });
}

/**
 * A node that was lost while this one was emptied is found before packages change, not only before the reboot. The votes tell it for
 * the price of one local question; when one is missing, or nobody can say, everything is looked at anew.
 * @returns whether it was @throws Pause
 */
async function demandOthers(node: string, context: Context): Promise<boolean> {
  if (!(await mayMissVotes(context))) return false;
  await untilSafe(node, context);
  return true;
}

/** Below this, what is left of a window is what it was. */
const longWaitMs = 120_000;

async function planBefore(node: string, context: Context): Promise<PlannedWave | 'nothing-to-do'> {
  const { config, ports } = context.site;
  await demandTime(node, context);
  const beganMs = ports.clock.elapsed();
  const snapshot = await untilSafe(node, context, {}, 0, minutesMs(config.deadlines.drain));
  // A backup may have taken the time there was.
  if (ports.clock.elapsed() - beganMs > longWaitMs) await demandTime(node, context);
  const leave = reasonToLeave(nodeOf(snapshot, node), config, context.state().only);
  const planned = leave === undefined ? planTrack(node, snapshot, config) : { kind: 'left' as const, why: leave };
  if (planned.kind === 'left') {
    await context.record({ type: 'node.done', node, packages: 0, rebooted: false, left: [planned.why] });
    return 'nothing-to-do';
  }
  const { track } = planned;
  await demandSameSet(node, track.set, context);
  const steps = stepsBefore(node, snapshot, config, track.set, track.drained, track.rebootReasons);
  return remembered({ wave: `before:${node}`, steps, before: baselineOf(node, snapshot) }, context);
}

async function planAfter(node: string, before: PlannedWave, context: Context): Promise<PlannedWave> {
  const snapshot = await untilKnown(node, context);
  const { reasons, left } = judgeReboot(node, snapshot, context.site.config, installedBy(before));
  // After a power cut in its upgrade, guests that were stopped for it have started with the node.
  const drained = before.steps.some((step) => step.kind === 'drain') && guestsToLeave(snapshot, node, context.site.config).length === 0;
  const steps = stepsAfter(node, snapshot, reasons, drained, context.site.config, before.before);
  return remembered({ wave: `after:${node}`, steps, ...(left === undefined ? {} : { left }) }, context);
}

async function remembered(planned: PlannedWave, context: Context): Promise<PlannedWave> {
  await context.record({ type: 'steps.planned', ...planned });
  return planned;
}

/** A repository that moved in mid-run would give the nodes different packages. @throws Pause unless policy takes them as they come */
async function demandSameSet(node: string, set: PackageSet, context: Context): Promise<void> {
  const planned = context.state().plan?.tracks.find((track) => track.node === node)?.set;
  if (planned === undefined || setFingerprint(planned) === setFingerprint(set)) return;
  const { added, gone } = setDifference(planned, set);
  if (added === 'none' && isInstalled(planned, set, await ask(at(context, node), installedQuery))) {
    await context.record({
      type: 'warned',
      subject: node,
      what: `part of what was planned for it is done already, by somebody else: ${gone}`,
      next: '',
    });
    return;
  }
  const what = `${node} would now get other packages than planned`;
  if (context.site.config.moved_packages === 'go-on') {
    await context.record({
      type: 'warned',
      subject: node,
      what: `it gets other packages than planned; new: ${added}; gone: ${gone}`,
      next: '',
    });
    return;
  }
  throw new Pause('plan.moved', {
    what,
    seen: `new: ${added}; gone: ${gone}`,
    next: 'proxroll abandon, then start again to plan with the packages as they are now; or set moved_packages: go-on, then: proxroll resume',
  });
}

/** Whether all that was planned and is not pending any more has come about without us. */
function isInstalled(planned: PackageSet, set: PackageSet, installed: InstalledVersions): boolean {
  const rest = new Set(set.changes.map(({ name }) => name));
  const bare = (name: string) => name.replace(/:.*$/, '');
  return (
    planned.changes.every(({ name, to }) => rest.has(name) || installed[bare(name)] === to) &&
    planned.removals.every((name) => set.removals.includes(name) || installed[bare(name)] === undefined)
  );
}

function installedBy(before: PlannedWave): PackageSet {
  const upgrade = before.steps.find((step) => step.kind === 'upgrade');
  return upgrade?.kind === 'upgrade' ? upgrade.set : { changes: [], removals: [], keptBack: [] };
}

/** Whether its packages have begun to change: from then on the node is followed to the end, never planned anew. */
function touched(before: PlannedWave, context: Context): boolean {
  const { steps, waves } = context.state();
  const started = before.steps.some((step) => step.kind === 'upgrade' && steps.get(step.id)?.status !== 'waiting');
  return started || waves.some((wave) => wave.wave === before.wave.replace('before:', 'after:'));
}

function waveOf(context: Context, wave: PlannedWave['wave']): PlannedWave | undefined {
  return context.state().waves.find((planned) => planned.wave === wave);
}
