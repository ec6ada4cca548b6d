/** The one way to send a mail: through an SMTP server, or through the sendmail of the node. */
import type { SmtpServer } from '../model/receiver.ts';

export interface Letter {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly atMs: number;
}

export type MailWay = { readonly kind: 'sendmail' } | ({ readonly kind: 'smtp' } & SmtpServer);

export interface Mail {
  /** Resolves when the letter was accepted, which is not yet delivered. @throws MailFailure */
  send(letter: Letter, way: MailWay, deadlineMs: number): Promise<void>;
  /** Goes as far as the login, without a letter. @throws MailFailure */
  probe(way: MailWay, deadlineMs: number): Promise<void>;
}

/**
 * `unreachable`, `no-answer`, `later`: worth another try. `certificate`, `login`, `refused`: the same would be refused again.
 * `certificate` is also a server that does not offer the TLS that was asked for.
 */
export type MailFailureKind = 'unreachable' | 'no-answer' | 'later' | 'certificate' | 'login' | 'refused';

export class MailFailure extends Error {
  override readonly name = 'MailFailure';
  /** @param detail may repeat what the server said; whoever shows it takes secrets out of it */
  constructor(
    readonly kind: MailFailureKind,
    detail: string,
    options?: { readonly cause?: unknown },
  ) {
    super(detail, options);
  }
}
