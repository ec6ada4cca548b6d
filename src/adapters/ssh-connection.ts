/** One ssh connection to one node. It ends once and is not used again; `sshShell` makes a new one. */
import { Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { Client, ClientChannel, PublicKeyAuthMethod } from 'ssh2';
import type { ShellFailureKind } from '../ports/shell.ts';
import { hostKeyAlgorithms, whyRefused, whyUnknown } from './host-keys.ts';
import type { KnownKeys } from './host-keys.ts';
import type { PrivateKeys } from './ssh-keys.ts';

export interface SshTarget {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly known: KnownKeys;
  readonly keys: PrivateKeys;
  /** From the first packet to the login. */
  readonly connectTimeoutMs: number;
  readonly keepaliveMs: number;
  /** Unanswered keepalives after which the connection counts as lost. */
  readonly keepaliveCount: number;
}

/** No connection; nothing was run. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure';
  constructor(
    readonly kind: Extract<ShellFailureKind, 'unreachable' | 'host-key' | 'login'>,
    detail: string,
    options?: { readonly cause?: unknown },
  ) {
    super(detail, options);
  }
}

export interface ChannelUse {
  readonly stdin: string;
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
  /** Aborted: nobody waits any more; the channel is closed without asking what became of the command. */
  readonly signal: AbortSignal;
}

export type ChannelEnd =
  | { readonly how: 'exit'; readonly exitCode: number }
  | { readonly how: 'signal'; readonly signal: string }
  /** The connection or the channel broke: the command may have run and may still be running. */
  | { readonly how: 'lost'; readonly detail: string }
  /** The command was never sent. */
  | { readonly how: 'not-started'; readonly detail: string }
  | { readonly how: 'given-up' };

export class SshConnection {
  readonly #client: Client;
  readonly #socket: Socket;
  #open = true;
  #trouble: string | undefined;
  #uses = 0;
  #endWhenIdle = false;

  /** @throws ConnectFailure */
  static async open(target: SshTarget, signal: AbortSignal): Promise<SshConnection> {
    const { known, keys } = target;
    const algorithms = hostKeyAlgorithms(known);
    if (algorithms.length === 0) throw new ConnectFailure('host-key', whyUnknown(known));
    if (keys.usable.length === 0) throw new ConnectFailure('login', `no private key to log in with: ${keys.unusable.join(', ')}`);
    const socket = new Socket();
    const client = new ssh2.Client();
    const connection = new SshConnection(client, socket);
    await new Promise<void>((resolve, reject) => {
      let phase: Phase = 'connecting';
      let refused: string | undefined;
      const stopListening = (): void => {
        signal.removeEventListener('abort', abort);
        client.off('error', fail).off('close', closed);
      };
      const fail = (error: Error): void => {
        stopListening();
        socket.destroy();
        reject(connectFailure(target, phase, refused, error));
      };
      const abort = (): void => fail(new Error('the connection is no longer wanted'));
      const closed = (): void => fail(new Error('the other side closed the connection'));
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort);
      client.on('error', fail).on('close', closed);
      client.once('handshake', () => (phase = 'logging in'));
      client.once('ready', () => {
        stopListening();
        resolve();
      });
      socket.setNoDelay(true);
      client.connect({
        sock: socket,
        username: target.user,
        authHandler: keys.usable.map(({ key }): PublicKeyAuthMethod => ({ type: 'publickey', username: target.user, key })),
        algorithms: { serverHostKey: [...algorithms] },
        hostVerifier: (shown: Buffer) => (refused = whyRefused(known, shown)) === undefined,
        readyTimeout: target.connectTimeoutMs,
        keepaliveInterval: target.keepaliveMs,
        keepaliveCountMax: target.keepaliveCount,
      });
      socket.connect({ host: target.address, port: target.port });
    });
    return connection;
  }

  private constructor(client: Client, socket: Socket) {
    this.#client = client;
    this.#socket = socket;
    // Always listened to, or an error on an idle connection would end the process.
    client.on('error', (error) => (this.#trouble ??= error.message));
    client.on('close', () => (this.#open = false));
    client.on('end', () => (this.#open = false));
  }

  /** False when it is known to be dead; true is a hope. */
  get usable(): boolean {
    return this.#open && !this.#endWhenIdle && this.#socket.writable;
  }

  /** Runs one command on a channel of its own. Never rejects. */
  async exec(script: string, use: ChannelUse): Promise<ChannelEnd> {
    this.#uses += 1;
    try {
      return await this.#exec(script, use);
    } finally {
      this.#uses -= 1;
      if (this.#uses === 0 && this.#endWhenIdle) this.end();
    }
  }

  /** No new commands; those under way go on, and the connection ends with the last. */
  retire(): void {
    this.#endWhenIdle = true;
    if (this.#uses === 0) this.end();
  }

  /** Ends it now. Commands under way are lost. */
  end(): void {
    this.#trouble ??= 'the connection was closed by us';
    this.#open = false;
    this.#client.end();
    // `end` waits for the other side, which may be dead. What the kernel already has is still sent.
    this.#socket.destroy();
  }

  #exec(script: string, { stdin, onStdout, onStderr, signal }: ChannelUse): Promise<ChannelEnd> {
    return new Promise((resolve) => {
      let channel: ClientChannel | undefined;
      const finish = (end: ChannelEnd): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(end);
      };
      const giveUp = (): void => {
        channel?.close();
        finish({ how: 'given-up' });
      };
      if (signal.aborted) return giveUp();
      signal.addEventListener('abort', giveUp);
      const opened = (error: Error | undefined, fresh: ClientChannel): void => {
        if (error !== undefined) return finish(this.#notOpened(error));
        channel = fresh;
        if (signal.aborted) return channel.close();
        let end: ChannelEnd | undefined;
        channel.on('exit', (code: number | null, name?: string) => {
          end = code === null ? { how: 'signal', signal: name ?? 'a signal' } : { how: 'exit', exitCode: code };
        });
        channel.on('error', (cause: Error) => (this.#trouble ??= cause.message));
        channel.on('data', onStdout);
        channel.stderr.on('data', onStderr);
        channel.on('close', () => finish(end ?? { how: 'lost', detail: this.#trouble ?? 'the connection broke before the command ended' }));
        channel.end(stdin);
      };
      try {
        this.#client.exec(script, opened);
      } catch (error) {
        finish({ how: 'not-started', detail: (error as Error).message });
      }
    });
  }

  #notOpened(error: Error): ChannelEnd {
    // ssh2's only words after the request was sent; all its other errors come from opening the channel, before that.
    if (error.message === 'Unable to exec') return { how: 'lost', detail: this.#trouble ?? 'the ssh server did not start the command' };
    return { how: 'not-started', detail: this.#trouble ?? error.message };
  }
}

type Phase = 'connecting' | 'logging in';

function connectFailure(target: SshTarget, phase: Phase, refused: string | undefined, error: Error): ConnectFailure {
  const { address, port, user, known, keys } = target;
  const because = { cause: error };
  if (refused !== undefined) return new ConnectFailure('host-key', refused, because);
  if (error.message.includes('no matching host key format')) {
    const types = known.trusted.map(({ type }) => type).join(', ');
    return new ConnectFailure(
      'host-key',
      `it has no host key of a type that is known for it (${types} in ${known.files.join(', ')})`,
      because,
    );
  }
  const level = 'level' in error ? error.level : undefined;
  // A number is the reason of an SSH disconnect message, such as "Too many authentication failures".
  if (level === 'client-authentication' || (phase === 'logging in' && 'code' in error && typeof error.code === 'number')) {
    const files = keys.usable.map(({ file }) => file).join(', ');
    // The keys that root may use lie on the cluster file system (facts 7.1).
    const next = `see whether ${known.node} has the key in authorized_keys and runs pve-cluster`;
    return new ConnectFailure(
      'login',
      `${address} port ${port} does not let ${user} in with ${files} (${error.message}); ${next}`,
      because,
    );
  }
  const detail = level === 'client-timeout' ? `no ssh login within ${target.connectTimeoutMs} ms` : messageOf(error);
  return new ConnectFailure('unreachable', `no ssh connection to ${address} port ${port} (while ${phase}): ${detail}`, because);
}

/** Node joins the failures of several addresses in an error without words of its own. */
function messageOf(error: Error): string {
  if (error instanceof AggregateError)
    return error.errors.map((one: unknown) => (one instanceof Error ? one.message : String(one))).join(', ');
  return error.message;
}
