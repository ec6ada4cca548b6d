/** Two texts as a unified diff, three lines of context around each change. */

const around = 3;

interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
  /** Line numbers, from 1, of the next line on either side. */
  readonly before: number;
  readonly after: number;
}

/**
 * @param meaning what of a line is compared; one that is different only in the rest of it is shown as it is now
 * @returns hunks without a file header; empty when the texts mean the same
 */
export function unifiedDiff(before: string, after: string, meaning: (line: string) => string = (line) => line): string {
  const lines = compared(before.split('\n'), after.split('\n'), meaning);
  const near = lines.map((_line, at) => lines.slice(Math.max(0, at - around), at + around + 1).some(({ mark }) => mark !== ' '));
  const hunks: Line[][] = [];
  lines.forEach((line, at) => {
    if (!near[at]) return;
    if (near[at - 1] !== true) hunks.push([]);
    hunks.at(-1)?.push(line);
  });
  return hunks.map(hunkText).join('\n');
}

function hunkText(hunk: readonly Line[]): string {
  const first = hunk[0];
  const count = (mark: '-' | '+') => hunk.filter((line) => line.mark === ' ' || line.mark === mark).length;
  const head = `@@ -${first?.before ?? 1},${count('-')} +${first?.after ?? 1},${count('+')} @@`;
  return [head, ...hunk.map(({ mark, text }) => `${mark}${text}`)].join('\n');
}

/** By the longest common subsequence. */
function compared(before: readonly string[], after: readonly string[], meaning: (line: string) => string): Line[] {
  const lengths = commonLengths(before.map(meaning), after.map(meaning));
  const lines: Line[] = [];
  let at = 0;
  let to = 0;
  const push = (mark: Line['mark'], text: string): void => void lines.push({ mark, text, before: at + 1, after: to + 1 });
  while (at < before.length || to < after.length) {
    const left = before[at];
    const right = after[to];
    if (left !== undefined && right !== undefined && meaning(left) === meaning(right)) {
      push(' ', right);
      at++;
      to++;
    } else if (left !== undefined && (right === undefined || (lengths[at + 1]?.[to] ?? 0) >= (lengths[at]?.[to + 1] ?? 0))) {
      push('-', left);
      at++;
    } else if (right !== undefined) {
      push('+', right);
      to++;
    }
  }
  return lines;
}

/** How many lines are common from each pair of places on. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const lengths: number[][] = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let at = before.length - 1; at >= 0; at--)
    for (let to = after.length - 1; to >= 0; to--) {
      const row = lengths[at];
      if (row === undefined) continue;
      row[to] =
        before[at] === after[to] ? (lengths[at + 1]?.[to + 1] ?? 0) + 1 : Math.max(lengths[at + 1]?.[to] ?? 0, lengths[at]?.[to + 1] ?? 0);
    }
  return lengths;
}
