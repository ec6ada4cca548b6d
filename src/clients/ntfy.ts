/** ntfy: messages on phones. JSON goes to the server's root; to a topic's address its text would be the message (facts 8). */
import { z } from 'zod';
import { plainText, subjectOf, type Message, type Severity } from '../model/message.ts';
import type { Delivery, NtfyReceiver } from '../model/receiver.ts';
import type { HttpAnswer, HttpRequest } from '../ports/http.ts';
import { answeredJson, cutTo, deliveryOf, messageDeadlineMs } from './message-request.ts';

/** A longer message becomes an attachment, or is refused; counted in bytes. */
const longestMessage = 4096;
const longestTitle = 250;

/** 1 is the least, 3 the usual, 5 rings through. */
const priorities: Readonly<Record<Severity, number>> = { info: 3, warning: 4, error: 5 };
/** ntfy shows them as pictures in front of the title. */
const tags: Readonly<Record<Severity, string>> = { info: 'information_source', warning: 'warning', error: 'rotating_light' };

export function ntfyRequest({ server, topic, token, click, trusts }: NtfyReceiver, message: Message): HttpRequest {
  const body = {
    topic,
    title: cutTo(subjectOf(message), longestTitle),
    message: withinBytes(plainText(message), longestMessage),
    priority: message.kind === 'finished' && message.severity === 'info' ? 2 : priorities[message.severity],
    tags: [message.kind === 'finished' && message.severity === 'info' ? 'white_check_mark' : tags[message.severity], 'proxroll'],
    ...(click === undefined ? {} : { click }),
  };
  return {
    method: 'POST',
    url: `${server}/`,
    headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
    deadlineMs: messageDeadlineMs,
    effect: 'changes',
    ...(trusts === undefined ? {} : { trusts }),
  };
}

/**
 * Asks whether the server is well and knows the token, without a message. It looks at the token of every request before anything else
 * (ntfy's server.go, `maybeAuthenticate`); whether that token may write to the topic only a message tells.
 */
export function ntfyProbe({ server, token, trusts }: NtfyReceiver): HttpRequest {
  return {
    method: 'GET',
    url: `${server}/v1/health`,
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    deadlineMs: messageDeadlineMs,
    effect: 'reads',
    ...(trusts === undefined ? {} : { trusts }),
  };
}

const refusal = z.object({ error: z.string().optional(), code: z.number().optional() });

export function ntfyDelivery(answer: HttpAnswer): Delivery {
  const { error, code } = answeredJson(answer, refusal) ?? {};
  return deliveryOf(answer, [error, code === undefined ? undefined : `code ${code}`]);
}

function withinBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  // The mark takes three bytes; a character that was cut in half decodes to a replacement mark, and goes.
  const cut = Buffer.from(text)
    .subarray(0, bytes - 3)
    .toString()
    .replace(/\ufffd+$/, '');
  return `${cut.trimEnd()}…`;
}
