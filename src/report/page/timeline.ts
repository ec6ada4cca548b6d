/** The run as lanes over time: one for each node, and one for what went over all of them. */
import { durationText } from '../../model/duration.ts';
import { timeOfDay } from '../clock-time.ts';
import type { PauseSpan, StepSpan } from '../run-spans.ts';
import type { RunReport } from '../run-report.ts';
import { folded, markup, nothing, section, table, type Markup } from './markup.ts';

/** Colours are few: what a step is to somebody who looks from far. */
const hues: readonly [name: string, what: string, kinds: readonly string[]][] = [
  ['lists', 'lists and downloads', ['refresh', 'fetch']],
  ['settings', 'settings of the cluster', []],
  ['moves', 'guests moving', ['drain', 'return']],
  ['upgrade', 'installing packages', ['upgrade']],
  ['reboot', 'rebooting', ['try-kernel', 'reboot', 'keep-kernel']],
  ['rejoin', 'becoming whole again', ['rejoin']],
];

function hueOf(kind: string): string {
  return hues.find(([, , kinds]) => kinds.includes(kind))?.[0] ?? 'settings';
}

export function timeline(report: RunReport): Markup {
  const { nodes, shared } = report;
  const bar = (what: string, pieces: readonly Markup[]) => markup`<div class="bar" role="img" aria-label="${what}">${pieces}</div>\n`;
  const piece = (hue: string, fromMs: number, toMs: number, text: string) =>
    markup`<i class="${hue}" style="left:${percent(fromMs, report)}%;width:${width(fromMs, toMs, report)}%" title="${text}"></i>`;
  const lane = (name: string, spans: readonly StepSpan[]) => [
    markup`<div class="lane">${name}</div>\n`,
    bar(
      `${name}: ${spans.length === 0 ? 'nothing yet' : spans.map((span) => spanText(span, report)).join(', ')}`,
      spans.map((span) => piece(hueOf(span.kind), span.startedAtMs, span.endedAtMs ?? report.lastAtMs, spanText(span, report))),
    ),
  ];
  const waits = report.pauses.filter((pause) => (pause.endedAtMs ?? report.lastAtMs) > pause.startedAtMs);
  const waitText = (pause: PauseSpan) =>
    `paused for ${durationText((pause.endedAtMs ?? report.lastAtMs) - pause.startedAtMs)}: ${pause.what}`;
  const stood = waits.map((pause) => piece('pause', pause.startedAtMs, pause.endedAtMs ?? report.lastAtMs, waitText(pause)));
  const lanes = [
    ...(shared.length === 0 ? [] : lane('all nodes', shared)),
    ...nodes.flatMap((node) => lane(node.node, node.spans)),
    ...(waits.length === 0 ? [] : [markup`<div class="lane">paused</div>\n`, bar(waits.map(waitText).join('; '), stood)]),
  ];
  const used = new Set([...shared, ...nodes.flatMap((node) => node.spans)].map((span) => hueOf(span.kind)));
  const entry = (hue: string, what: string) => markup`<li><i class="${hue}"></i>${what}</li>`;
  const legend = [
    ...hues.filter(([name]) => used.has(name)).map(([name, what]) => entry(name, what)),
    ...(waits.length === 0 ? [] : [entry('pause', 'paused')]),
  ];
  return section(
    'timeline',
    'Timeline',
    markup`<div class="lanes">\n<div class="lane"></div>\n<div class="axis" aria-hidden="true">${ticks(report)}</div>\n${lanes}</div>\n`,
    markup`<ul class="legend">${legend}</ul>\n`,
    folded('Every step with its time and reason', false, stepsTable(report)),
  );
}

function stepsTable(report: RunReport): Markup {
  const row = (span: StepSpan) => [
    span.kind,
    timeOfDay(span.startedAtMs),
    span.endedAtMs === undefined ? (report.phase === 'running' ? 'goes on' : 'not done') : durationText(span.endedAtMs - span.startedAtMs),
    [
      span.why,
      ...(span.detail === undefined ? [] : [span.detail]),
      ...(span.foundDone ? ['found already done'] : []),
      ...span.retries.map((retry) => `tried again: ${retry.detail}`),
    ].join('; '),
  ];
  const groups = [
    ...(report.shared.length === 0
      ? []
      : [{ title: 'all nodes', rows: report.shared.map((span) => [`${span.kind} on ${span.node}`, ...row(span).slice(1)]) }]),
    ...report.nodes.filter((node) => node.spans.length > 0).map((node) => ({ title: node.node, rows: node.spans.map(row) })),
  ];
  return table(
    'Steps',
    [{ title: 'Step' }, { title: 'Began' }, { title: 'Took', figures: true }, { title: 'Why, and what came of it' }],
    groups,
  );
}

function spanText(span: StepSpan, { phase, lastAtMs }: RunReport): string {
  const took = durationText((span.endedAtMs ?? lastAtMs) - span.startedAtMs);
  return span.endedAtMs === undefined
    ? `${span.kind} ${phase === 'running' ? 'goes on' : 'not done'} after ${took}`
    : `${span.kind} ${took}`;
}

function percent(atMs: number, { beganAtMs, lastAtMs }: RunReport): string {
  const whole = Math.max(1, lastAtMs - beganAtMs);
  return Math.min(100, Math.max(0, ((atMs - beganAtMs) / whole) * 100)).toFixed(2);
}

function width(fromMs: number, toMs: number, report: RunReport): string {
  return (Number(percent(toMs, report)) - Number(percent(fromMs, report))).toFixed(2);
}

/** Minutes between two times on the axis; the finest that gives at most six. */
const stepsMin = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 10_080] as const;
const mostTicks = 6;

/** The beginning, and round times after it that do not run into it or over the edge. */
function ticks(report: RunReport): readonly Markup[] {
  const { beganAtMs, lastAtMs } = report;
  const wholeMs = lastAtMs - beganAtMs;
  const stepMs = (stepsMin.find((min) => wholeMs / (min * 60_000) <= mostTicks) ?? 10_080) * 60_000;
  const first = Math.ceil((beganAtMs + wholeMs * 0.09) / stepMs) * stepMs;
  const round = Array.from({ length: mostTicks + 1 }, (_, index) => first + index * stepMs).filter((at) => at < lastAtMs - wholeMs * 0.09);
  const mark = (atMs: number, last: boolean) =>
    markup`<span${last ? markup` class="last"` : nothing} style="left:${percent(atMs, report)}%">${timeOfDay(atMs)}</span>`;
  return [mark(beganAtMs, false), ...round.map((at) => mark(at, false)), ...(wholeMs < 60_000 ? [] : [mark(lastAtMs, true)])];
}
