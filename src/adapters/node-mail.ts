/** Mail by nodemailer, which is loaded with the first letter; sendmail is a child process that is given the whole letter on stdin. */
import { execa } from 'execa';
import type { Transporter } from 'nodemailer';
import { MailFailure } from '../ports/mail.ts';
import type { Letter, Mail, MailFailureKind, MailWay } from '../ports/mail.ts';
import { COMMAND_ENV } from './environment.ts';

/** Where every MTA of Debian puts it. */
const sendmailPath = '/usr/sbin/sendmail';

/** @param sendmail another program in its place, for tests */
export function nodeMail(sendmail = sendmailPath): Mail {
  return {
    async send(letter, way, deadlineMs) {
      if (way.kind === 'sendmail') return bySendmail(sendmail, letter, deadlineMs);
      await withTransport(way, deadlineMs, (transport) => transport.sendMail(contents(letter)));
    },
    async probe(way, deadlineMs) {
      if (way.kind === 'smtp') return withTransport(way, deadlineMs, (transport) => transport.verify());
      const { access, constants } = await import('node:fs/promises');
      await access(sendmail, constants.X_OK).catch(() => {
        throw new MailFailure('refused', `there is no ${sendmail} on this node`);
      });
    },
  };
}

function contents({ from, to, subject, text, html, atMs }: Letter) {
  return {
    from,
    to: [...to],
    subject,
    text,
    html,
    date: new Date(atMs),
    // So that an absent person's mailbox does not answer (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

async function withTransport(
  { host, port, tls, login, trusts }: Extract<MailWay, { kind: 'smtp' }>,
  deadlineMs: number,
  use: (transport: Transporter) => Promise<unknown>,
): Promise<void> {
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    connectionTimeout: deadlineMs,
    greetingTimeout: deadlineMs,
    socketTimeout: deadlineMs,
    ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password } }),
    ...(trusts === undefined ? {} : { tls: { ca: trusts } }),
  });
  const late = AbortSignal.timeout(deadlineMs);
  try {
    await Promise.race([
      use(transport as Transporter),
      new Promise<never>((_resolve, reject) =>
        late.addEventListener('abort', () => reject(new MailFailure('no-answer', `no answer within ${Math.round(deadlineMs / 1000)} s`)), {
          once: true,
        }),
      ),
    ]);
  } catch (error) {
    throw error instanceof MailFailure ? error : failureOf(error);
  } finally {
    transport.close();
  }
}

interface SmtpError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
}

function failureOf(error: unknown): MailFailure {
  const { message, code = '', responseCode } = error as SmtpError;
  return new MailFailure(kindOf(code, message, responseCode), message.split('\n')[0] ?? '');
}

/** nodemailer's words, OpenSSL's, and the server's own: 4xx passes, 5xx does not (RFC 5321). */
function kindOf(code: string, message: string, responseCode: number | undefined): MailFailureKind {
  if (code === 'ETLS' || /certificate|altname|self.signed|SSL routines|wrong version number/i.test(message)) return 'certificate';
  if (code === 'EAUTH' || code === 'ENOAUTH') return responseCode !== undefined && responseCode < 500 ? 'later' : 'login';
  if (responseCode !== undefined) return responseCode < 500 ? 'later' : 'refused';
  if (/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_/.test(`${code} ${message}`) || code === 'EDNS') return 'unreachable';
  return code === 'EENVELOPE' || code === 'EMESSAGE' || code === 'ECONFIG' ? 'refused' : 'no-answer';
}

/** 75 is EX_TEMPFAIL of sysexits.h; 0 means queued, not delivered. */
async function bySendmail(program: string, letter: Letter, deadlineMs: number): Promise<void> {
  const { createTransport } = await import('nodemailer');
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
  const { message, envelope } = await composer.sendMail(contents({ ...letter, to: [] }));
  const from = typeof envelope.from === 'string' ? envelope.from : letter.from;
  // -i: a line with a single dot must not end the letter.
  const words = ['-i', '-B', '8BITMIME', '-f', from, '--', ...letter.to];
  try {
    await execa(program, words, {
      cwd: '/',
      env: COMMAND_ENV,
      extendEnv: false,
      // nodemailer drops a name without a host, such as root, so the header is ours.
      input: `To: ${letter.to.join(', ')}\n${(message as Buffer).toString()}`,
      timeout: deadlineMs,
    });
  } catch (error) {
    const { exitCode, code, timedOut, stderr } = error as { exitCode?: number; code?: string; timedOut?: boolean; stderr?: string };
    if (code === 'ENOENT') throw new MailFailure('refused', `there is no ${program} on this node`);
    if (timedOut === true) throw new MailFailure('no-answer', `sendmail did not end within ${Math.round(deadlineMs / 1000)} s`);
    const said = (stderr ?? '').trim().split('\n').slice(-1).join('');
    const detail = `sendmail ended with exit code ${exitCode ?? 'none'}${said === '' ? '' : `: ${said}`}`;
    throw new MailFailure(exitCode === 75 || exitCode === undefined ? 'later' : 'refused', detail);
  }
}
