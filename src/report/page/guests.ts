/** Where each guest went and how it came home; what was borrowed. */
import { bytesText } from '../../model/bytes.ts';
import { durationText } from '../../model/duration.ts';
import { dateTime, timeOfDay } from '../clock-time.ts';
import { legText, whereText } from '../guest-texts.ts';
import { count } from '../paragraph.ts';
import type { RunReport } from '../run-report.ts';
import { folded, markup, nothing, section, table, type Markup } from './markup.ts';

/** More of them are folded. */
const openRows = 40;

export function guestsSection({ guests, totals }: RunReport): Markup {
  if (guests.length === 0) return section('guests', 'Guests', markup`<p>No guest was moved or stopped.</p>`);
  const columns = [
    { title: 'Guest' },
    { title: 'Memory', figures: true },
    { title: 'Its way' },
    { title: 'Now' },
    { title: 'Interrupted', figures: true },
  ];
  const rows = guests.map((guest) => [
    guest.title,
    guest.memoryBytes === undefined ? '–' : bytesText(guest.memoryBytes),
    markup`${guest.legs.map((leg) => markup`<span class="way">${legText(leg)}</span>`)}`,
    whereText(guest),
    guest.interruptedMs === 0 ? 'no' : `at most ${durationText(guest.interruptedMs)}`,
  ]);
  const title = `${count(guests.length, 'guest')} on the way, ${totals.guestsInterrupted === 0 ? 'none' : totals.guestsInterrupted} interrupted`;
  return section('guests', 'Guests', folded(title, guests.length <= openRows, table("Guests' ways", columns, [{ rows }])));
}

export function loansSection({ loans }: RunReport): Markup {
  if (loans.length === 0) return section('loans', 'Loans', markup`<p>Nothing was borrowed.</p>`);
  const out = loans.filter((loan) => loan.returnedAtMs === undefined);
  const columns = [{ title: 'What was borrowed' }, { title: 'Taken' }, { title: 'Given back' }];
  const rows = loans.map((loan) => [
    loan.what,
    dateTime(loan.takenAtMs),
    loan.returnedAtMs === undefined
      ? markup`<span class="tag bad">still out</span> <code>${loan.byHand ?? ''}</code>`
      : `${timeOfDay(loan.returnedAtMs)}${loan.detail === undefined ? '' : `, ${loan.detail}`}`,
  ]);
  const verdict =
    out.length === 0 ? `All ${count(loans.length, 'loan')} given back` : `${out.length} of ${count(loans.length, 'loan')} still out`;
  return section(
    'loans',
    'Loans',
    out.length === 0 ? nothing : markup`<p>What is still out is listed with the command that returns it by hand.</p>`,
    folded(verdict, out.length > 0 || loans.length <= 12, table('What was borrowed', columns, [{ rows }])),
  );
}
