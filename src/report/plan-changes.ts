/** Every package of a plan with its versions and what is written about them, for `proxroll plan --changes`. */
import type { ChangeWithLog } from '../model/plan-changes.ts';
import { painter } from './colour.ts';
import type { TextOptions } from './findings.ts';
import { hanging, oneLine } from './paragraph.ts';

/** @returns text that ends in a line break; one line when there is nothing */
export function changesText(changes: readonly ChangeWithLog[], { width, colour }: TextOptions): string {
  if (changes.length === 0) return 'No package changes.\n';
  const paint = painter(colour);
  const lines = changes.flatMap(({ name, from, to, security, nodes, changelog }) => [
    `${paint('bold', oneLine(name))} ${from === undefined ? 'new, ' : `${oneLine(from)} → `}${oneLine(to)}${security ? ', security' : ''} (${nodes.join(', ')})`,
    ...(changelog.known ? entryLines(changelog.value) : hanging('    no changelog: ', changelog.why, width)),
  ]);
  return `${lines.join('\n')}\n`;
}

/** As it was written: its lines are already broken and indented. */
function entryLines(text: string): readonly string[] {
  if (text === '') return ['    nothing is written about it'];
  return text.split('\n').map((line) => (line.trim() === '' ? '' : `    ${indentOf(line)}${oneLine(line)}`));
}

function indentOf(line: string): string {
  return /^ */.exec(line)?.[0] ?? '';
}
