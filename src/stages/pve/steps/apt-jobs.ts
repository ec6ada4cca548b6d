/** Refreshing the lists and fetching the packages: both may be repeated at will, and nothing on the node changes by them. */
import { distUpgradeArgv, updateArgv } from '../../../clients/apt.ts';
import { fetchUnit, refreshUnit } from '../../../clients/unit-names.ts';
import { Pause, type PauseCode } from '../../../model/pause.ts';
import type { FetchStep, RefreshStep } from '../../../model/step.ts';
import { at, type Context } from '../../../run/context.ts';
import type { Handler, Satisfaction } from '../../../run/handler.ts';
import { dropJob, jobState, lockedForMs, startJob, telling } from './unit-job.ts';

export const refresh: Handler<RefreshStep> = {
  remember: () => Promise.resolve({}),
  run: ({ node }, _remembered, context) => startJob(at(context, node), refreshUnit(context.state().run), updateArgv()),
  satisfied: ({ node }, _remembered, context) =>
    repeatableJob(node, refreshUnit(context.state().run), context, 'refresh.failed', `apt-get update failed on ${node}`),
  pollMs: 1000,
  late: ({ node }, seen) => ({
    code: 'refresh.failed',
    reason: {
      what: `the package lists of ${node} could not be refreshed`,
      seen,
      next: nextFor(node, seen, `on ${node}: apt-get update, then`),
    },
  }),
};

export const fetch: Handler<FetchStep> = {
  remember: () => Promise.resolve({}),
  run: ({ node, chosen }, _remembered, context) =>
    startJob(at(context, node), fetchUnit(context.state().run), distUpgradeArgv('download-only', chosen)),
  satisfied: ({ node }, _remembered, context) =>
    repeatableJob(node, fetchUnit(context.state().run), context, 'fetch.failed', `the packages for ${node} could not be downloaded`),
  pollMs: 1000,
  late: ({ node }, seen) => ({
    code: 'fetch.failed',
    reason: {
      what: `the packages for ${node} are not downloaded yet`,
      seen,
      next: nextFor(node, seen, `look at the line of ${node} to its repositories, then`),
    },
  }),
};

function nextFor(node: string, seen: string, otherwise: string): string {
  return `${/is locked by/.test(seen) ? `look at that process on ${node}, and when it has ended` : otherwise}: proxroll resume`;
}

/** A busy lock passes; anything else apt complains about needs a person. */
async function repeatableJob(node: string, unit: string, context: Context, code: PauseCode, what: string): Promise<Satisfaction> {
  const on = at(context, node);
  const state = await jobState(on, unit);
  switch (state.kind) {
    case 'absent':
      return { yes: false, seen: `${unit} does not run on ${node}`, again: true };
    case 'working':
      return { yes: false, seen: `${unit} runs on ${node}` };
    case 'succeeded':
      await dropJob(on, unit, 'succeeded');
      return { yes: true };
    case 'failed': {
      await dropJob(on, unit, 'failed');
      const { failure } = state;
      if (failure.kind === 'locked')
        return { yes: false, seen: `apt on ${node} is locked by ${failure.by}`, again: true, afterMs: lockedForMs };
      const next =
        failure.kind === 'unauthorised'
          ? `${failure.repository} wants a subscription that ${node} does not have: add the key, or disable that repository on ${node}`
          : failure.kind === 'no-space'
            ? `free space on ${node} (apt-get clean)`
            : failure.kind === 'interrupted'
              ? `on ${node}: dpkg --configure -a`
              : `on ${node}: journalctl -u ${unit}, and mend what it says`;
      throw new Pause(code, { what, seen: telling(state.log), next: `${next}; then: proxroll resume` });
    }
    default:
      return state satisfies never;
  }
}
