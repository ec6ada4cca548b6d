/** The report of a run for a terminal and for a file: the same as the page, in plain lines. */
import { bytesText } from '../model/bytes.ts';
import { durationText } from '../model/duration.ts';
import { dateTime, timeOfDay } from './clock-time.ts';
import { painter } from './colour.ts';
import { bySeverity, type TextOptions } from './findings.ts';
import { guestsToKnow, headlineText, undone } from './headline.ts';
import { happenedText, packageGroups, plannedText, resultText, rounded, sorted, tookMs } from './node-texts.ts';
import { legText, whereText } from './guest-texts.ts';
import { count, hanging } from './paragraph.ts';
import type { RunReport } from './run-report.ts';
import { tableLines } from './table.ts';

/** @returns text that ends in a line break */
export function reportText(report: RunReport, { width, colour }: TextOptions): string {
  const paint = painter(colour);
  const part = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ['', paint('bold', title), ...lines]);
  const hue = report.phase === 'finished' ? 'green' : report.phase === 'running' ? 'yellow' : 'red';
  const { paused } = report;
  return [
    ...hanging('', `${report.cluster}: ${headlineText(report)}`, width).map((line) => paint(hue, line)),
    ...hanging('  ', originText(report), width),
    ...hanging('  ', totalsText(report), width),
    ...(paused === undefined
      ? []
      : part('It waits for a person', [
          ...hanging('  what  ', `${paused.what} [${paused.code}]${paused.step === undefined ? '' : ` at ${paused.step}`}`, width),
          ...hanging('  seen  ', paused.seen, width),
          ...hanging('  next  ', paused.next, width),
        ])),
    ...part(
      'Not done',
      pairs(
        undone(report).map(({ subject, why }) => [subject, why] as const),
        width,
      ),
    ),
    ...part(
      'Guests that are not as planned, or not on the new QEMU',
      pairs(
        guestsToKnow(report).map(({ subject, why }) => [subject, why] as const),
        width,
      ),
    ),
    ...part('Plan and what happened', nodeLines(report, width)),
    ...part('Steps', stepLines(report, width)),
    ...part('Packages', packageLines(report, width)),
    ...part('Reboots', rebootLines(report, width)),
    ...part('Guests', guestLines(report, width)),
    ...part('Findings', findingLines(report, width)),
    ...part('Loans', loanLines(report, width)),
    ...part('Where the time went', shareLines(report)),
    ...part(
      'Time lost',
      report.lost.flatMap(({ what, why, ms }) => hanging(`  ${durationText(ms).padEnd(12)}`, why === '' ? what : `${what}: ${why}`, width)),
    ),
    '',
  ].join('\n');
}

function originText({ run, beganAtMs, lastAtMs, phase, node, version, only }: RunReport): string {
  const end = phase === 'running' ? 'last heard of' : phase;
  const part = only.length === 0 ? '' : `, only ${only.join(', ')}`;
  return `run ${run}, began ${dateTime(beganAtMs)}, ${end} ${dateTime(lastAtMs)}, carried by ${node}, proxroll ${version}${part}`;
}

function totalsText({ totals, nodes }: RunReport): string {
  return [
    `${totals.nodesDone} of ${count(nodes.length, 'node')} done`,
    `${count(totals.packages, 'package')} installed${totals.security === 0 ? '' : `, ${totals.security} of them security`}`,
    count(totals.reboots, 'reboot'),
    `${count(totals.guestsMoved, 'guest')} moved, ${totals.guestsInterrupted} interrupted`,
    `${bytesText(totals.movedBytes)} of memory moved live`,
    `${totals.loansOut} still on loan`,
  ].join('; ');
}

function pairs(rows: readonly (readonly [head: string, text: string])[], width: number): readonly string[] {
  const name = Math.min(28, Math.max(0, ...rows.map(([head]) => head.length))) + 2;
  return rows.flatMap(([head, text]) => hanging(`  ${head.padEnd(name)}`, text, width));
}

/** In less its six columns would not stand beside each other. */
const tableWidth = 80;

function nodeLines({ nodes }: RunReport, width: number): readonly string[] {
  if (nodes.length === 0) return ['  Nothing was planned for any node.'];
  const columns = [
    { title: 'node' },
    { title: 'result' },
    { title: 'planned' },
    { title: 'what happened' },
    { title: 'expected' },
    { title: 'took' },
  ];
  const rows = nodes.map((node) => {
    const took = tookMs(node);
    return {
      cells: [
        node.node,
        resultText(node),
        node.planned === undefined ? '-' : plannedText(node.planned),
        happenedText(node),
        node.planned?.expectedMs === undefined ? '-' : durationText(rounded(node.planned.expectedMs)),
        took === undefined ? '-' : durationText(took),
      ],
    };
  });
  if (width >= tableWidth) return indented(tableLines(columns, rows, width - 2));
  return pairs(
    nodes.map((node) => [node.node, `${resultText(node)}: ${happenedText(node)}`] as const),
    width,
  );
}

function stepLines({ nodes, shared, phase }: RunReport, width: number): readonly string[] {
  const spans = [...shared, ...nodes.flatMap((node) => node.spans)].sort((a, b) => a.startedAtMs - b.startedAtMs);
  const open = phase === 'running' ? 'goes on' : 'not done';
  return spans.flatMap((span) => {
    const took = span.endedAtMs === undefined ? open : durationText(span.endedAtMs - span.startedAtMs);
    const again = span.retries.map((retry) => `; tried again: ${retry.detail}`).join('');
    return hanging(
      `  ${timeOfDay(span.startedAtMs)}  ${took.padEnd(12)}`,
      `${span.node} ${span.kind}${span.foundDone ? ' (found already done)' : ''}${again}`,
      width,
    );
  });
}

function packageLines({ nodes }: RunReport, width: number): readonly string[] {
  return packageGroups(nodes).flatMap(({ nodes: same, of }) => [
    ...hanging('  ', `${same.map((node) => node.node).join(', ')}: ${count(of.packages.length, 'package')} ${of.packagesAre}`, width),
    ...indented(
      tableLines(
        [{ title: 'package' }, { title: 'before' }, { title: 'after' }, { title: '' }],
        sorted(of.packages).map(({ name, from, to, security }) => ({ cells: [name, from ?? 'new', to, security ? 'security' : ''] })),
        width - 4,
      ),
      4,
    ),
    ...(of.removed.length === 0 ? [] : hanging('    removed: ', of.removed.join(', '), width)),
    ...(of.keptBack.length === 0 ? [] : hanging('    kept back: ', of.keptBack.join(', '), width)),
  ]);
}

function rebootLines({ nodes }: RunReport, width: number): readonly string[] {
  return pairs(
    nodes.flatMap(({ node, reboot, kernelAfter }) => {
      if (reboot === undefined) return [];
      const back = reboot.awayMs === undefined ? 'not seen back' : `back after ${durationText(reboot.awayMs)}`;
      return [
        [
          node,
          `${timeOfDay(reboot.atMs)}, ${back}${kernelAfter === undefined ? '' : `, runs ${kernelAfter}`}; because: ${reboot.why}`,
        ] as const,
      ];
    }),
    width,
  );
}

function guestLines({ guests }: RunReport, width: number): readonly string[] {
  return pairs(
    guests.map((guest) => {
      const interrupted = guest.interruptedMs === 0 ? '' : `; interrupted for at most ${durationText(guest.interruptedMs)}`;
      return [guest.title, `${guest.legs.map(legText).join('; ')}; now ${whereText(guest)}${interrupted}`] as const;
    }),
    width,
  );
}

function findingLines({ findings, warnings }: RunReport, width: number): readonly string[] {
  const found = bySeverity(findings).map(({ severity, subject, what, seen, next }) => ({ severity, subject, texts: [what, seen], next }));
  const warned = warnings.map(({ subject, what, next }) => ({ severity: 'warning', subject, texts: [what], next }));
  return [...found, ...warned].flatMap(({ severity, subject, texts, next }) => [
    ...hanging(`  ${severity.padEnd(9)}`, `${subject}: ${texts.filter((text) => text !== '').join('; ')}`, width),
    ...(next === '' ? [] : hanging(`  ${' '.repeat(9)}next: `, next, width)),
  ]);
}

function loanLines({ loans }: RunReport, width: number): readonly string[] {
  return loans.flatMap(({ what, takenAtMs, returnedAtMs, detail, byHand }) => {
    const back =
      returnedAtMs === undefined
        ? `still out; by hand: ${byHand ?? ''}`
        : `back ${timeOfDay(returnedAtMs)}${detail === undefined ? '' : ` (${detail})`}`;
    return hanging(`  ${timeOfDay(takenAtMs)}  `, `${what}: ${back}`, width);
  });
}

function shareLines({ shares, beganAtMs, lastAtMs }: RunReport): readonly string[] {
  const whole = Math.max(1, lastAtMs - beganAtMs);
  return shares.map(({ what, ms }) => `  ${durationText(ms).padEnd(12)}${String(Math.round((ms / whole) * 100)).padStart(3)} %  ${what}`);
}

function indented(lines: readonly string[], by = 2): readonly string[] {
  return lines.map((line) => `${' '.repeat(by)}${line}`);
}
