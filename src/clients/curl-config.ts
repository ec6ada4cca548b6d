/**
 * Messages as a config file of curl, for a peer that has to send them when we cannot: it has curl and no proxroll. In a file and
 * not as arguments, because addresses and headers hold secrets. Source: `man curl`, --config, --next.
 */
import { subjectOf, plainText, type Message } from '../model/message.ts';
import type { MailReceiver } from '../model/receiver.ts';
import type { HttpRequest } from '../ports/http.ts';

/** One mail by SMTP, or one request. */
export type Sending =
  { readonly request: HttpRequest } | { readonly mail: MailReceiver & { readonly smtp: object }; readonly message: Message };

/** For all of them: quiet, a failure is a failure, and what may pass is tried again. */
const each = [
  'silent',
  'show-error',
  'fail',
  'globoff',
  option('max-time', '30'),
  option('retry', '5'),
  'retry-connrefused',
  option('output', '/dev/null'),
];

/** @returns the file, or nothing when there is nobody to tell */
export function curlConfig(sendings: readonly Sending[]): string | undefined {
  if (sendings.length === 0) return undefined;
  return `${sendings.map((sending) => [...each, ...('request' in sending ? ofRequest(sending.request) : ofMail(sending.mail, sending.message))].join('\n')).join('\nnext\n')}\n`;
}

function ofRequest({ method, url, headers = {}, body }: HttpRequest): readonly string[] {
  return [
    option('url', url),
    option('request', method),
    ...Object.entries(headers).map(([name, value]) => option('header', `${name}: ${value}`)),
    ...(body === undefined ? [] : [option('data-raw', body)]),
  ];
}

function ofMail({ to, from, smtp }: MailReceiver, message: Message): readonly string[] {
  if (smtp === undefined) return [];
  const { host, port, tls, login } = smtp;
  const sender = from ?? `root@${message.host}`;
  return [
    option('url', `${tls === 'implicit' ? 'smtps' : 'smtp'}://${host.includes(':') ? `[${host}]` : host}:${port}`),
    ...(tls === 'starttls' ? ['ssl-reqd'] : []),
    ...(login === undefined ? [] : [option('user', `${login.user}:${login.password}`)]),
    option('mail-from', sender),
    ...to.map((address) => option('mail-rcpt', address)),
    option('header', `From: ${sender}`),
    option('header', `To: ${to.join(', ')}`),
    option('header', `Subject: [proxroll] ${subjectOf(message).replaceAll(/[^\x20-\x7e]/g, '?')}`),
    option('header', 'Auto-Submitted: auto-generated'),
    option('form-string', `=${plainText(message)}\n`),
  ];
}

function option(name: string, value: string): string {
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return `${name} = "${escaped}"`;
}
