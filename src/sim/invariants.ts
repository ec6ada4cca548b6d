/**
 * What must never happen, whatever goes wrong (house style 3.7). Each is a pure function over the log of the world and the
 * journal of the run, and names the first moment at which it was broken. Numbers are those of the house style.
 */
import { boundsKept } from './invariants/bounds.ts';
import { endTold } from './invariants/ending.ts';
import { guestsKept } from './invariants/guests.ts';
import type { History } from './invariants/history.ts';
import { journalFirst, loansReturned, secretsKept } from './invariants/journal.ts';
import { settingsKept } from './invariants/settings.ts';
import { emptiedFirst, oneAtATime, quorumKept, rebootedOnce, truthTold } from './invariants/nodes.ts';

export interface Invariant {
  readonly number: number;
  readonly name: string;
  /** @returns what was broken, and when */
  readonly broken: (history: History) => string | undefined;
}

export const invariants: readonly Invariant[] = [
  { number: 1, name: 'quorum is never taken away', broken: quorumKept },
  { number: 2, name: 'no guest stops unless the plan said so', broken: guestsKept },
  { number: 3, name: 'one node at a time, by one run', broken: oneAtATime },
  { number: 4, name: 'no package changes under running guests', broken: emptiedFirst },
  { number: 5, name: 'the journal says it first', broken: journalFirst },
  { number: 6, name: 'no node is rebooted twice', broken: rebootedOnce },
  { number: 7, name: 'what was borrowed is back', broken: loansReturned },
  { number: 8, name: 'what is called patched is patched', broken: truthTold },
  { number: 9, name: 'every wait ends', broken: boundsKept },
  { number: 10, name: 'no secret is printed', broken: secretsKept },
  { number: 11, name: 'what the configuration forbids is not done', broken: settingsKept },
  { number: 12, name: 'the end tells of what is down', broken: endTold },
];

/** Every broken one, in a line. */
export function brokenInvariants(history: History): string[] {
  return invariants.flatMap(({ number, name, broken }) => {
    const what = broken(history);
    return what === undefined ? [] : [`invariant ${number} (${name}): ${what}`];
  });
}
