/** The lab's own way onto its hosts: ssh from the switch, with a key that only the lab has. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { attempt } from './command.ts';
import type { Outcome } from './command.ts';

export class LabSsh {
  /** @param folder holds `lab_key` and `known_hosts` (names and addresses of all hosts) */
  constructor(private readonly folder: string) {}

  /** Arguments for `ssh`, up to and without the command. */
  argv(address: string): readonly string[] {
    const options = {
      BatchMode: 'yes',
      ConnectTimeout: '3',
      ServerAliveInterval: '2',
      ServerAliveCountMax: '2',
      LogLevel: 'ERROR',
      IdentitiesOnly: 'yes',
      IdentityFile: join(this.folder, 'lab_key'),
      UserKnownHostsFile: join(this.folder, 'known_hosts'),
      GlobalKnownHostsFile: 'none',
      StrictHostKeyChecking: 'yes',
    };
    return ['-F', 'none', ...Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]), `root@${address}`];
  }

  /** Runs a shell line as root. Exit code 255 is ssh's own, or the command's. */
  async try(address: string, script: string, timeoutMs = 30_000): Promise<Outcome> {
    return attempt(['ssh', ...this.argv(address), '--', script], { timeoutMs });
  }

  /** Runs a shell line that must succeed. @returns its stdout @throws Error with what it printed */
  async run(address: string, script: string, timeoutMs = 30_000): Promise<string> {
    const outcome = await this.try(address, script, timeoutMs);
    if (outcome.exitCode === 0) return outcome.stdout;
    throw new Error(`on ${address}: ${script}\nexit code ${outcome.exitCode}\n${outcome.stdout}${outcome.stderr}`);
  }
}

/** Asks until the answer is there. @throws Error with `what` when the deadline is over */
export async function until<T>(what: string, deadlineMs: number, ask: () => Promise<T | undefined>, everyMs = 100): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`not within ${deadlineMs / 1000} s: ${what}`);
    await delay(everyMs);
  }
}
