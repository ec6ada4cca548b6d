/** When what was going on in a run, told from its journal from the first entry to the last. */
import type { Entry } from '../model/event.ts';
import type { PauseCode } from '../model/pause.ts';
import type { StepId } from '../model/step.ts';

/** One time that a step was in flight; a step that is done once more has two. */
export interface StepSpan {
  readonly id: StepId;
  readonly node: string;
  /** `reboot`, `drain`, …: the last word of the id. */
  readonly kind: string;
  readonly why: string;
  readonly startedAtMs: number;
  /** Missing while it is in flight. */
  readonly endedAtMs?: number;
  /** A new process found that it had happened. */
  readonly foundDone: boolean;
  readonly detail?: string;
  readonly retries: readonly { readonly atMs: number; readonly detail: string }[];
}

export interface PauseSpan {
  readonly startedAtMs: number;
  /** Missing while it lasts. */
  readonly endedAtMs?: number;
  readonly code: PauseCode;
  readonly what: string;
  readonly step?: StepId;
}

/** From the last word of a process that ended without one to the first of the next. */
export interface OrphanSpan {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

export interface RunSpans {
  readonly steps: readonly StepSpan[];
  readonly pauses: readonly PauseSpan[];
  readonly orphaned: readonly OrphanSpan[];
}

export function runSpans(entries: readonly Entry[]): RunSpans {
  const steps: StepSpan[] = [];
  const pauses: PauseSpan[] = [];
  const orphaned: OrphanSpan[] = [];
  let carrier = '';
  for (const [index, { at, event }] of entries.entries()) {
    switch (event.type) {
      case 'run.began':
        carrier = event.node;
        break;
      case 'step.started': {
        const [, node = '', kind = ''] = event.step.split('/');
        steps.push({ id: event.step, node, kind, why: event.why, startedAtMs: at, foundDone: false, retries: [] });
        break;
      }
      case 'step.retried':
        amend(steps, event.step, (span) => ({ ...span, retries: [...span.retries, { atMs: at, detail: event.detail }] }));
        break;
      case 'step.done': {
        const detail = event.detail === undefined ? {} : { detail: event.detail };
        amend(steps, event.step, (span) => ({ ...span, ...detail, endedAtMs: at, foundDone: event.how === 'found-done' }));
        break;
      }
      case 'run.paused': {
        const step = event.step === undefined ? {} : { step: event.step };
        pauses.push({ startedAtMs: at, code: event.code, what: event.what, ...step });
        break;
      }
      case 'run.resumed': {
        const before = entries[index - 1];
        const open = pauses.at(-1);
        const wasPaused = open !== undefined && open.endedAtMs === undefined;
        if (wasPaused) pauses[pauses.length - 1] = { ...open, endedAtMs: at };
        // A run that is away because its own node reboots is waited for by nobody and lost to nobody.
        else if (before !== undefined && !steps.some((span) => ownReboot(span, carrier)))
          orphaned.push({ startedAtMs: before.at, endedAtMs: at });
        carrier = event.node;
        break;
      }
      case 'run.abandoned': {
        const open = pauses.at(-1);
        if (open !== undefined && open.endedAtMs === undefined) pauses[pauses.length - 1] = { ...open, endedAtMs: at };
        break;
      }
      default:
    }
  }
  return { steps, pauses, orphaned };
}

function ownReboot(span: StepSpan, carrier: string): boolean {
  return span.endedAtMs === undefined && span.kind === 'reboot' && span.node === carrier;
}

/** The newest span of a step that is still open. */
function amend(steps: StepSpan[], id: StepId, change: (span: StepSpan) => StepSpan): void {
  for (let at = steps.length - 1; at >= 0; at -= 1) {
    const span = steps[at];
    if (span?.id !== id) continue;
    steps[at] = change(span);
    return;
  }
}
