/** What every single fault would come to, as a table: where it strikes, what the run does, what is lost, what a person does next. */
import type { FaultOutcome, SingleFaults } from '../model/rehearsal.ts';
import { painter, type Paint } from './colour.ts';
import type { TextOptions } from './findings.ts';
import { count, hanging } from './paragraph.ts';
import { tableLines } from './table.ts';

/** One entry of the table: faults that strike alike and come to the same. */
export interface FaultRow {
  readonly who: string;
  readonly faults: readonly string[];
  /** Steps at which they strike, in the order of a turn. */
  readonly steps: readonly string[];
  readonly run: string;
  readonly lost: string;
  readonly next: string;
  /** As `--fail` takes them, to see one by itself. */
  readonly words: readonly string[];
}

/** @returns the whole answer, ending in a line break */
export function singleFaultsText({ outcomes, sampled, unreached }: SingleFaults, { width, colour }: TextOptions): string {
  const paint = painter(colour);
  const rows = faultRows(outcomes);
  return [
    ...tableLines(
      [{ title: 'WHAT GOES WRONG', widest: 40 }, { title: 'AT', widest: 24 }, { title: 'THE RUN', widest: 40 }, { title: 'LOST' }],
      rows.map((row) => ({ cells: [`${row.who} ${row.faults.join(', ')}`, row.steps.join(', '), row.run, row.lost], below: row.next })),
      width,
    ),
    '',
    ...hanging(
      '',
      `${count(outcomes.length, 'rehearsal')}, one fault each${sampled.length === 0 ? '' : ', of which some stand for others'}.`,
      width,
    ),
    ...sampled.flatMap((text) => hanging('  ', text, width)),
    ...(unreached.length === 0
      ? []
      : hanging('', paint('yellow', `NOT REHEARSED: ${unreached.join(', ')}. Without any fault the run does not come to them.`), width)),
    ...(rows[0] === undefined
      ? []
      : hanging('', `One of them from beginning to end: proxroll rehearse --fail '${rows[0].words[0] ?? ''}'`, width)),
    '',
    ...lostLines(outcomes, width, paint),
    '',
  ].join('\n');
}

function lostLines(outcomes: readonly FaultOutcome[], width: number, paint: Paint): readonly string[] {
  const broken = outcomes.filter((outcome) => outcome.broken.length > 0);
  const stuck = outcomes.filter((outcome) => outcome.end.kind === 'stuck');
  const down = outcomes.filter((outcome) => outcome.guestsDown.length > 0);
  const interrupted =
    down.length === 0
      ? []
      : hanging(
          '',
          `In ${down.length} of them a node loses power with guests on it, and they stop with it: that is the fault's own doing.`,
          width,
        );
  if (broken.length + stuck.length === 0) return [...interrupted, paint('green', 'proxroll itself loses nothing in any of them.')];
  return [
    ...interrupted,
    ...(broken.length === 0
      ? []
      : [paint('red', `SOMETHING IS LOST in ${broken.length} of them. That is a defect of proxroll: do not start a run, report it.`)]),
    ...broken.flatMap(({ words, broken: texts }) => texts.flatMap((text) => hanging(`  '${words}': `, text, width))),
    ...(stuck.length === 0 ? [] : [paint('red', `The run hangs in ${stuck.length} of them. That is a defect of proxroll: report it.`)]),
    ...stuck.flatMap(({ words }) => hanging('  ', `'${words}'`, width)),
  ];
}

/** Names of nodes and guests do not count: the same fault of another is the same fault. */
function faultRows(outcomes: readonly FaultOutcome[]): readonly FaultRow[] {
  const bySteps = merged(
    outcomes.map(rowOf),
    (row) => [row.who, ...row.faults, row.run, row.next],
    (one, other) => ({ ...one, steps: [...new Set([...one.steps, ...other.steps])] }),
  );
  return merged(
    bySteps,
    (row) => [row.who, ...row.steps, row.run, row.next],
    (one, other) => ({ ...one, faults: [...one.faults, ...other.faults] }),
  );
}

/** In the order of the first of each. */
function merged(
  rows: readonly FaultRow[],
  alike: (row: FaultRow) => readonly string[],
  join: (one: FaultRow, other: FaultRow) => FaultRow,
): readonly FaultRow[] {
  const byKey = new Map<string, FaultRow>();
  for (const row of rows) {
    const key = [...alike(row), row.lost].join('\n');
    const before = byKey.get(key);
    byKey.set(key, before === undefined ? row : { ...join(before, row), words: [...before.words, ...row.words] });
  }
  return [...byKey.values()];
}

function rowOf(outcome: FaultOutcome): FaultRow {
  const { who, fault, step, words, broken, guestsDown } = outcome;
  return {
    who,
    faults: [fault],
    steps: [step],
    run: runText(outcome),
    lost: broken.length > 0 ? 'SEE BELOW' : guestsDown.length > 0 ? 'guests stop' : 'nothing',
    next: nextText(outcome),
    words: [words],
  };
}

function runText({ end, step }: FaultOutcome): string {
  switch (end.kind) {
    case 'finished':
    case 'goes-on':
    case 'nothing-to-do':
      return 'goes on';
    case 'paused': {
      const at = end.step?.split('/').at(-1);
      return `pauses ${at === undefined ? 'before the next node' : at === step ? 'there' : `at ${at}`} [${end.code}]`;
    }
    case 'blocked':
      return 'does not begin';
    case 'away':
      return 'stands, nobody carries it';
    case 'abandoned':
    case 'busy':
      return end.kind;
    case 'stuck':
      return 'hangs, a defect';
    case 'failed':
      return 'ends with an error';
    default:
      return end satisfies never;
  }
}

function nextText(outcome: FaultOutcome): string {
  const { end } = outcome;
  switch (end.kind) {
    case 'finished':
    case 'goes-on':
    case 'nothing-to-do':
      return '';
    case 'paused':
      return nameless(end.next, outcome);
    case 'blocked':
      return nameless(end.findings.map((finding) => finding.next).join('; '), outcome);
    case 'away':
      return 'switch that node on; the run goes on by itself after its boot';
    case 'abandoned':
    case 'busy':
      return 'proxroll status';
    case 'stuck':
      return 'report it';
    case 'failed':
      return `set right what it names, then: proxroll resume (${end.why})`;
    default:
      return end satisfies never;
  }
}

/** The same advice for another node or guest is the same advice. */
function nameless(next: string, { node, struck }: FaultOutcome): string {
  const named = (text: string, name: string, word: string): string =>
    text.replaceAll(new RegExp(`\\b${name.replaceAll(/[^\w-]/g, '\\$&')}\\b`, 'g'), word);
  const text = next.replaceAll(/\b(vm|ct) \d+( \([^)]*\))?/g, 'the guest').replaceAll(/\bby_vmid\.\d+/g, 'by_vmid.VMID');
  return named(named(text, node, 'NODE'), struck, /^\d+$/.test(struck) ? 'VMID' : 'PEER');
}
