/** What the clients that send messages share: how long they wait, and how an answer that is no success is told. */
import type { z } from 'zod';
import type { Delivery } from '../model/receiver.ts';
import type { HttpAnswer } from '../ports/http.ts';

/** A receiver that takes longer is asked again later. */
export const messageDeadlineMs = 10_000;

/** The body as JSON of that shape, or nothing when it is something else: a proxy in between answers in HTML. */
export function answeredJson<T>({ body }: HttpAnswer, shape: z.ZodType<T>): T | undefined {
  try {
    const parsed = shape.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // No JSON: then its status has to do.
    return undefined;
  }
}

/** `answered 429: You are being rate limited., code 0`. Never the body as a whole: it may repeat what was sent. */
export function answerText({ status }: HttpAnswer, said: readonly (string | undefined)[] = []): string {
  const words = said.filter((word) => word !== undefined && word !== '').join(', ');
  return words === '' ? `answered ${status}` : `answered ${status}: ${cutTo(words, 200)}`;
}

/** @param seconds as its body asks; the header counts where the body says nothing */
export function laterText(why: string, { headers }: HttpAnswer, seconds?: number): Delivery {
  const asked = seconds ?? Number(headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(asked) && asked >= 0 ? { kind: 'later', why, afterMs: Math.ceil(asked * 1000) } : { kind: 'later', why };
}

/** For services without words of their own for it: 2xx is delivered, 429 and trouble of the server pass, the rest does not. */
export function deliveryOf(answer: HttpAnswer, said: readonly (string | undefined)[] = []): Delivery {
  if (answer.status >= 200 && answer.status < 300) return { kind: 'delivered' };
  const why = answerText(answer, said);
  if (answer.status === 429) return laterText(why, answer);
  return answer.status >= 500 || answer.status === 408 ? { kind: 'later', why } : { kind: 'refused', why };
}

/** At most `length` UTF-16 units and never half a character; a mark where something is missing. */
export function cutTo(text: string, length: number): string {
  const trimmed = text.trim();
  if (trimmed.length <= length) return trimmed;
  return `${trimmed
    .slice(0, length - 1)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd()}…`;
}
