/** A run in one short line, for `systemctl status` (STATUS= of sd_notify). */
import type { RunState } from '../run/state.ts';
import { nodeRows } from './node-rows.ts';
import { count, cut, oneLine } from './paragraph.ts';

/** systemctl cuts nothing, but a terminal is 80 wide and the label takes ten. */
const longest = 160;

export function statusLine(state: RunState): string {
  return cut(oneLine(lineOf(state)), longest);
}

function lineOf(state: RunState): string {
  const rows = nodeRows(state);
  if (rows.length === 0 && state.phase === 'running') return 'looking at the cluster';
  const done = `${rows.filter((row) => row.status === 'done').length} of ${count(rows.length, 'node')} done`;
  switch (state.phase) {
    case 'paused':
      return `paused, ${done}: ${state.paused?.what ?? ''}; next: ${state.paused?.next ?? 'proxroll status'}`;
    case 'finished':
      return `finished, ${done}`;
    case 'abandoned':
      return `abandoned, ${done}`;
    case 'running': {
      const inFlight = [...state.steps.values()].filter((step) => step.status === 'in-flight').map(({ step }) => step);
      if (inFlight.length === 0) return `${done}; looking at the cluster`;
      const first = inFlight[0];
      if (inFlight.length === 1 && first !== undefined) return `${done}; ${first.node}: ${first.kind} (${first.why})`;
      return `${done}; ${first?.kind ?? ''} on ${inFlight.map((step) => step.node).join(', ')}`;
    }
    default:
      return state.phase satisfies never;
  }
}
