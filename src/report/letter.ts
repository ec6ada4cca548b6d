/** A message as a mail: HTML of its own, made for clients that know tables and inline styles only, and the same as plain text. */
import { plainText, subjectOf, type Message, type Severity } from '../model/message.ts';
import type { MailReceiver } from '../model/receiver.ts';
import type { Letter } from '../ports/mail.ts';
import { dateTime } from './clock-time.ts';
import { oneLine } from './paragraph.ts';

/** @param receiver whose sender is `root` at this node unless it names one */
export function letterOf(receiver: Pick<MailReceiver, 'to' | 'from'>, message: Message): Letter {
  return {
    from: receiver.from ?? `proxroll <root@${message.host}>`,
    to: receiver.to,
    // A line break would begin another header.
    subject: `[proxroll] ${oneLine(subjectOf(message))}`,
    text: `${subjectOf(message)}\n\n${plainText(message)}\n\n${origin(message)}\n`,
    html: htmlOf(message),
    atMs: message.atMs,
  };
}

/** Dark enough for white text on them. */
const hues: Readonly<Record<Severity, string>> = { info: '#1f6f43', warning: '#8a4b00', error: '#a3201d' };
const words: Readonly<Record<Severity, string>> = { info: 'for information', warning: 'worth a look', error: 'a person is needed' };

function htmlOf(message: Message): string {
  const { outcome, text, facts, severity, cluster, host } = message;
  const where = cluster === '' || cluster === host ? host : `${cluster}, ${host}`;
  const cell = 'padding:8px 12px;border-top:1px solid #d9dde3;vertical-align:top;text-align:left;';
  const rows = facts.map(
    ({ name, value }) =>
      `<tr><th scope="row" style="${cell}font-weight:600;white-space:nowrap;">${escaped(name)}</th><td style="${cell}">${escaped(value)}</td></tr>`,
  );
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta name="color-scheme" content="light"><title>${escaped(subjectOf(message))}</title></head>`,
    '<body style="margin:0;padding:16px;background:#eef0f3;color:#1b1f24;font:15px/1.5 system-ui,-apple-system,\'Segoe UI\',Roboto,sans-serif;">',
    '<table role="presentation" style="width:100%;max-width:640px;margin:0 auto;border-collapse:collapse;background:#ffffff;">',
    `<tr><td style="padding:14px 16px;background:${hues[severity]};color:#ffffff;">`,
    `<div style="font-size:13px;">${escaped(where)} · ${words[severity]}</div>`,
    `<h1 style="margin:2px 0 0;font-size:19px;line-height:1.3;font-weight:600;">${escaped(outcome)}</h1></td></tr>`,
    text === '' ? '' : `<tr><td style="padding:14px 16px 0;">${escaped(text)}</td></tr>`,
    rows.length === 0
      ? ''
      : `<tr><td style="padding:14px 4px;"><table style="width:100%;border-collapse:collapse;font-size:14px;">${rows.join('')}</table></td></tr>`,
    `<tr><td style="padding:10px 16px 14px;font-size:13px;color:#57606a;">${escaped(origin(message))}</td></tr>`,
    '</table></body></html>',
    '',
  ]
    .filter((line, index, all) => line !== '' || index === all.length - 1)
    .join('\n');
}

function origin({ host, atMs, run }: Message): string {
  return `proxroll on ${host}, ${dateTime(atMs)}${run === undefined ? '' : `; more with: proxroll status, proxroll history ${run}`}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
