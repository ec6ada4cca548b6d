/** One message to one receiver, one attempt: which client speaks to which kind, and what its answer means. */
import { discordDelivery, discordProbe, discordRequest } from '../clients/discord.ts';
import { gotifyDelivery, gotifyProbe, gotifyRequest } from '../clients/gotify.ts';
import { answerText, messageDeadlineMs } from '../clients/message-request.ts';
import { ntfyDelivery, ntfyProbe, ntfyRequest } from '../clients/ntfy.ts';
import { webhookDelivery, webhookProbe, webhookRequest } from '../clients/webhook.ts';
import type { Message } from '../model/message.ts';
import type { Delivery, MailReceiver, Receiver } from '../model/receiver.ts';
import { HttpFailure, type Http, type HttpAnswer, type HttpRequest } from '../ports/http.ts';
import { MailFailure, type Mail, type MailWay } from '../ports/mail.ts';
import { letterOf } from './letter.ts';

/** How a message leaves the node. */
export interface Post {
  readonly http: Http;
  readonly mail: Mail;
}

/** A mail server may think about a letter for a while. */
const mailDeadlineMs = 30_000;

/** The request for a receiver that is reached by HTTP. */
export function requestFor(receiver: Exclude<Receiver, MailReceiver>, message: Message): HttpRequest {
  switch (receiver.kind) {
    case 'discord':
      return discordRequest(receiver, message);
    case 'ntfy':
      return ntfyRequest(receiver, message);
    case 'gotify':
      return gotifyRequest(receiver, message);
    case 'webhook':
      return webhookRequest(receiver, message);
    default:
      return receiver satisfies never;
  }
}

const readings: Readonly<Record<Exclude<Receiver['kind'], 'mail'>, (answer: HttpAnswer) => Delivery>> = {
  discord: discordDelivery,
  ntfy: ntfyDelivery,
  gotify: gotifyDelivery,
  webhook: webhookDelivery,
};

/** Never throws for what may go wrong on the way; `why` may repeat what a server said, and is redacted by whoever shows it. */
export async function deliver(receiver: Receiver, message: Message, { http, mail }: Post): Promise<Delivery> {
  try {
    if (receiver.kind === 'mail') {
      await mail.send(letterOf(receiver, message), wayOf(receiver), mailDeadlineMs);
      return { kind: 'delivered' };
    }
    return readings[receiver.kind](await http.send(requestFor(receiver, message)));
  } catch (error) {
    if (error instanceof HttpFailure)
      return { kind: error.kind === 'certificate' || error.kind === 'dry-run' ? 'refused' : 'later', why: error.message };
    if (error instanceof MailFailure)
      return { kind: /^(certificate|login|refused)$/.test(error.kind) ? 'refused' : 'later', why: mailTrouble(receiver, error) };
    throw error;
  }
}

/** Whether the receiver could be told, found out without telling it anything. @returns what is wrong, or nothing */
export async function probe(receiver: Receiver, { http, mail }: Post): Promise<string | undefined> {
  try {
    if (receiver.kind === 'mail') {
      await mail.probe(wayOf(receiver), messageDeadlineMs);
      return undefined;
    }
    return wrongWith(receiver, await http.send(probeFor(receiver)));
  } catch (error) {
    if (error instanceof HttpFailure) return `${httpTrouble[error.kind]}: ${error.message}`;
    if (error instanceof MailFailure) return mailTrouble(receiver, error);
    throw error;
  }
}

function probeFor(receiver: Exclude<Receiver, MailReceiver>): HttpRequest {
  switch (receiver.kind) {
    case 'discord':
      return discordProbe(receiver);
    case 'ntfy':
      return ntfyProbe(receiver);
    case 'gotify':
      return gotifyProbe(receiver);
    case 'webhook':
      return webhookProbe(receiver);
    default:
      return receiver satisfies never;
  }
}

/** A webhook's root may answer whatever it likes: that it answers is enough. */
function wrongWith(receiver: Receiver, answer: HttpAnswer): string | undefined {
  if (receiver.kind === 'webhook' || (answer.status >= 200 && answer.status < 300)) return undefined;
  if (receiver.kind === 'discord' && (answer.status === 401 || answer.status === 404))
    return `${answerText(answer)}: there is no such webhook any more`;
  if (receiver.kind === 'ntfy' && answer.status === 401) return `${answerText(answer)}: the server does not know this token`;
  return answerText(answer);
}

function wayOf({ smtp }: MailReceiver): MailWay {
  return smtp === undefined ? { kind: 'sendmail' } : { kind: 'smtp', ...smtp };
}

const httpTrouble: Readonly<Record<HttpFailure['kind'], string>> = {
  unreachable: 'cannot be reached',
  certificate: 'has a certificate that is not trusted',
  'no-answer': 'does not answer',
  'dry-run': 'was not asked',
};

const mailTroubles: Readonly<Record<MailFailure['kind'], string>> = {
  unreachable: 'cannot be reached',
  'no-answer': 'does not answer',
  later: 'cannot take mail now',
  certificate: 'offers no TLS that can be trusted',
  login: 'refused the login',
  refused: 'refused the mail',
};

function mailTrouble(receiver: Receiver, { kind, message }: MailFailure): string {
  const where = receiver.kind === 'mail' && receiver.smtp !== undefined ? `${receiver.smtp.host}:${receiver.smtp.port}` : 'sendmail';
  return `${where} ${mailTroubles[kind]}: ${message}`;
}
