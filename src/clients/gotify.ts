/** Gotify: a server of one's own for messages. Source: its API, `POST /message`, the token in a header and not in the address. */
import { z } from 'zod';
import { plainText, subjectOf, type Message, type Severity } from '../model/message.ts';
import type { Delivery, GotifyReceiver } from '../model/receiver.ts';
import type { HttpAnswer, HttpRequest } from '../ports/http.ts';
import { answeredJson, cutTo, deliveryOf, messageDeadlineMs } from './message-request.ts';

/** From 4 on the phone makes a sound, from 8 on it does not give up soon. */
const priorities: Readonly<Record<Severity, number>> = { info: 2, warning: 5, error: 8 };

export function gotifyRequest({ server, token, trusts }: GotifyReceiver, message: Message): HttpRequest {
  const text = plainText(message);
  // An empty message is refused.
  const body = {
    title: cutTo(subjectOf(message), 250),
    message: text === '' ? message.outcome : text,
    priority: priorities[message.severity],
  };
  return {
    method: 'POST',
    url: `${server}/message`,
    headers: { 'content-type': 'application/json', 'x-gotify-key': token },
    body: JSON.stringify(body),
    deadlineMs: messageDeadlineMs,
    effect: 'changes',
    ...(trusts === undefined ? {} : { trusts }),
  };
}

/** Asks whether the server is there; whether it knows the token only a message would tell. */
export function gotifyProbe({ server, trusts }: GotifyReceiver): HttpRequest {
  const trust = trusts === undefined ? {} : { trusts };
  return { method: 'GET', url: `${server}/version`, deadlineMs: messageDeadlineMs, effect: 'reads', ...trust };
}

const refusal = z.object({ error: z.string().optional(), errorDescription: z.string().optional() });

export function gotifyDelivery(answer: HttpAnswer): Delivery {
  const { error, errorDescription } = answeredJson(answer, refusal) ?? {};
  return deliveryOf(answer, [error, errorDescription]);
}
