/** A person's word, left on a machine, that it is to be left alone: why, and perhaps until when. */

export interface HoldWish {
  readonly reason: string;
  /** Milliseconds since the epoch; without it the hold lasts until somebody takes it away. */
  readonly untilMs?: number;
}

/** The text of a hold file: what `proxroll hold` writes. */
export function holdText({ reason, untilMs }: HoldWish): string {
  return `${untilMs === undefined ? '' : `until: ${new Date(untilMs).toISOString()}\n`}reason: ${reason.replaceAll('\n', ' ')}\n`;
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

/** What is known of the hold of one node; a node without one is not told of. */
export type NodeHold =
  | { readonly node: string; readonly known: true; readonly path: string; readonly text: string }
  | { readonly node: string; readonly known: false; readonly why: string };
