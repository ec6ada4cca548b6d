/** What a run borrowed, when, and when it gave it back. */
import type { Entry } from '../model/event.ts';
import { loanId, loanReturnText, loanText } from '../model/loan.ts';

export interface LoanRecord {
  readonly id: string;
  readonly what: string;
  readonly takenAtMs: number;
  /** Missing while it is out. */
  readonly returnedAtMs?: number;
  /** How it came back, where that needs saying: `at home`, `the guest is gone`. */
  readonly detail?: string;
  /** The command that a person returns it with; only while it is out. */
  readonly byHand?: string;
}

/** @returns in the order they were taken; a loan that was taken twice is there twice */
export function loanBook(entries: readonly Entry[]): readonly LoanRecord[] {
  const book: LoanRecord[] = [];
  for (const { at, event } of entries) {
    if (event.type !== 'loan.taken' && event.type !== 'loan.returned') continue;
    const id = loanId(event.loan);
    const open = book.findIndex((record) => record.id === id && record.returnedAtMs === undefined);
    const before = book[open];
    if (event.type === 'loan.taken') {
      const record = { id, what: loanText(event.loan), takenAtMs: before?.takenAtMs ?? at, byHand: loanReturnText(event.loan) };
      // Journaled again when it changes, as when a guest goes on to another node.
      if (before === undefined) book.push(record);
      else book[open] = record;
    } else if (before !== undefined) {
      const { byHand: _byHand, ...kept } = before;
      book[open] = { ...kept, returnedAtMs: at, ...(event.detail === undefined ? {} : { detail: event.detail }) };
    }
  }
  return book;
}
