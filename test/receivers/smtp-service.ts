/** A real SMTP server with STARTTLS or TLS from the start, and a login. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { Certificate } from '../certificate.ts';

export interface SmtpService {
  readonly port: number;
  readonly letters: readonly {
    readonly from: string;
    readonly to: readonly string[];
    readonly secure: boolean;
    readonly user: string;
    readonly text: string;
  }[];
  close(): Promise<void>;
}

export interface SmtpSetting {
  readonly tls: 'starttls' | 'implicit' | 'none';
  readonly certificate: Certificate;
  readonly login?: { readonly user: string; readonly password: string };
  /** What it says to a login that is wrong; real ones may repeat what they were sent. */
  readonly refusal?: string;
  /** Refuses each letter with this code. */
  readonly refuses?: number;
}

export async function smtpService({
  tls,
  certificate,
  login,
  refusal = 'Invalid username or password',
  refuses,
}: SmtpSetting): Promise<SmtpService> {
  const letters: SmtpService['letters'][number][] = [];
  const server = new SMTPServer({
    secure: tls === 'implicit',
    ...certificate,
    logger: false,
    authOptional: login === undefined,
    disabledCommands: [...(login === undefined ? ['AUTH'] : []), ...(tls === 'none' ? ['STARTTLS'] : [])],
    onAuth: ({ username, password }, _session, callback) => {
      if (login !== undefined && username === login.user && password === login.password) callback(null, { user: username });
      else callback(new Error(refusal));
    },
    onData: (stream, session, callback) => {
      let text = '';
      stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      stream.on('end', () => {
        if (refuses !== undefined) return callback(Object.assign(new Error('not now'), { responseCode: refuses }));
        const { mailFrom, rcptTo } = session.envelope;
        letters.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          secure: session.secure,
          user: String(session.user ?? ''),
          text,
        });
        callback();
      });
    },
  });
  // A client that hangs up over a certificate is what is tested, not an error of the server.
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => listening.once('listening', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    letters,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
