/** A person's word, left on a machine, that it is to be left alone: why, and perhaps until when. */

/** The file that `proxroll hold` writes and `proxroll unhold` takes away; others are the site's own. */
export const ownHoldPath = '/etc/proxroll/hold';

export interface HoldWish {
  readonly reason: string;
  /** Milliseconds since the epoch; without it the hold lasts until somebody takes it away. */
  readonly untilMs?: number;
}

/** The text of a hold file: what `proxroll hold` writes. */
export function holdText({ reason, untilMs }: HoldWish): string {
  return `${untilMs === undefined ? '' : `until: ${withOffset(untilMs)}\n`}reason: ${reason.replaceAll('\n', ' ')}\n`;
}

/** `2026-12-01T06:00+01:00`: by the clock of this node, and meaning the same on all of them. */
function withOffset(ms: number): string {
  const minutes = -new Date(ms).getTimezoneOffset();
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const offset = `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
  return `${new Date(ms + minutes * 60_000).toISOString().slice(0, 16)}${offset}`;
}

/**
 * Whether a hold with this text still holds. Any file holds, with whatever text, as sites have files of their own; only a
 * line `until: TIME` in the past ends it. A time that cannot be read holds on.
 */
export function stillHolds(text: string, nowMs: number): boolean {
  const [, until] = /^until: *(\S+) *$/m.exec(text) ?? [];
  const untilMs = until === undefined ? Number.NaN : Date.parse(until);
  return Number.isNaN(untilMs) || untilMs > nowMs;
}

/** @param files those that are there, in the order in which they are looked for @returns the first that still holds: one whose time is over hides no other */
export function holdOf<File extends { readonly text: string }>(files: readonly File[], nowMs: number): File | 'none' {
  return files.find(({ text }) => stillHolds(text, nowMs)) ?? 'none';
}

/** What is known of the hold of one node; a node without one is not told of. */
export type NodeHold =
  | { readonly node: string; readonly known: true; readonly path: string; readonly text: string }
  | { readonly node: string; readonly known: false; readonly why: string };
