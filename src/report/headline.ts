/** How a run went, in one sentence, and what it left undone. */
import { durationText } from '../model/duration.ts';
import { elsewhereText, oldQemuText } from '../model/guests-after.ts';
import { count } from './paragraph.ts';
import type { NodeReport, RunReport } from './run-report.ts';

/** `4 nodes patched in 22 min 43 s`: for the head of a report and the subject of a message. */
export function headlineText(report: RunReport): string {
  const took = durationText(report.lastAtMs - report.beganAtMs);
  const patched = report.nodes.filter(isPatched).length;
  const { phase } = report;
  switch (phase) {
    case 'finished':
      return patched === 0 ? `Nothing had to be done, seen in ${took}` : `${count(patched, 'node')} patched in ${took}`;
    case 'paused':
      return `Paused: ${report.paused?.what ?? 'it waits for a person'}`;
    case 'abandoned':
      return `Given up after ${took}: ${doneText(report)}`;
    case 'running':
      return `Not over, ${took} after it began: ${doneText(report)}`;
    default:
      return phase satisfies never;
  }
}

/** Patched or rebooted: something was done to it, to the end. */
export function isPatched(node: NodeReport): boolean {
  return node.status === 'done' && (node.packagesAre === 'installed' || node.reboot?.awayMs !== undefined);
}

function doneText({ totals, nodes }: RunReport): string {
  return `${totals.nodesDone} of ${count(nodes.length, 'node')} done`;
}

export interface Undone {
  readonly subject: string;
  readonly why: string;
}

/** What was not done, and why: what the plan left out, what a node was left with, and whom the run did not get to. */
export function undone(report: RunReport): readonly Undone[] {
  return [
    ...report.nodes.flatMap((node) => node.left.map((why) => ({ subject: node.node, why }))),
    ...report.nodes.filter((node) => node.status !== 'done').map((node) => ({ subject: node.node, why: unfinishedText(node, report) })),
    ...report.left,
  ];
}

/** Guests that are not where the plan had them, or not as new as they could be; empty when all are. */
export function guestsToKnow({ after }: RunReport): readonly Undone[] {
  if (after === undefined) return [];
  return [
    ...after.elsewhere.map((guest) => ({ subject: guest.title, why: elsewhereText(guest) })),
    ...after.oldQemu.map((guest) => ({ subject: guest.title, why: oldQemuText(guest) })),
    ...(after.unseen === undefined ? [] : [{ subject: 'not seen', why: after.unseen }]),
  ];
}

function unfinishedText(node: NodeReport, { phase, paused }: RunReport): string {
  const over = phase === 'abandoned' ? 'the run was given up' : phase === 'paused' ? 'the run is paused' : 'the run is not over';
  if (node.beganAtMs === undefined) return `not begun: ${over}`;
  const stands = paused?.step?.startsWith(`pve/${node.node}/`) === true ? `, at ${paused.step}` : '';
  return `not done: ${over}${stands}; its packages are ${node.packagesAre === 'installed' ? 'installed' : 'not all installed'}`;
}
