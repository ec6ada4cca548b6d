/**
 * `proxroll status --follow` in the terminal this is started in, on the state folder of `service-here.ts`: run by `follow.test.ts` below tmux. Only
 * systemd is not asked: whether the service works is whether its process does.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileStore } from '../../src/adapters/file-store.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { systemRandom } from '../../src/adapters/system-random.ts';
import { terminal } from '../../src/adapters/terminal.ts';
import type { Entrance } from '../../src/cli/actions.ts';
import { runProgram } from '../../src/cli/program.ts';
import { siteActions } from '../../src/cli/site-actions.ts';
import { configSchema } from '../../src/config/schema.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Shell } from '../../src/ports/shell.ts';

const [folder = '', speed = '60'] = process.argv.slice(2);
const real = systemClock();
const pidFile = join(folder, 'pid');
while (!existsSync(pidFile)) await real.sleep(50);
const [pid = 0, beganMs = 0] = readFileSync(pidFile, 'utf8').split(' ').map(Number);

/** The view's seconds are those of the simulated cluster. */
const clock: Clock = {
  now: () => Date.UTC(2026, 2, 1, 4) + (Date.now() - beganMs) * Number(speed),
  elapsed: () => real.elapsed(),
  sleep: (ms, signal) => real.sleep(ms / 4, signal),
};

function works(): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const never = (): never => {
  throw new Error('following needs none of this');
};
const shell: Shell = {
  run: (_host, { argv }) => {
    if (argv.slice(0, 3).join(' ') !== 'systemctl show proxroll.service') return never();
    const stdout = `ActiveState=${works() ? 'active' : 'inactive'}\nExecMainStatus=0\nInvocationID=1\n`;
    return Promise.resolve({ exitCode: 0, stdout, stderr: '', tookMs: 1 });
  },
  runAll: never,
  disconnect: never,
};
const config = configSchema.parse({});
const ports = { shell, http: { send: never }, clock, random: systemRandom(), store: fileStore(folder) };
const actions = siteActions(
  { ports, config, version: '0.1.0' },
  {
    globals: { debug: false },
    redact: (text) => text,
    stop: new AbortController().signal,
    tellStatus: never,
    outward: { seen: never, event: never, ended: never, failed: never, settled: never },
    writeTextfile: never,
    serveMetrics: never,
  },
);
const entrance: Entrance = {
  version: '0.1.0',
  clock,
  out: terminal(
    process.stdout,
    (text) => text,
    () => undefined,
  ),
  err: terminal(
    process.stderr,
    (text) => text,
    () => undefined,
  ),
  interactive: true,
  startedByTimer: false,
  ask: never,
  onInterrupt: () => () => undefined,
  readConfig: () => Promise.resolve({ config }),
  receivers: never,
  sudoers: never,
  readText: never,
  writeText: never,
  writeBytes: never,
  demo: never,
  connect: () => Promise.resolve(actions),
};
process.exitCode = await runProgram(['status', '--follow'], entrance);
