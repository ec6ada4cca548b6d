/**
 * What an upgrade or a reboot relies on, done once more. When a run is taken up before one of them, guests may run on the node again:
 * a power cut has started those that were stopped, or a person has. And a pause has sent the node's guards home.
 */
import { upgradeUnit } from '../clients/unit-names.ts';
import { bootIdOf, nodeOf, type Snapshot } from '../model/snapshot.ts';
import type { Step, StepKind } from '../model/step.ts';
import { stepsAgain } from '../stages/pve/node-steps.ts';
import { pveHandlers } from '../stages/pve/steps/index.ts';
import type { Context } from './context.ts';
import { untilKnown } from './demand.ts';
import { executeStep } from './execute.ts';
import type { PlannedWave } from './state.ts';

/** A run that was just taken up has looked already, and no packages have changed since. */
const freshMs = 15_000;

/**
 * Nothing when the upgrade is over or at work, or when the node is still being emptied for it: then its own steps see to it.
 * @param afterPause a person has looked at a node that was booted in the middle of its upgrade; until then the upgrade itself pauses
 * @throws Pause, StopAsked
 */
export async function relyAgainForUpgrade(node: string, before: PlannedWave, context: Context, afterPause: boolean): Promise<void> {
  const upgrade = stepOf(before, 'upgrade');
  const drain = stepOf(before, 'drain');
  if (upgrade === undefined || isDone(upgrade, context) || (drain !== undefined && !isDone(drain, context))) return;
  const snapshot = await untilKnown(node, context, freshMs);
  if (unitsOn(node, snapshot).some((unit) => unit.startsWith(upgradeUnit(context.state().run)))) return;
  const booted = bootedSince(upgrade, snapshot, context);
  if (booted && !afterPause) return;
  const emptied = drain === undefined ? [] : emptyAgain(node, snapshot, before, context);
  await doAgain(node, booted ? [...emptied, upgrade] : emptied, context);
}

/** Nothing when the reboot has happened meanwhile. @throws Pause, StopAsked */
export async function relyAgainForReboot(node: string, after: PlannedWave, context: Context): Promise<void> {
  const reboot = stepOf(after, 'reboot');
  if (reboot === undefined || isDone(reboot, context)) return;
  const snapshot = await untilKnown(node, context);
  if (bootedSince(reboot, snapshot, context)) return;
  await doAgain(node, emptyAgain(node, snapshot, after, context), context);
}

/** What is not planned anyway. */
function emptyAgain(node: string, snapshot: Snapshot, wave: PlannedWave, context: Context): readonly Step[] {
  const { steps, loans } = context.state();
  return stepsAgain(node, snapshot, context.site.config, wave.steps, loans).filter(({ id }) => steps.get(id)?.status !== 'waiting');
}

async function doAgain(node: string, steps: readonly Step[], context: Context): Promise<void> {
  if (steps.length > 0) await context.record({ type: 'steps.planned', wave: `again:${node}`, steps });
  for (const step of steps) await executeStep(step, pveHandlers, context);
}

/** Whether the node runs from another boot than the one that this step, in flight, has remembered. */
function bootedSince(step: Step, snapshot: Snapshot, context: Context): boolean {
  const state = context.state().steps.get(step.id);
  // Early journals do not have it with an upgrade.
  const bootId = state?.status === 'in-flight' ? state.remembered['bootId'] : undefined;
  return bootId !== undefined && bootId !== bootIdOf(snapshot, step.node);
}

function stepOf(wave: PlannedWave, kind: StepKind): Step | undefined {
  return wave.steps.find((step) => step.kind === kind);
}

function isDone(step: Step, context: Context): boolean {
  return context.state().steps.get(step.id)?.status === 'done';
}

function unitsOn(node: string, snapshot: Snapshot): readonly string[] {
  const { host } = nodeOf(snapshot, node);
  return host.answered && host.facts.ourUnits.known ? host.facts.ourUnits.value : [];
}
