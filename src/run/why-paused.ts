/** Which errors are a pause, and in which words; all others are bugs. */
import { CommandFailed, Unparsable } from '../clients/at.ts';
import { Pause } from '../model/pause.ts';
import type { Step, StepKind } from '../model/step.ts';
import { ShellFailure } from '../ports/shell.ts';
import type { Context } from './context.ts';
import { isPassing } from './passing.ts';
import { silentPause } from './silence.ts';
import { StopAsked } from './stop.ts';

export function lockLost(holder: string): Pause {
  return new Pause('lock.lost', {
    what: 'another run took the cluster while this one went on',
    seen: `the lock is held by ${holder}`,
    next: 'wait until that run is over, then: proxroll resume',
  });
}

/** Steps that are one transient unit: they need nobody to end. */
const goesOnAlone: readonly StepKind[] = ['refresh', 'fetch', 'upgrade'];

function whereItStands({ id, kind }: Step): string {
  if (goesOnAlone.includes(kind)) return `${id} is in flight and goes on without proxroll`;
  // It may have waited for its gates still.
  if (kind === 'reboot') return `it stands in ${id}; if the reboot was ordered already, it goes on without proxroll`;
  return `it stands in ${id}; what is under way there ends by itself, and nothing new is begun`;
}

/** @returns nothing for a bug */
export function pauseFor(error: unknown, context: Context): Pause | undefined {
  if (error instanceof Pause) return error;
  if (error instanceof StopAsked)
    return new Pause('asked', {
      what: 'the run was asked to stop',
      seen: whereItStands(error.step),
      next: 'go on with: proxroll resume',
    });
  if (context.stop.aborted && isPassing(error))
    return new Pause('asked', {
      what: 'the run was asked to stop',
      seen: `it was looking at the cluster (${error.message})`,
      next: 'go on with: proxroll resume',
    });
  if (error instanceof Unparsable)
    return new Pause('foreign.unparsable', {
      what: `${error.host} gave an answer that cannot be understood`,
      seen: error.message,
      next: 'run the command by hand and look at its output, then: proxroll resume',
    });
  if (error instanceof ShellFailure && error.kind !== 'dry-run') return silentPause(error.host, error, '');
  if (isPassing(error)) return silentPause(error instanceof CommandFailed ? error.host : context.hosts.own, error, '');
  return undefined;
}
