/** A rehearsal as a person reads it: what the twin lacks, the transcript with its times and margins, how it ends, and what each turn leaves. */
import { bytesText } from '../model/bytes.ts';
import { durationText } from '../model/duration.ts';
import type { Act, Margin, RehearsalReport, Rehearsed } from '../model/rehearsal.ts';
import { dateTime } from './clock-time.ts';
import { painter, type Hue, type Paint } from './colour.ts';
import { findingsText, type TextOptions } from './findings.ts';
import { count, hanging } from './paragraph.ts';
import { singleFaultsText } from './single-faults.ts';
import { tableLines } from './table.ts';

/** @returns the whole answer, ending in a line break; the end decides and comes last */
export function rehearsalText(report: RehearsalReport, options: TextOptions): string {
  const paint = painter(options.colour);
  const { rehearsed, singleFaults } = report;
  return [
    ...headLines(report, options.width, paint),
    ...actLines(rehearsed.acts, paint),
    ...turnLines(rehearsed, options.width),
    ...(singleFaults === undefined ? [] : ['', ...singleFaultsText(singleFaults, options).trimEnd().split('\n')]),
    '',
    ...endLines(report, options, paint),
    '',
  ].join('\n');
}

function headLines({ cluster, takenAtMs, missing }: RehearsalReport, width: number, paint: Paint): readonly string[] {
  const what =
    takenAtMs === undefined
      ? `rehearsal of a scenario on ${cluster}`
      : `rehearsal on the twin of ${cluster}, as it was seen at ${dateTime(takenAtMs)}`;
  return [
    paint('bold', what),
    ...(missing.length === 0 ? [] : ['not in the twin', ...missing.flatMap((text) => hanging('  ', text, width))]),
    '',
  ];
}

const hues: Readonly<Record<Act['level'], Hue | undefined>> = { info: undefined, warning: 'yellow', err: 'red' };

function actLines(acts: readonly Act[], paint: Paint): readonly string[] {
  const subject = Math.max(8, ...acts.map((act) => act.subject.length));
  return acts.flatMap((act) => {
    const line = `T+${clockText(act.atMs)}  ${act.subject.padEnd(subject)}  `;
    const hue = hues[act.level];
    return [
      `${line}${hue === undefined ? act.text : paint(hue, act.text)}`,
      ...(act.margin === undefined ? [] : [`${' '.repeat(line.length)}${paint('cyan', marginText(act.margin))}`]),
    ];
  });
}

function marginText({ node, votes, memory }: Margin): string {
  const parts = [
    ...(votes === undefined ? [] : [`${votes.left} votes are left, ${votes.needed} needed`]),
    ...(memory === undefined ? [] : [memoryText(memory)]),
  ];
  return parts.length === 0 ? `while ${node} is away nothing else is there` : `while ${node} is away: ${parts.join('; ')}`;
}

function votesText({ left, needed }: NonNullable<Margin['votes']>): string {
  return `${left} (${needed} needed)`;
}

function memoryText({ node, freeBytes }: NonNullable<Margin['memory']>): string {
  return `least free memory ${bytesText(freeBytes)} on ${node}`;
}

function turnLines({ turns, margins }: Rehearsed, width: number): readonly string[] {
  if (turns.length === 0) return [];
  const rows = turns.map((turn) => {
    const margin = margins.find((one) => one.node === turn.node);
    return [
      turn.node,
      durationText(turn.beganMs),
      durationText(turn.tookMs),
      margin === undefined ? 'stays' : margin.votes === undefined ? '' : votesText(margin.votes),
      margin?.memory === undefined ? '' : `${bytesText(margin.memory.freeBytes)} on ${margin.memory.node}`,
    ];
  });
  const columns = ['NODE', 'BEGINS AFTER', 'TAKES', 'VOTES LEFT', 'LEAST FREE MEMORY'].map((title) => ({ title }));
  return [
    '',
    ...tableLines(
      columns,
      rows.map((cells) => ({ cells })),
      width,
    ),
  ];
}

function endLines({ rehearsed, problems }: RehearsalReport, options: TextOptions, paint: Paint): readonly string[] {
  const { width } = options;
  return [
    ...outcomeLines(rehearsed, options, paint),
    ...rehearsed.unstruck.flatMap((text) => hanging(paint('yellow', 'not struck: '), text, width)),
    ...(problems.length === 0
      ? []
      : [paint('red', 'Not as the scenario expects:'), ...problems.flatMap((text) => hanging('  ', text, width))]),
    ...(rehearsed.broken.length === 0
      ? []
      : [
          paint(
            'red',
            `SOMETHING IS LOST: ${count(rehearsed.broken.length, 'invariant')} broken. That is a defect of proxroll: do not start a run, report it.`,
          ),
          ...rehearsed.broken.flatMap((text) => hanging('  ', text, width)),
        ]),
  ];
}

function outcomeLines({ end, tookMs }: Rehearsed, options: TextOptions, paint: Paint): readonly string[] {
  const { width } = options;
  const after = durationText(tookMs);
  switch (end.kind) {
    case 'finished':
    case 'goes-on':
      return [paint('green', `A run would finish after about ${after}.`)];
    case 'nothing-to-do':
      return ['A run would find nothing to do.'];
    case 'blocked':
      return findingsText(end.findings, options).trimEnd().split('\n');
    case 'paused':
      return [
        ...hanging(
          '',
          paint(
            'red',
            `A run would pause after about ${after}${end.step === undefined ? '' : ` at ${end.step}`} [${end.code}]: ${end.what}`,
          ),
          width,
        ),
        ...hanging('  seen: ', end.seen, width),
        ...hanging('  next: ', end.next, width),
      ];
    case 'away':
      return [
        ...hanging(
          '',
          paint('red', `After about ${after} nobody would carry the run: ${end.node} is off and does not come back by itself.`),
          width,
        ),
        ...hanging('  next: ', `switch ${end.node} on; the run goes on by itself after its boot`, width),
      ];
    case 'abandoned':
      return [`The run was given up after ${after}.`];
    case 'busy':
      return ['Nothing was started: another run holds the cluster.'];
    case 'failed':
      return [
        ...hanging('', paint('red', `proxroll would end with an error after about ${after}: ${end.why}`), width),
        '  next: set right what it names, then: proxroll resume',
      ];
    case 'stuck':
      return hanging('', paint('red', `The run hangs, which is a defect of proxroll: ${end.why}`), width);
    default:
      return end satisfies never;
  }
}

/** `01:02:03`, as in the log of a scenario. */
function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => `${part}`.padStart(2, '0')).join(':');
}

/** The same as data. */
export function rehearsalJson({ rehearsed, singleFaults, scenarioText: _saved, ...report }: RehearsalReport): object {
  return { ...report, ...rehearsed, ...(singleFaults === undefined ? {} : { singleFaults }) };
}
