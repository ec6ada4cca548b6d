/**
 * Commands on other nodes over ssh: one kept connection per node, several commands at once on it. A connection on which
 * a deadline passed gets no new commands, as it may be dead; the next command makes a new one.
 */
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { ShellFailure } from '../ports/shell.ts';
import type { Answer, Argv, Command, Host, Shell } from '../ports/shell.ts';
import { BatchFrames, BrokenFrame } from './batch-frames.ts';
import type { Frame } from './batch-frames.ts';
import { mustOnlyRead } from './batch.ts';
import type { Deadline } from './deadline.ts';
import { MAX_OUTPUT_BYTES } from './environment.ts';
import { clusterHostKeyFiles, knownHostKeys } from './host-keys.ts';
import type { HostKeyFiles } from './host-keys.ts';
import { MarkedOutput } from './marked-output.ts';
import { batchScript, singleScript, sudoRefusal } from './remote-script.ts';
import type { Elevation } from './remote-script.ts';
import { ConnectFailure, SshConnection } from './ssh-connection.ts';
import { clusterKeyFiles, readPrivateKeys } from './ssh-keys.ts';
import { SshPeers } from './ssh-peers.ts';
import { session } from './ssh-session.ts';
import type { Receiver, SessionUse } from './ssh-session.ts';

export interface SshShellOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** `root` unless given. Another one runs every command through `sudo -n`. */
  readonly user?: string;
  /** Tried in this order; root's cluster key and id_ed25519 unless given. */
  readonly keyFiles?: readonly string[];
  readonly hostKeyFiles?: HostKeyFiles;
  readonly port?: number;
  readonly connectTimeoutMs?: number;
  readonly keepaliveMs?: number;
  readonly keepaliveCount?: number;
  /** Commands at once on one node. sshd allows 10 sessions on a connection (MaxSessions), 8 leaves room. */
  readonly channels?: number;
  /** Of stdout and of stderr each; 64 MiB unless given. */
  readonly maxOutputBytes?: number;
  /** `sudo` for every user but root, unless given. */
  readonly elevation?: Elevation;
}

export interface SshShell extends Shell {
  /** Ends all connections, so that the process can end. */
  close(): void;
}

/**
 * Within the port's contract: a deadline counts from the moment a command has its place (8 at once for each node) and
 * includes the connection; in a batch each command has its own, counted from the end of the one before. Failures name
 * the command that was under way. A sudo that refuses is a failure of kind `login`.
 */
export function sshShell(options: SshShellOptions): SshShell {
  const { clock, random, user = 'root', maxOutputBytes = MAX_OUTPUT_BYTES } = options;
  const elevation = options.elevation ?? (user === 'root' ? 'none' : 'sudo');
  const peers = new SshPeers(options.channels ?? 8, (node, address, signal) => openConnection(options, node, address, user, signal));

  return {
    async run(host, command) {
      const started = clock.elapsed();
      const mark = newMark(random);
      const stdout = new MarkedOutput(mark, maxOutputBytes);
      const stderr = new MarkedOutput(mark, maxOutputBytes);
      const keep =
        (output: MarkedOutput): Receiver =>
        (chunk, giveUp) => {
          if (!output.push(chunk)) giveUp(`printed more than ${maxOutputBytes} bytes`);
        };
      const script = singleScript(command, elevation, mark);
      const use: SessionUse = { stdin: command.stdin ?? '', onStdout: keep(stdout), onStderr: keep(stderr) };
      const exitCode = await session(peers, clock, { host, deadlineMs: command.deadlineMs, script, underWay: () => command.argv }, use);
      const out = stdout.afterMark();
      const err = stderr.afterMark();
      if (out === undefined || err === undefined) {
        const seen = `${stdout.raw()}${stderr.raw()}`.trim();
        throw notStarted(host, command.argv, user, seen);
      }
      const answer: Answer = { exitCode, stdout: out, stderr: err, tookMs: clock.elapsed() - started };
      mustNotBeRefused(host, command, answer, elevation, user);
      return answer;
    },

    async runAll(host, commands) {
      mustOnlyRead(commands);
      const [first] = commands;
      if (first === undefined) return [];
      const mark = newMark(random);
      const frames = new BatchFrames(mark, maxOutputBytes);
      const complaint = new MarkedOutput(mark, maxOutputBytes);
      const answers: Answer[] = [];
      let since = clock.elapsed();
      const answered = (frame: Frame, due: Deadline): void => {
        answers.push({ ...frame, tookMs: clock.elapsed() - since });
        since = clock.elapsed();
        const next = commands[answers.length];
        if (next !== undefined) due.renew(next.deadlineMs);
      };
      const use: SessionUse = {
        stdin: '',
        onStdout(chunk, giveUp, due) {
          try {
            for (const frame of frames.push(chunk)) answered(frame, due);
          } catch (error) {
            if (!(error instanceof BrokenFrame)) throw error;
            giveUp(error.message);
          }
        },
        onStderr(chunk, giveUp) {
          if (!complaint.push(chunk)) giveUp(`printed more than ${maxOutputBytes} bytes`);
        },
      };
      const underWay = (): Argv => (commands[answers.length] ?? first).argv;
      const script = batchScript(commands, elevation, mark);
      await session(peers, clock, { host, deadlineMs: first.deadlineMs, script, underWay }, use);
      if (!frames.begun) throw notStarted(host, first.argv, user, complaint.raw().trim());
      if (answers.length !== commands.length) {
        const detail = `the batch ended after ${answers.length} of ${commands.length} commands: ${complaint.raw().trim() || 'it printed no reason'}`;
        throw new ShellFailure('no-answer', host.name, underWay(), detail);
      }
      commands.forEach((command, index) => {
        const answer = answers[index];
        if (answer !== undefined) mustNotBeRefused(host, command, answer, elevation, user);
      });
      return answers;
    },

    disconnect(host) {
      peers.drop(host.name);
      return Promise.resolve();
    },

    close() {
      peers.dropAll();
    },
  };
}

async function openConnection(
  options: SshShellOptions,
  node: string,
  address: string,
  user: string,
  signal: AbortSignal,
): Promise<SshConnection> {
  const [known, keys] = await Promise.all([
    knownHostKeys(node, options.hostKeyFiles ?? clusterHostKeyFiles).catch((error: Error) => {
      throw new ConnectFailure('host-key', error.message, { cause: error });
    }),
    readPrivateKeys(options.keyFiles ?? clusterKeyFiles),
  ]);
  const { port = 22, connectTimeoutMs = 10_000, keepaliveMs = 15_000, keepaliveCount = 4 } = options;
  return SshConnection.open({ address, port, user, known, keys, connectTimeoutMs, keepaliveMs, keepaliveCount }, signal);
}

function notStarted(host: Host, argv: Argv, user: string, seen: string): ShellFailure {
  return new ShellFailure('login', host.name, argv, `the login shell of ${user} did not start it: ${seen || 'it printed no reason'}`);
}

function mustNotBeRefused(host: Host, command: Command, answer: Answer, elevation: Elevation, user: string): void {
  const refusal = elevation === 'sudo' ? sudoRefusal(answer.exitCode, answer.stderr) : undefined;
  if (refusal === undefined) return;
  const next = `compare /etc/sudoers.d on ${host.name} with what \`proxroll config sudoers\` prints`;
  throw new ShellFailure('login', host.name, command.argv, `sudo does not let ${user} run it (${refusal}); ${next}`);
}

function newMark(random: Random): string {
  return `proxroll-${random.hex(8)}`;
}
