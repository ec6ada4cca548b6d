/** One script on another node: its place, the connection, the channel, the deadline, and what a failure is called. */
import type { Clock } from '../ports/clock.ts';
import { ShellFailure } from '../ports/shell.ts';
import type { Argv, Host, ShellFailureKind } from '../ports/shell.ts';
import { deadline } from './deadline.ts';
import type { Deadline } from './deadline.ts';
import { ConnectFailure } from './ssh-connection.ts';
import type { SshConnection } from './ssh-connection.ts';
import type { SshPeers } from './ssh-peers.ts';

export interface SessionOrder {
  readonly host: Host;
  readonly script: string;
  /** From the moment there is a place, the connection included; a receiver may put it off. */
  readonly deadlineMs: number;
  /** The command that a failure of this moment is about. */
  readonly underWay: () => Argv;
}

/** Takes a piece of output; `giveUp` ends the session as one without an answer. */
export type Receiver = (chunk: Buffer, giveUp: (reason: string) => void, due: Deadline) => void;

export interface SessionUse {
  readonly stdin: string;
  readonly onStdout: Receiver;
  readonly onStderr: Receiver;
}

/** @returns the exit code of the script @throws ShellFailure */
export async function session(peers: SshPeers, clock: Clock, order: SessionOrder, use: SessionUse): Promise<number> {
  const { host, script, deadlineMs, underWay } = order;
  const giveBack = await peers.takePlace(host);
  const due = deadline(clock, deadlineMs);
  const stop = new AbortController();
  let why = '';
  const giveUp = (reason: string): void => {
    why ||= reason;
    stop.abort();
  };
  due.signal.addEventListener('abort', () => giveUp('no answer within its deadline'));
  const fail = (kind: ShellFailureKind, detail: string, cause?: unknown): ShellFailure =>
    new ShellFailure(kind, host.name, underWay(), detail, { cause });
  const attempt = async (connection: SshConnection): Promise<number | 'not-started'> => {
    const end = await connection.exec(script, {
      stdin: use.stdin,
      onStdout: (chunk) => use.onStdout(chunk, giveUp, due),
      onStderr: (chunk) => use.onStderr(chunk, giveUp, due),
      signal: stop.signal,
    });
    switch (end.how) {
      case 'exit':
        return end.exitCode;
      case 'signal':
        throw fail('no-answer', `was ended by ${end.signal}`);
      case 'lost':
        throw fail('no-answer', end.detail);
      case 'given-up':
        // It may be the connection that is dead, so the next command makes a new one.
        peers.retire(host, connection);
        throw fail('no-answer', why);
      case 'not-started':
        peers.retire(host, connection);
        why = end.detail;
        return end.how;
    }
  };
  try {
    // Twice: a kept connection may have died while idle. What was never sent cannot run twice.
    for (let tries = 0; tries < 2; tries += 1) {
      const connection = await orGivenUp(peers.connect(host), stop.signal);
      if (connection === undefined) throw fail('unreachable', 'no ssh connection within the deadline of the command');
      const ended = await attempt(connection);
      if (ended !== 'not-started') return ended;
    }
    throw fail('unreachable', why);
  } catch (error) {
    if (error instanceof ConnectFailure) throw fail(error.kind, error.message, error);
    throw error;
  } finally {
    due.stop();
    giveBack();
  }
}

/** @returns `undefined` when the signal came first */
function orGivenUp<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(undefined);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
