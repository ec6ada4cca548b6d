/** The composition root: the one file that knows real adapters, the environment, arguments and signals. */
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { createInterface } from 'node:readline/promises';
import type { Actions, Entrance, Globals, Need } from './cli/actions.ts';
import type { Telling } from './cli/telling.ts';
import { Exit } from './cli/exit-codes.ts';
import { runProgram } from './cli/program.ts';
import type { Logger } from './adapters/journald.ts';
import { systemClock } from './adapters/system-clock.ts';
import { terminal } from './adapters/terminal.ts';
import type { Outward } from './cli/outward.ts';
import type { Site } from './run/site.ts';
import type { At } from './clients/at.ts';
import type { Config } from './config/schema.ts';

/** Set by the build; a checkout that runs from its sources says so. */
declare const __PROXROLL_VERSION__: string | undefined;

const stateFolder = '/var/lib/proxroll';
const clock = systemClock();
const version = typeof __PROXROLL_VERSION__ === 'string' ? __PROXROLL_VERSION__ : 'from source';

/** Nothing that is written for people holds a secret of the receivers, whatever a foreign tool or server repeats. */
let secretsOut = (text: string): string => text;

/** Why a part of the answer never arrived. What a run does is on the disk all the same, so nothing ends because of it. */
let lost: string | undefined;
const onLost = (why: string) => void (lost ??= why);

const entrance: Entrance = {
  version,
  clock,
  out: terminal(process.stdout, (text) => secretsOut(text), onLost),
  err: terminal(process.stderr, (text) => secretsOut(text), onLost),
  interactive: Boolean(process.stdin.isTTY) && Boolean(process.stdout.isTTY),
  // systemd names the timer that started a service (systemd.exec(5), since 252).
  startedByTimer: process.env['TRIGGER_UNIT'] !== undefined,
  ask: async (question) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    const closed = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
    try {
      return await Promise.race([lines.question(question), closed]);
    } finally {
      lines.close();
    }
  },
  onInterrupt: (listener) => {
    process.on('SIGINT', listener);
    return () => process.off('SIGINT', listener);
  },
  readConfig: async ({ configFile }) => {
    const [{ loadConfigFile }, { secretsInText }, { redactor }] = await Promise.all([
      import('./config/load.ts'),
      import('./config/secrets.ts'),
      import('./model/redact.ts'),
    ]);
    const loaded = await loadConfigFile(configFile, (file) => readFile(file, 'utf8'));
    // Those that are read elsewhere come with the receivers.
    secretsOut = redactor('config' in loaded ? secretsInText(loaded.config) : []);
    return loaded;
  },
  receivers: (config) => receivers(config),
  sudoers: async (config) => {
    const { sudoersText } = await import('./clients/sudoers.ts');
    return sudoersText(config.ssh_user, config.hold_paths);
  },
  connect: (globals, config, need) => connect(globals, config, need),
  readText: (file) => readFile(file, 'utf8'),
  writeText: (file, text) => writeFile(file, secretsOut(text)),
  writeBytes: (file, bytes) => writeFile(file, bytes, { mode: 0o600 }),
  demo: async (options, watcher) => {
    const { demo } = await import('./sim/demo.ts');
    return demo({ ...options, version }, watcher);
  },
};

process.exitCode = await runProgram(process.argv.slice(2), entrance);
// Kept connections and the lock's holder would keep the process alive; everything durable is on the disk by now.
process.stdout.write('', () => {
  // A file's error is told a moment after the write.
  setImmediate(() => {
    if (lost !== undefined && process.exitCode === Exit.ok) {
      process.stderr.write(
        `proxroll: not all of the answer could be written\n    seen: ${lost}\n    next: free space there, then call the same command again\n`,
      );
      process.exitCode = Exit.usage;
    }
    process.exit();
  });
});

/** Everything real, wired together. Loaded only when a command works on the cluster. @throws Refused */
async function connect(globals: Globals, config: Config, need: Need): Promise<Actions> {
  const { notRoot } = await import('./cli/refused.ts');
  if (process.getuid?.() !== 0) throw notRoot();
  const [
    { siteActions },
    { localShell },
    { sshShell },
    { clusterShell },
    { nodeHttp },
    { fileStore },
    { systemRandom },
    journald,
    { statusNotifier },
    { writeTextfile },
    { serveMetrics },
  ] = await Promise.all([
    import('./cli/site-actions.ts'),
    import('./adapters/local-shell.ts'),
    import('./adapters/ssh-shell.ts'),
    import('./adapters/cluster-shell.ts'),
    import('./adapters/node-http.ts'),
    import('./adapters/file-store.ts'),
    import('./adapters/system-random.ts'),
    import('./adapters/journald.ts'),
    import('./adapters/notify-status.ts'),
    import('./adapters/textfile.ts'),
    import('./adapters/metrics-server.ts'),
  ]);
  const telling = await receivers(config);
  const log = journald.serviceLog({
    clock,
    level: globals.debug ? 'debug' : 'info',
    journal: journald.connectedToJournal(process.env['JOURNAL_STREAM'], process.stderr.fd),
    write: (line) => void process.stderr.write(line),
    redact: telling.redact,
  });
  const random = systemRandom();
  const local = localShell({ clock });
  const keys = config.ssh_keys.length > 0 ? { keyFiles: config.ssh_keys } : {};
  const shell = clusterShell({
    local,
    ssh: sshShell({ clock, random, user: config.ssh_user, ...keys }),
    clock,
    onCommand: journald.commandLog(log),
  });
  const own = { shell, host: { name: 'this node', own: true } };
  // Where runs have left their records it was one, whatever its tools say in the middle of an upgrade.
  if (need === 'cluster' || !existsSync(`${stateFolder}/runs`)) await demandProxmox(own);
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  const notifyStatus = statusNotifier({
    socket: process.env['NOTIFY_SOCKET'],
    onFailure: (err) => log.warn({ err }, 'systemd-notify failed'),
  });
  const store = fileStore(stateFolder, (name) => log.error({ lock: name }, 'the lock on the state folder was lost'));
  const { notBackFile } = await import('./report/not-back.ts');
  const site: Site = {
    ports: { shell, http: nodeHttp(), clock, random, store },
    config,
    version,
    ...(telling.receivers.length === 0
      ? {}
      : { notBack: (state, peer, waitedMs) => notBackFile(telling.receivers, state, peer, waitedMs) }),
  };
  return siteActions(site, {
    globals,
    outward: await outward(site, telling, log),
    redact: telling.redact,
    writeTextfile: (text) => writeTextfile(config.metrics.textfile_folder, text),
    serveMetrics,
    stop: stop.signal,
    tellStatus: (text) => notifyStatus(telling.redact(text)),
  });
}

/** Everything that a run tells the world; loaded only where somebody wants to be told. */
async function outward(site: Site, telling: Telling, log: Logger): Promise<Outward> {
  const [{ allOutward, messagesOutward }, { receiverProblemText }] = await Promise.all([
    import('./cli/outward.ts'),
    import('./cli/telling.ts'),
  ]);
  const parts: Outward[] = [];
  const { textfile_folder } = site.config.metrics;
  if (existsSync(textfile_folder)) {
    const [{ figuresOutward }, { writeTextfile }] = await Promise.all([
      import('./cli/outward-figures.ts'),
      import('./adapters/textfile.ts'),
    ]);
    const write = async (text: string) => (await writeTextfile(textfile_folder, text)) !== undefined;
    parts.push(figuresOutward(site, { write, onTrouble: (err) => log.warn({ err }, 'the figures for monitoring could not be written') }));
  }
  for (const problem of telling.problems) log.warn(receiverProblemText(problem));
  if (telling.receivers.length > 0) {
    const [{ notifier }, { subjectOf }] = await Promise.all([import('./report/notifier.ts'), import('./model/message.ts')]);
    const notifies = notifier({
      receivers: telling.receivers,
      clock,
      deliver: (receiver, message) => telling.deliver(receiver, message),
      onLost: ({ receiver, message, attempts, why }) =>
        log.warn(
          { receiver: receiver.name, attempts, why: telling.redact(why), message: subjectOf(message) },
          'a receiver was not told; try: proxroll notify test',
        ),
    });
    parts.push(messagesOutward(notifies, clock, telling.host));
  }
  return allOutward(parts);
}

/** The receivers with their secrets; what mail needs is loaded with the first letter. */
async function receivers(config: Config): Promise<Telling> {
  const [{ readReceivers }, { tellingOf }, { nodeHttp }, { nodeMail }] = await Promise.all([
    import('./config/secrets.ts'),
    import('./cli/telling.ts'),
    import('./adapters/node-http.ts'),
    import('./adapters/node-mail.ts'),
  ]);
  const read = await readReceivers(config, {
    env: (name) => process.env[name],
    credentialsFolder: process.env['CREDENTIALS_DIRECTORY'],
    read: async (file) => ({ text: await readFile(file, 'utf8'), mode: (await stat(file)).mode }),
  });
  const telling = tellingOf(read, { http: nodeHttp(), mail: nodeMail() }, hostname().split('.')[0] ?? '');
  secretsOut = telling.redact;
  return telling;
}

/** @throws Refused in one clear sentence */
async function demandProxmox(own: At): Promise<void> {
  const [{ CommandFailed }, { notProxmox, Refused, tooOld }, { pveVersionQuery }, { ask }] = await Promise.all([
    import('./clients/at.ts'),
    import('./cli/refused.ts'),
    import('./clients/pveversion.ts'),
    import('./clients/query.ts'),
  ]);
  const versionOrWhy = await ask(own, pveVersionQuery).catch((error: unknown) => error as Error);
  if (versionOrWhy instanceof Error) {
    // 127: there is no such program.
    if (versionOrWhy instanceof CommandFailed && versionOrWhy.answer.exitCode === 127) throw notProxmox(versionOrWhy.message);
    throw new Refused('pveversion does not work on this node', versionOrWhy.message, 'set right what it complains about; then try again');
  }
  if (Number.parseInt(versionOrWhy, 10) < 8) throw tooOld('this node', versionOrWhy);
}
