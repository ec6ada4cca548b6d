/** Which events are worth a message, and what it says: what happened to which machine, what was not done and why, what is next. */
import { remarkTexts, type GuestsAfter } from '../model/guests-after.ts';
import type { Entry } from '../model/event.ts';
import { durationText } from '../model/duration.ts';
import { blocks, type Finding } from '../model/finding.ts';
import { loanReturnText, loanText } from '../model/loan.ts';
import type { Message, MessageFact, Severity } from '../model/message.ts';
import type { PauseCode } from '../model/pause.ts';
import { countSecurity } from '../model/packages.ts';
import type { RunState } from '../run/state.ts';
import { nodeRows, type NodeRow } from './node-rows.ts';
import { count, oneLine } from './paragraph.ts';

/** @param state with the entry in it @returns nothing for an event that is not worth a message */
export function messageOf({ event, at }: Entry, state: RunState): Message | undefined {
  switch (event.type) {
    case 'plan.made':
      return event.plan.tracks.length === 0 ? undefined : startMessage(state, at);
    case 'step.started':
      return rebootMessage(state, event.step, at);
    case 'run.paused':
      return {
        ...about(state, at),
        kind: 'paused',
        severity: pauseSeverity(event.code),
        outcome: `run paused${event.step === undefined ? '' : ` at ${placeOf(event.step)}`}: ${event.what}`,
        text: `The run keeps its place and waits for a person. Code: ${event.code}.`,
        facts: facts(['seen', event.seen], ['next', event.next], ...machines(state), ...loans(state)),
      };
    case 'run.finished':
      return {
        ...about(state, at),
        kind: 'finished',
        severity: event.left.length === 0 && state.warnings.length === 0 ? 'info' : 'warning',
        outcome:
          event.patched.length === 0
            ? 'run finished, nothing had to be patched'
            : `run finished, ${count(event.patched.length, 'node')} patched`,
        text: `It took ${durationText(at - state.beganAtMs)}.`,
        facts: facts(...machines(state), ...event.left.map(left), ...remarks(event.after), ...warnings(state)),
      };
    case 'run.abandoned':
      return {
        ...about(state, at),
        kind: 'abandoned',
        severity: event.outstanding.length === 0 ? 'warning' : 'error',
        outcome:
          event.outstanding.length === 0
            ? 'run given up, everything is put back'
            : `run given up, ${count(event.outstanding.length, 'thing')} to put back by hand`,
        text: 'Nodes that are patched stay patched.',
        facts: facts(...event.outstanding.map(byHand), ...machines(state)),
      };
    case 'run.began':
    case 'run.resumed':
    case 'steps.planned':
    case 'step.retried':
    case 'step.done':
    case 'loan.taken':
    case 'loan.returned':
    case 'guest.leaving':
    case 'guest.arrived':
    case 'guest.stays':
    case 'node.done':
    case 'warned':
      return undefined;
    default:
      return event satisfies never;
  }
}

/** Where nothing was started. @param holder who holds the cluster, where that is why */
export function blockedMessage(
  place: { readonly cluster: string; readonly host: string },
  atMs: number,
  against: readonly Finding[] | string,
): Message {
  const base = { ...place, atMs, kind: 'blocked' as const };
  if (typeof against === 'string')
    return {
      ...base,
      severity: 'warning',
      outcome: 'no run was started: another one is going on',
      text: '',
      facts: facts(['held by', against]),
    };
  const wrong = against.filter(blocks);
  return {
    ...base,
    severity: 'error',
    outcome: `no run was started: ${count(wrong.length, 'finding')} against it`,
    text: 'Nothing was touched. See all of it with: proxroll check',
    facts: facts(
      ...wrong
        .slice(0, 12)
        .map(({ subject, what, seen, next }): Pair => [subject, [what, seen, next].filter((part) => part !== '').join('; ')]),
    ),
  };
}

/** The service ended with an error in the middle of things. */
export function failedMessage(place: Pick<Message, 'cluster' | 'host' | 'run'>, atMs: number, why: string): Message {
  return {
    ...place,
    atMs,
    kind: 'failed',
    severity: 'error',
    outcome: 'the service ended with an error',
    text: 'What was under way on the nodes goes on there; the journal knows how far the run got.',
    facts: facts(['seen', why], ['next', 'journalctl -u proxroll, then: proxroll resume']),
  };
}

/** Said by a peer when the node that carries the run does not come back; written before that node leaves. */
export function notBackMessage(state: RunState, peer: string, waitedMs: number): Message {
  const borrowed = state.loans.filter((loan) => loan.kind !== 'guard');
  return {
    ...about(state, state.lastAtMs),
    host: peer,
    kind: 'not-back',
    severity: 'error',
    outcome: `${state.node} is not back`,
    text: `${state.node} carries the run and has not come back from its reboot within ${durationText(waitedMs)}. ${peer} gives back now what was borrowed for it.`,
    facts: facts(
      ['next', `look at the console of ${state.node}; once it is up the run goes on by itself`],
      ...borrowed.map((loan): Pair => ['was on loan', loanText(loan)]),
      ...machines(state),
    ),
  };
}

/** What `proxroll notify test` sends. */
export function testMessage(host: string, atMs: number): Message {
  return {
    kind: 'test',
    severity: 'info',
    cluster: '',
    host,
    atMs,
    outcome: 'this is a test',
    text: 'If you can read this, proxroll can reach you. Nothing has happened on the cluster.',
    facts: facts(['next', 'nothing to do']),
  };
}

type Pair = readonly [name: string, value: string];

function facts(...pairs: readonly Pair[]): readonly MessageFact[] {
  return pairs.map(([name, value]) => ({ name: oneLine(name), value: oneLine(value) === '' ? '-' : oneLine(value) }));
}

function about(state: RunState, atMs: number) {
  return { cluster: state.cluster, host: state.node, run: state.run, atMs };
}

function startMessage(state: RunState, atMs: number): Message {
  const { tracks = [], left = [] } = state.plan ?? {};
  const order = tracks.map(({ node, set, rebootReasons, note }): Pair => {
    const security = countSecurity(set);
    const packages = `${count(set.changes.length, 'package')}${security === 0 ? '' : `, ${security} of them security`}`;
    return [
      node,
      [
        packages,
        rebootReasons.length === 0 ? 'no reboot foreseen' : `reboot: ${rebootReasons.join('; ')}`,
        ...(note === undefined ? [] : [note]),
      ].join('; '),
    ];
  });
  return {
    ...about(state, atMs),
    kind: 'started',
    severity: 'info',
    outcome: `run started: ${tracks.map(({ node }) => node).join(', then ')}`,
    text: '',
    facts: facts(...order, ...left.map(({ subject, why }): Pair => [`not planned: ${subject}`, why])),
  };
}

function rebootMessage(state: RunState, id: string, atMs: number): Message | undefined {
  const step = state.steps.get(id)?.step;
  if (step?.kind !== 'reboot') return undefined;
  const away = state.loans.filter((loan) => (loan.kind === 'guest-moved' || loan.kind === 'guest-stopped') && loan.home === step.node);
  return {
    ...about(state, atMs),
    kind: 'reboot',
    severity: 'info',
    outcome: `${step.node} reboots now`,
    text: step.node === state.node ? 'It carries the run, which goes on by itself when it is back.' : '',
    facts: facts(['why', step.why], ...away.map((loan): Pair => ['guest', loanText(loan)])),
  };
}

/** A pause that somebody asked for, or that the clock demands, is not trouble. */
function pauseSeverity(code: PauseCode): Severity {
  return code === 'asked' ? 'info' : code === 'window.closed' || code === 'run.deadline' ? 'warning' : 'error';
}

/** `pve/pve2/drain` as it is said: `pve2 drain`. */
function placeOf(step: string): string {
  return step.split('/').slice(1).join(' ');
}

function machines(state: RunState): readonly Pair[] {
  return nodeRows(state).map((row) => [row.node, rowText(row)]);
}

function rowText({ status, done, beganAtMs, step, stepsDone, steps }: NodeRow): string {
  switch (status) {
    case 'done': {
      if (done === undefined) return 'done';
      const took = beganAtMs === undefined ? '' : `, ${durationText(done.atMs - beganAtMs)}`;
      const left = done.left.length === 0 ? '' : `; left: ${done.left.join('; ')}`;
      return `${count(done.packages, 'package')}, ${done.rebooted ? 'rebooted' : 'not rebooted'}${took}${left}`;
    }
    case 'waiting':
      return 'not begun';
    case 'working':
    case 'paused':
    case 'left':
      return `${stepsDone} of ${count(steps.length, 'step')} done${step === undefined ? '' : `, stands at ${step.kind}`}`;
    default:
      return status satisfies never;
  }
}

function loans({ loans: out }: RunState): readonly Pair[] {
  return out.map((loan) => ['on loan', `${loanText(loan)}; by hand: ${loanReturnText(loan)}`]);
}

function remarks(after: GuestsAfter | undefined): readonly Pair[] {
  return after === undefined ? [] : remarkTexts(after).map((text): Pair => ['good to know', text]);
}

function left(text: string): Pair {
  return ['left', text];
}

function byHand(text: string): Pair {
  return ['to put back', text];
}

function warnings(state: RunState): readonly Pair[] {
  return state.warnings.map(({ subject, what, next }) => [`warning: ${subject}`, next === '' ? what : `${what}; next: ${next}`]);
}
