/** What nobody needs any more goes, by policy. It is simulated first, and removed by name: nothing else can go with it. */
import { autocleanCommand, removeArgv } from '../../../clients/apt.ts';
import { removalQuery, unusedQuery } from '../../../clients/apt-simulation.ts';
import { CommandFailed, mustRun } from '../../../clients/at.ts';
import { auditedMeanwhile, auditedPackages, auditQuery, installedQuery } from '../../../clients/dpkg.ts';
import { bootableKernelsQuery, kernelFacts, kernelPinsQuery, runningKernelQuery } from '../../../clients/kernel.ts';
import { ask, askNamed } from '../../../clients/query.ts';
import { cleanUnit } from '../../../clients/unit-names.ts';
import { cleanUpOf, isExactly } from '../../../model/clean-up.ts';
import { counted } from '../../../model/count.ts';
import { Pause } from '../../../model/pause.ts';
import type { CleanUpStep } from '../../../model/step.ts';
import { at, type Context } from '../../../run/context.ts';
import type { Handler, Satisfaction } from '../../../run/handler.ts';
import { Unseen } from '../../../run/passing.ts';
import { dropJob, jobState, lockedForMs, startJob, telling } from './unit-job.ts';

/** Journaled before anything goes: exactly these, and nothing that becomes unused meanwhile. */
interface Unused {
  readonly [key: string]: readonly string[];
  readonly removes: readonly string[];
  readonly keeps: readonly string[];
}

export const cleanUp: Handler<CleanUpStep, Unused> = {
  remember: async (step, context) => {
    const on = at(context, step.node);
    if (step.what === 'autoclean') return { removes: [], keeps: [] };
    const { running, pins, bootable, unused } = await askNamed(on, {
      running: runningKernelQuery,
      pins: kernelPinsQuery,
      bootable: bootableKernelsQuery,
      unused: unusedQuery,
    });
    const kernel = kernelFacts(running, pins, bootable);
    if (!kernel.known) throw new Unseen(kernel.why);
    if (!unused.known) throw new Unseen(unused.why);
    const before = step.kernelBefore === undefined ? [] : [step.kernelBefore];
    const { removes, keeps } = cleanUpOf(unused.value, [kernel.value.running, kernel.value.expected, ...before]);
    if (removes.length === 0 || isExactly(await ask(on, removalQuery(removes)), removes)) return { removes, keeps };
    // Something that stays needs one of them.
    return { removes: [], keeps: [...removes, ...keeps] };
  },
  run: async ({ node }, { removes }, context) => {
    const on = at(context, node);
    const unit = cleanUnit(context.state().run);
    if ((await jobState(on, unit)).kind === 'working') return;
    await dropArchives(node, context);
    if (removes.length > 0) await startJob(on, unit, removeArgv(removes));
  },
  satisfied: async ({ node }, { removes, keeps }, context) => {
    const on = at(context, node);
    const unit = cleanUnit(context.state().run);
    const state = await jobState(on, unit);
    switch (state.kind) {
      case 'working':
        return { yes: false, seen: `${unit} runs on ${node}` };
      case 'failed':
        await dropJob(on, unit, 'failed');
        if (state.failure.kind === 'locked')
          return { yes: false, seen: `dpkg on ${node} is locked by ${state.failure.by}`, again: true, afterMs: lockedForMs };
        throw failed(node, telling(state.log));
      case 'succeeded':
      case 'absent': {
        const found = await gone(node, removes, keeps, context);
        if (state.kind === 'succeeded') await dropJob(on, unit, 'succeeded');
        return found;
      }
      default:
        return state satisfies never;
    }
  },
  pollMs: 1000,
  late: ({ node }, seen) => failed(node, seen),
};

/** A busy lock or a full disk is no reason to hold up a run: the archives go another time. */
async function dropArchives(node: string, context: Context): Promise<void> {
  try {
    await mustRun(at(context, node), autocleanCommand());
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    await context.record({ type: 'warned', subject: node, what: `earlier downloads were left where they are: ${error.message}`, next: '' });
  }
}

async function gone(node: string, removes: readonly string[], keeps: readonly string[], context: Context): Promise<Satisfaction> {
  const { audit, installed } = await askNamed(at(context, node), { audit: auditQuery, installed: installedQuery });
  if (!audit.known) return { yes: false, seen: audit.why };
  if (!installed.known) return { yes: false, seen: installed.why };
  const left = removes.filter((name) => installed.value[name.replace(/:.*$/, '')] !== undefined);
  if (left.length > 0) return { yes: false, seen: `still installed: ${left.join(', ')}`, again: true };
  if (removes.length > 0 && auditedMeanwhile(audit.value))
    return { yes: false, seen: `dpkg on ${node} is locked by somebody who is at ${auditedPackages(audit.value).join(', ')}` };
  if (removes.length > 0 && audit.value !== '') throw failed(node, audit.value);
  const kept = keeps.length === 0 ? [] : [`kept ${keeps.join(', ')}`];
  const detail = [...(removes.length === 0 ? [] : [`${counted(removes.length, 'package')} removed: ${removes.join(', ')}`]), ...kept].join(
    '; ',
  );
  return detail === '' ? { yes: true } : { yes: true, detail };
}

function failed(node: string, seen: string): Pause {
  return new Pause('clean-up.failed', {
    what: `${node} is patched and whole, but packages that it does not need any more could not be removed`,
    seen,
    next: `on ${node}: dpkg --audit; apt-get autoremove; then: proxroll resume; or set clean_up: none`,
  });
}
