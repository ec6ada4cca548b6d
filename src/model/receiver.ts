/** Who is told: a receiver as it is worked with, all secrets in it read. Never printed as a whole. */
import { atLeast, type Message, type MessageKind, type Severity } from './message.ts';

export type Receiver = MailReceiver | DiscordReceiver | NtfyReceiver | GotifyReceiver | WebhookReceiver;

interface ReceiverBase {
  /** As the config names it. */
  readonly name: string;
  /** Messages below it are not sent. */
  readonly severity: Severity;
  /** Only these kinds; empty means all. */
  readonly about: readonly MessageKind[];
}

export interface MailReceiver extends ReceiverBase {
  readonly kind: 'mail';
  readonly to: readonly [string, ...string[]];
  readonly from?: string;
  /** Missing: by the sendmail of the node. */
  readonly smtp?: SmtpServer;
}

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `starttls` is demanded, not merely offered. */
  readonly tls: 'starttls' | 'implicit' | 'none';
  readonly login?: { readonly user: string; readonly password: string };
  readonly trusts?: string;
}

export interface DiscordReceiver extends ReceiverBase {
  readonly kind: 'discord';
  readonly url: string;
}

export interface NtfyReceiver extends ReceiverBase {
  readonly kind: 'ntfy';
  /** Without a path at its end. */
  readonly server: string;
  readonly topic: string;
  readonly token?: string;
  readonly click?: string;
  readonly trusts?: string;
}

export interface GotifyReceiver extends ReceiverBase {
  readonly kind: 'gotify';
  readonly server: string;
  readonly token: string;
  readonly trusts?: string;
}

export interface WebhookReceiver extends ReceiverBase {
  readonly kind: 'webhook';
  readonly url: string;
  readonly method: 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  /** Missing: the whole message as JSON. */
  readonly template?: string;
  readonly trusts?: string;
}

export function wants({ severity, about }: Pick<Receiver, 'severity' | 'about'>, message: Pick<Message, 'kind' | 'severity'>): boolean {
  // Whoever asks for a test wants to see it arrive.
  if (message.kind === 'test') return true;
  return atLeast(message.severity, severity) && (about.length === 0 || about.includes(message.kind));
}

/** What became of one attempt. `later`: worth another one, not before `afterMs` where the receiver said so. `refused`: the same would be refused again. */
export type Delivery =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'later'; readonly why: string; readonly afterMs?: number }
  | { readonly kind: 'refused'; readonly why: string };
