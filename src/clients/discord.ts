/** A Discord channel through its webhook. Limits and answers: facts 8; one violation would reject the whole message. */
import { z } from 'zod';
import { subjectOf, type Message, type Severity } from '../model/message.ts';
import type { Delivery, DiscordReceiver } from '../model/receiver.ts';
import type { HttpAnswer, HttpRequest } from '../ports/http.ts';
import { answeredJson, answerText, cutTo, laterText, messageDeadlineMs } from './message-request.ts';

const limits = { title: 256, description: 4096, fields: 25, name: 256, value: 1024, footer: 2048, total: 6000 } as const;

/** An integer, as Discord wants it: the hue of the stripe beside the message. */
const colours: Readonly<Record<Severity, number>> = { info: 0x2e86de, warning: 0xe67e22, error: 0xe74c3c };

/** `wait=true`: without it an error in saving is not reported. Nobody is mentioned, whatever a name contains. */
export function discordRequest({ url }: DiscordReceiver, message: Message): HttpRequest {
  const body = { username: 'proxroll', allowed_mentions: { parse: [] }, embeds: [embedOf(message)] };
  return {
    method: 'POST',
    url: withWait(url),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    deadlineMs: messageDeadlineMs,
    effect: 'changes',
  };
}

/** Asks whether the webhook is there, without a message. */
export function discordProbe({ url }: DiscordReceiver): HttpRequest {
  return { method: 'GET', url, deadlineMs: messageDeadlineMs, effect: 'reads' };
}

/** Whole facts are left out before anything is cut in the middle of what matters most: title, text, the first facts. */
function embedOf(message: Message): object {
  const title = cutTo(subjectOf(message), limits.title);
  const description = cutTo(message.text, limits.description);
  const footer = cutTo(
    [message.run === undefined ? '' : `run ${message.run}`, 'proxroll'].filter((part) => part !== '').join(' · '),
    limits.footer,
  );
  let left = limits.total - title.length - description.length - footer.length;
  const fields: { readonly name: string; readonly value: string }[] = [];
  for (const fact of message.facts.slice(0, limits.fields)) {
    const field = { name: cutTo(fact.name, limits.name), value: cutTo(fact.value, limits.value) };
    left -= field.name.length + field.value.length;
    if (left < 0) break;
    fields.push(field);
  }
  return {
    title,
    // An empty one is refused.
    ...(description === '' ? {} : { description }),
    color: colours[message.severity],
    timestamp: new Date(message.atMs).toISOString(),
    fields,
    footer: { text: footer },
  };
}

function withWait(url: string): string {
  const address = new URL(url);
  address.searchParams.set('wait', 'true');
  return address.href;
}

const refusal = z.object({ message: z.string().optional(), code: z.number().optional(), retry_after: z.number().optional() });

/** @returns `later` for its rate limit, with the seconds it asks for, and for trouble of its own */
export function discordDelivery(answer: HttpAnswer): Delivery {
  if (answer.status >= 200 && answer.status < 300) return { kind: 'delivered' };
  const { message, code, retry_after } = answeredJson(answer, refusal) ?? {};
  const why = answerText(answer, [message, code === undefined ? undefined : `code ${code}`]);
  if (answer.status === 429) return laterText(why, answer, retry_after);
  return answer.status >= 500 ? { kind: 'later', why } : { kind: 'refused', why };
}
