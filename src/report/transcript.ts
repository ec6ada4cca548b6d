/**
 * One line for each event, in words that are understood at three in the morning. The service's log, `status`, `history`
 * and the golden logs of the tests are these very lines.
 */
import { afterTexts, remarkTexts } from '../model/guests-after.ts';
import type { GuestErrand, RunEvent, Wave } from '../model/event.ts';
import type { Step } from '../model/step.ts';
import type { Plan } from '../model/plan.ts';
import { durationText } from '../model/duration.ts';
import type { RunState } from '../run/state.ts';
import { loanName } from './loan-name.ts';
import { count, oneLine } from './paragraph.ts';

/** What `journalctl -p` filters by. */
export type Level = 'info' | 'warning' | 'err';

export interface TranscriptLine {
  readonly level: Level;
  readonly text: string;
}

/** @param state as it is with this event in it */
export function transcriptLine(event: RunEvent, state: RunState): TranscriptLine {
  const { level, text } = lineOf(event, state);
  return { level, text: oneLine(text) };
}

/** With the priority that systemd takes off a line again (sd-daemon(3)). */
export function prioritised({ level, text }: TranscriptLine): string {
  const priority: Readonly<Record<Level, number>> = { err: 3, warning: 4, info: 6 };
  return `<${priority[level]}>${text}`;
}

function lineOf(event: RunEvent, state: RunState): TranscriptLine {
  switch (event.type) {
    case 'run.began':
      return info(
        `run ${event.run} began on ${event.node} (cluster ${event.cluster}, proxroll ${event.version}${event.only.length === 0 ? '' : `, only ${event.only.join(', ')}`}${event.rebootOnly !== undefined ? ', reboots only' : ''})`,
      );
    case 'run.resumed':
      return info(`run taken up again: ${progressText(state)}`);
    case 'steps.planned':
      return info(`${waveText(event.wave)}: ${stepsText(event.steps, !event.wave.includes(':') && event.wave !== 'put-back')}`);
    case 'plan.made':
      return info(`plan: ${planLine(event.plan)}`);
    case 'step.started':
      return info(`${event.step}: started (${event.why})`);
    case 'step.retried':
      return warning(`${event.step}: trying again (${event.detail})`);
    case 'step.done':
      return info(`${event.step}: ${event.how === 'ran' ? 'done' : 'found already done'}${inBrackets(event.detail)}`);
    case 'loan.taken':
      return info(`on loan: ${loanName(event.loan)}`);
    case 'loan.returned':
      return info(`returned: ${loanName(event.loan)}${inBrackets(event.detail)}`);
    case 'guest.leaving':
      return info(`${event.title}: ${errandText(event)}`);
    case 'guest.arrived':
      return info(
        `${event.title}: ${isDownAfter(errandOf(state, event.vmid)) ? 'is down' : 'runs'} on ${event.on} after ${durationText(event.tookMs)}`,
      );
    case 'guest.stays':
      return warning(`${event.title}: ${refusalText(errandOf(state, event.vmid))} on ${event.on} (${event.detail})`);
    case 'node.done': {
      if (event.packages === 0 && !event.rebooted && event.left.length > 0)
        return warning(`${event.node}: nothing done (${event.left.join('; ')})`);
      const away = state.loans.flatMap((loan) => ('vmid' in loan && loan.home === event.node ? [loan.title] : []));
      const text = `${event.node}: ${away.length === 0 ? 'whole again' : 'done'}, ${count(event.packages, 'package')}, ${event.rebooted ? 'rebooted' : 'not rebooted'}`;
      const not = away.length === 0 ? '' : `; not back: ${away.join(', ')}`;
      return event.left.length === 0 && away.length === 0 ? info(text) : warning(`${text}${not}${leftText(event.left)}`);
    }
    case 'warned':
      return warning(`${event.subject}: ${event.what}${event.next === '' ? '' : `; next: ${event.next}`}`);
    case 'run.paused': {
      const where = event.step === undefined ? '' : ` at ${event.step}`;
      return { level: 'err', text: `run paused${where} [${event.code}]: ${event.what}; seen: ${event.seen}; next: ${event.next}` };
    }
    case 'run.finished': {
      const patched =
        event.patched.length === 0
          ? 'nothing was patched'
          : `${state.rebootOnly !== undefined ? 'rebooted' : 'patched'} ${event.patched.join(', ')}`;
      const remarks = event.after === undefined ? [] : remarkTexts(event.after);
      const text = `run finished: ${patched}${leftText(event.left)}${remarks.length === 0 ? '' : `; good to know: ${remarks.join('; ')}`}`;
      // What could not be patched has been said; guests that are not as they were want a look.
      const odd = state.loans.length > 0 || (event.after !== undefined && afterTexts(event.after, state.loans).length > 0);
      return odd ? warning(text) : info(text);
    }
    case 'run.abandoned':
      return event.outstanding.length === 0
        ? warning('run abandoned: nothing is on loan any more')
        : { level: 'err', text: `run abandoned, to be put back by hand: ${event.outstanding.join('; ')}` };
    default:
      return event satisfies never;
  }
}

/** `3 of 18 steps done, 1 in flight, on loan: pve1 maintenance`. */
export function progressText(state: RunState): string {
  const steps = [...state.steps.values()];
  const inFlight = steps.filter((step) => step.status === 'in-flight').length;
  return [
    `${steps.filter((step) => step.status === 'done').length} of ${count(steps.length, 'step')} done`,
    ...(inFlight === 0 ? [] : [`${inFlight} in flight`]),
    ...(state.loans.length === 0 ? [] : [`on loan: ${state.loans.map(loanName).join(', ')}`]),
  ].join(', ');
}

function errandText({ how, from, to }: Extract<RunEvent, { type: 'guest.leaving' }>): string {
  switch (how) {
    case 'live-migration':
      return `leaves ${from} for ${to} (live migration)`;
    case 'disk-migration':
      return `leaves ${from} for ${to} (live migration with its local disks)`;
    case 'restart-migration':
      return `leaves ${from} for ${to} (restart migration)`;
    case 'halt':
      return `is shut down on ${from}, to be started elsewhere`;
    case 'offline-migration':
      return `leaves ${from} for ${to} while it is down`;
    case 'shutdown':
      return `is shut down on ${from}`;
    case 'start':
      return `is started on ${to}`;
    default:
      return how satisfies never;
  }
}

/** What was last begun with the guest. */
function errandOf(state: RunState, vmid: number): GuestErrand | undefined {
  return state.guests.filter((trip) => trip.vmid === vmid).at(-1)?.how;
}

function isDownAfter(errand: GuestErrand | undefined): boolean {
  return errand === 'shutdown' || errand === 'halt' || errand === 'offline-migration';
}

function refusalText(errand: GuestErrand | undefined): string {
  if (errand === 'shutdown' || errand === 'halt') return 'does not shut down';
  return errand === 'start' ? 'does not start' : 'stays';
}

/** A wave by the name people know it under. */
function waveText(wave: Wave): string {
  const node = wave.slice(wave.indexOf(':') + 1);
  if (wave.startsWith('before:')) return `${node}, up to its upgrade`;
  if (wave.startsWith('after:')) return `${node}, after its upgrade`;
  if (wave.startsWith('again:')) return `${node}, once more`;
  return wave;
}

/** One node's own turn: the kinds of its steps. A wave over the nodes: which nodes, even if it is only one. */
function stepsText(steps: readonly Step[], shared: boolean): string {
  if (steps.length === 0) return 'nothing to do';
  const nodes = new Set(steps.map((step) => step.node));
  const kinds = new Set(steps.map((step) => step.kind));
  return (shared || nodes.size > 1) && kinds.size === 1 ? [...nodes].join(', ') : steps.map((step) => step.kind).join(', ');
}

function planLine(plan: Plan): string {
  const nodes = plan.tracks.length === 0 ? 'no node has anything to do' : plan.tracks.map((track) => track.node).join(', then ');
  return `${nodes}${plan.left.length === 0 ? '' : `; not planned: ${plan.left.map((left) => `${left.subject} (${left.why})`).join(', ')}`}`;
}

function inBrackets(detail: string | undefined): string {
  return detail === undefined || detail === '' ? '' : ` (${detail})`;
}

function info(text: string): TranscriptLine {
  return { level: 'info', text };
}

function warning(text: string): TranscriptLine {
  return { level: 'warning', text };
}

function leftText(left: readonly string[]): string {
  return left.length === 0 ? '' : `; left: ${left.join('; ')}`;
}
