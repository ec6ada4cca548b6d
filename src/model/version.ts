/** Order of package versions, as dpkg has it. */

/**
 * dpkg's order of versions: runs of digits by number, everything else by character, `~` before the end.
 * @returns below 0 when `a` is older than `b`, 0 when neither is
 */
export function compareVersions(a: string, b: string): number {
  const [epochA, restA] = splitEpoch(a);
  const [epochB, restB] = splitEpoch(b);
  if (epochA !== epochB) return epochA - epochB;
  const [upstreamA, revisionA] = splitRevision(restA);
  const [upstreamB, revisionB] = splitRevision(restB);
  return compareParts(upstreamA, upstreamB) || compareParts(revisionA, revisionB);
}

/** The version without the packager's own counter: `10.0.2` of `10.0.2-4`. */
export function upstreamOf(version: string): string {
  return splitRevision(version)[0];
}

/** The first number: 9 of `9.0.3`. `undefined` when there is none. */
export function majorOf(version: string): number | undefined {
  const digits = /^(?:\d+:)?(\d+)/.exec(version)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function splitEpoch(version: string): [number, string] {
  const [, epoch, rest] = /^(?:(\d+):)?(.*)$/s.exec(version) ?? [];
  return [Number(epoch ?? 0), rest ?? ''];
}

function splitRevision(version: string): [string, string] {
  const dash = version.lastIndexOf('-');
  return dash === -1 ? [version, ''] : [version.slice(0, dash), version.slice(dash + 1)];
}

function compareParts(a: string, b: string): number {
  const [partsA, partsB] = [partsOf(a), partsOf(b)];
  for (let index = 0; index < Math.max(partsA.length, partsB.length); index++) {
    const partA = partsA[index] ?? '';
    const partB = partsB[index] ?? '';
    const order = index % 2 === 1 ? Number(partA === '' ? 0 : partA) - Number(partB === '' ? 0 : partB) : compareText(partA, partB);
    if (order !== 0) return order;
  }
  return 0;
}

/** Characters and digits by turns, beginning with characters, also where there are none. */
function partsOf(text: string): readonly string[] {
  const parts: readonly string[] = text.match(/\d+|\D+/g) ?? [];
  return /^\D/.test(text) ? parts : ['', ...parts];
}

function compareText(a: string, b: string): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const order = weight(a[index]) - weight(b[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function weight(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === '~') return -1;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}
