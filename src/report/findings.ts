/** Findings as a person reads them: what keeps a run from starting first, each with what was seen and what to do. */
import { blocks, type Finding, type Severity } from '../model/finding.ts';
import { painter, type Hue, type Paint } from './colour.ts';
import { count, hanging, oneLine } from './paragraph.ts';
import type { TranscriptLine } from './transcript.ts';

export interface TextOptions {
  readonly width: number;
  readonly colour: boolean;
}

const order: readonly Severity[] = ['blocker', 'unknown', 'warning', 'info'];
const hues: Readonly<Record<Severity, Hue>> = { blocker: 'red', unknown: 'red', warning: 'yellow', info: 'dim' };
const labelWidth = 9;

/** @returns the whole answer of `check`, ending in a line break */
export function findingsText(findings: readonly Finding[], { width, colour }: TextOptions): string {
  const paint = painter(colour);
  const blocks = alike(bySeverity(findings)).map(([first, ...same]) => findingText(first, same, width, paint));
  return [verdict(findings, paint), ...blocks].join('\n');
}

/**
 * Remarks that differ in nothing but the machine's name, together: a cluster of sixty nodes would print hundreds. What
 * asks for a deed stands alone, with its own command to copy.
 */
function alike(findings: readonly Finding[]): readonly (readonly [first: Finding, ...same: readonly Finding[]])[] {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const { check, severity, subject, what, seen, next } = finding;
    const nameless = (text: string) => text.replaceAll(/[\w-]+/g, (word) => (word === subject ? '\0' : word));
    const key = JSON.stringify(severity === 'info' && next === '' ? [check, nameless(what), nameless(seen)] : [groups.size, finding]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()];
}

/** Severe ones first; within one severity as the checks gave them. */
export function bySeverity(findings: readonly Finding[]): readonly Finding[] {
  return order.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
}

function verdict(findings: readonly Finding[], paint: Paint): string {
  const blocking = findings.filter(blocks).length;
  const warnings = findings.filter((finding) => finding.severity === 'warning').length;
  const aside = warnings === 0 ? '' : `, ${count(warnings, 'warning')}`;
  if (blocking === 0) return `${paint('green', 'Nothing keeps a run from starting')}${aside}.\n`;
  return `${paint('red', `A run cannot start: ${count(blocking, 'reason')}`)}${aside}.\n`;
}

function findingText(finding: Finding, same: readonly Finding[], width: number, paint: Paint): string {
  const indent = `  ${' '.repeat(labelWidth)}`;
  const label = finding.severity.padEnd(labelWidth);
  const head = hanging(`  ${label}`, `${finding.subject}: ${finding.what} [${finding.check}]`, width);
  const lines = [
    ...head.map((line, index) => (index === 0 ? line.replace(finding.severity, paint(hues[finding.severity], finding.severity)) : line)),
    ...(finding.seen === '' ? [] : hanging(`${indent}seen: `, finding.seen, width)),
    ...(finding.next === '' ? [] : hanging(`${indent}next: `, finding.next, width)),
    ...(same.length === 0 ? [] : hanging(`${indent}same: `, same.map(({ subject }) => subject).join(', '), width)),
  ];
  return `${lines.join('\n')}\n`;
}

/** One line each, for the log of the service. */
export function findingLines(findings: readonly Finding[]): readonly TranscriptLine[] {
  return bySeverity(findings).map((finding) => ({
    level: blocks(finding) ? 'err' : finding.severity === 'warning' ? 'warning' : 'info',
    text: oneLine(
      [
        `${finding.severity}: ${finding.subject}: ${finding.what} [${finding.check}]`,
        ...(finding.seen === '' ? [] : [`seen: ${finding.seen}`]),
        ...(finding.next === '' ? [] : [`next: ${finding.next}`]),
      ].join('; '),
    ),
  }));
}
