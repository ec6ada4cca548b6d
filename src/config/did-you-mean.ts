/** A guess at what a mistyped word was meant to be. */

/** @returns the nearest candidate, or `undefined` when none is near enough to be worth saying */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const same = candidates.find((candidate) => bare(candidate) === bare(word));
  if (same !== undefined) return same;
  const nearest = candidates
    .map((candidate) => ({ candidate, distance: editDistance(bare(word), bare(candidate)) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return nearest !== undefined && nearest.distance <= Math.max(1, Math.floor(word.length / 4)) ? nearest.candidate : undefined;
}

/** `sshUser`, `ssh-user` and `ssh_user` are one word written three ways. */
function bare(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Letters added, dropped or changed to get from one word to the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
