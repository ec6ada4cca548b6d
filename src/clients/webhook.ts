/** Any service that takes a request: the body is a template of the administrator's, or the whole message as JSON. */
import { plainText, subjectOf, type Message } from '../model/message.ts';
import type { Delivery, WebhookReceiver } from '../model/receiver.ts';
import { escapedForJson, filled } from '../model/template.ts';
import { originOf, type HttpAnswer, type HttpRequest } from '../ports/http.ts';
import { deliveryOf, messageDeadlineMs } from './message-request.ts';

export function webhookRequest(receiver: WebhookReceiver, message: Message): HttpRequest {
  const { url, method, headers, contentType, template, trusts } = receiver;
  return {
    method,
    url,
    headers: { 'content-type': contentType, ...headers },
    body: template === undefined ? JSON.stringify(wholeMessage(message)) : filled(template, message, escapeFor(contentType)),
    deadlineMs: messageDeadlineMs,
    effect: 'changes',
    ...(trusts === undefined ? {} : { trusts }),
  };
}

/** Asks for nothing but an answer: at the root of the host, because what a request to the address itself would start nobody knows. */
export function webhookProbe({ url, trusts }: WebhookReceiver): HttpRequest {
  const trust = trusts === undefined ? {} : { trusts };
  return { method: 'HEAD', url: `${originOf(url)}/`, deadlineMs: messageDeadlineMs, effect: 'reads', ...trust };
}

export function webhookDelivery(answer: HttpAnswer): Delivery {
  // What it says is not told: it may be anything, and may repeat what was sent.
  return deliveryOf(answer);
}

function wholeMessage(message: Message): object {
  const { kind, severity, cluster, host, run, atMs, outcome, text, facts } = message;
  const time = new Date(atMs).toISOString();
  return { kind, severity, cluster, host, run, time, subject: subjectOf(message), outcome, text, facts, body: plainText(message) };
}

function escapeFor(contentType: string): (value: string) => string {
  if (/[/+]json\b/i.test(contentType)) return escapedForJson;
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType)) return encodeURIComponent;
  if (/[/+]xml\b|\/html\b/i.test(contentType)) return (value) => value.replaceAll(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`);
  return (value) => value;
}
