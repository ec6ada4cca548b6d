/** How a run ended, told to a person and to the shell. */
import { findingsText } from '../report/findings.ts';
import { statusJson } from '../report/status.ts';
import { summaryText } from '../report/summary.ts';
import type { RunState } from '../run/state.ts';
import type { Outcome } from './actions.ts';
import { Exit, type ExitCode } from './exit-codes.ts';
import { plannedText } from './planned-text.ts';
import { textOptions, type Session } from './session.ts';

export function exitOf(outcome: Outcome): ExitCode {
  switch (outcome.kind) {
    case 'finished':
    case 'nothing-to-do':
    case 'leaving':
    case 'dry-run':
      return Exit.ok;
    case 'blocked':
      return Exit.blocked;
    case 'paused':
      return Exit.paused;
    case 'abandoned':
      return outcome.state.loans.length === 0 ? Exit.ok : Exit.paused;
    case 'busy':
      return Exit.busy;
    default:
      return outcome satisfies never;
  }
}

/** Writes the answer to stdout. */
export function reportOutcome(session: Session, outcome: Outcome, json: boolean): ExitCode {
  if (json)
    session.json(
      'state' in outcome ? { outcome: outcome.kind, ...statusJson(outcome.state) } : { outcome: outcome.kind, ...outcomeFacts(outcome) },
    );
  else session.say(outcomeText(session, outcome));
  return exitOf(outcome);
}

function outcomeFacts({ kind: _, ...facts }: Outcome): object {
  return facts;
}

function outcomeText(session: Session, outcome: Outcome): string {
  const options = textOptions(session.entrance.out);
  switch (outcome.kind) {
    case 'finished':
    case 'paused':
    case 'abandoned':
      return summaryText(outcome.state, options);
    case 'leaving':
      return leavingText(outcome.state);
    case 'nothing-to-do':
      return plannedText(outcome.findings, outcome.plan, options);
    case 'blocked':
      return findingsText(outcome.findings, options);
    case 'busy':
      return `Nothing was started: ${outcome.holder} holds the cluster.`;
    case 'dry-run':
      return `${plannedText(outcome.findings, outcome.plan, options)}\nDry run: nothing was changed. Refused: ${outcome.refused}`;
    default:
      return outcome satisfies never;
  }
}

export function leavingText(state: RunState): string {
  return `${state.node} reboots now; the run goes on by itself when it is back. Then: proxroll status --follow`;
}
