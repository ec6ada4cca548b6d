/**
 * The whole program on a simulated cluster, put together as `main.ts` does: the service with its log, its receivers and its figures, and the
 * commands of an operator. What is printed, written, sent and started is kept, to be looked at.
 */
import { clusterShell } from '../../src/adapters/cluster-shell.ts';
import { commandLog, serviceLog } from '../../src/adapters/journald.ts';
import { terminal } from '../../src/adapters/terminal.ts';
import type { Actions, Entrance } from '../../src/cli/actions.ts';
import type { ExitCode } from '../../src/cli/exit-codes.ts';
import { figuresOutward } from '../../src/cli/outward-figures.ts';
import { allOutward, messagesOutward } from '../../src/cli/outward.ts';
import { runProgram } from '../../src/cli/program.ts';
import { siteActions } from '../../src/cli/site-actions.ts';
import { receiverProblemText, tellingOf } from '../../src/cli/telling.ts';
import { sudoersText } from '../../src/clients/sudoers.ts';
import { loadConfig } from '../../src/config/load.ts';
import { readReceivers, secretsInText, type ReadReceivers, type SecretPlaces } from '../../src/config/secrets.ts';
import type { Config } from '../../src/config/schema.ts';
import { subjectOf, type Message } from '../../src/model/message.ts';
import { redactor } from '../../src/model/redact.ts';
import type { Receiver } from '../../src/model/receiver.ts';
import type { Mail } from '../../src/ports/mail.ts';
import type { Ports } from '../../src/ports/ports.ts';
import type { Command } from '../../src/ports/shell.ts';
import { notBackFile } from '../../src/report/not-back.ts';
import { notifier } from '../../src/report/notifier.ts';
import { findUnfinished } from '../../src/run/runs.ts';
import type { Site } from '../../src/run/site.ts';
import { Agent } from '../../src/sim/agent.ts';
import { SimHttp, type SimService } from '../../src/sim/http.ts';
import { SeededRandom } from '../../src/sim/random.ts';
import { simShell, type ShellHooks } from '../../src/sim/shell.ts';
import type { WorldSpec } from '../../src/sim/spec.ts';
import { SimDisk } from '../../src/sim/store.ts';
import { Stuck, VirtualClock } from '../../src/sim/virtual-clock.ts';
import { World } from '../../src/sim/world.ts';

export const configFile = '/etc/proxroll/config.yaml';

export interface ServiceSetting {
  readonly world: WorldSpec;
  readonly ownNode: string;
  /** Text of the config file. */
  readonly config: string;
  readonly places?: SecretPlaces;
  /** What answers on the net, by origin. */
  readonly services?: Readonly<Record<string, SimService>>;
  readonly mail?: Mail;
  readonly hooks?: readonly ShellHooks[];
  readonly debug?: boolean;
}

/** What one call of the program printed. */
export interface Printed {
  readonly exit: ExitCode;
  readonly out: string;
  readonly err: string;
}

const noMail: Mail = {
  send: () => Promise.reject(new Error('there is no mail in this test')),
  probe: () => Promise.reject(new Error('there is no mail in this test')),
};

export class AService {
  readonly clock = new VirtualClock();
  readonly world: World;
  readonly disk: SimDisk;
  readonly http: SimHttp;
  /** The service's journal. */
  log = '';
  /** What was written for node_exporter, one after the other, and when. */
  readonly figures: { readonly atMs: number; readonly text: string }[] = [];
  /** Every command on every host. */
  readonly commands: { readonly host: string; readonly command: Command }[] = [];
  /** Files of operators, by name. */
  readonly written = new Map<string, string | Uint8Array>();
  /** What `systemctl status` shows. */
  readonly status: string[] = [];
  /** Every message that was to be told, and how it went. */
  onTold: (receiver: string, message: Message) => void = () => undefined;
  /** Planted by a test that wants to see leaks found: it reads its secrets and forgets that they are any. */
  forgetful = false;
  readonly #setting: ServiceSetting;
  readonly #read: ReadReceivers;

  private constructor(setting: ServiceSetting, read: ReadReceivers) {
    process.env['TZ'] = 'UTC';
    this.#setting = setting;
    this.#read = read;
    this.world = new World(setting.world, this.clock, new SeededRandom(1));
    this.disk = new SimDisk(this.clock);
    this.http = new SimHttp(this.world.timers, setting.services ?? {});
  }

  static async make(setting: ServiceSetting): Promise<AService> {
    const loaded = loadConfig(setting.config, configFile);
    const config = 'config' in loaded ? loaded.config : undefined;
    const none: ReadReceivers = { receivers: [], secrets: [], problems: [] };
    const places = setting.places ?? {
      env: () => undefined,
      credentialsFolder: undefined,
      read: () => Promise.reject(new Error('no file')),
    };
    return new AService(setting, config === undefined ? none : await readReceivers(config, places));
  }

  get receivers(): readonly Receiver[] {
    return this.#read.receivers;
  }

  /** What is wrong with the receivers. */
  get problems(): ReadReceivers['problems'] {
    return this.#read.problems;
  }

  /** `systemctl start proxroll`, and all that comes of it: until the run is over, or waits for a person. */
  async runs(argv: readonly string[] = ['run', '--service']): Promise<ExitCode> {
    const hooks = [this.#counting(), ...(this.#setting.hooks ?? [])];
    const agent = new Agent<ExitCode>({
      world: this.world,
      clock: this.clock,
      ownNode: this.#setting.ownNode,
      disk: this.disk,
      http: this.http,
      hooks,
      main: async (ports) => {
        const exit = await this.#program(this.#setting.debug === true ? ['--debug', ...argv] : argv, ports, {
          out: (text) => (this.log += text),
          err: (text) => (this.log += text),
        });
        // It has ordered the reboot of its own node.
        return (await findUnfinished(ports.store))?.phase === 'running' ? new Promise<never>(() => undefined) : exit;
      },
    });
    agent.start();
    try {
      return await this.#driven(agent.done);
    } finally {
      agent.retire();
    }
  }

  /** What an operator types on the own node. */
  async calls(argv: readonly string[]): Promise<Printed> {
    let [out, err] = ['', ''];
    const { world, clock } = this;
    const shell = simShell(world, { ownNode: this.#setting.ownNode, hooks: [this.#counting(), ...(this.#setting.hooks ?? [])] });
    const ports: Ports = { shell, http: this.http, store: this.disk.open(), clock, random: world.random };
    const exit = await this.#driven(this.#program(argv, ports, { out: (text) => (out += text), err: (text) => (err += text) }));
    return { exit, out, err };
  }

  /** Commands load what they need when they need it, which takes real time while none passes in the world. */
  async #driven<T>(work: Promise<T>): Promise<T> {
    const until = Date.now() + 20_000;
    for (;;) {
      try {
        return await this.clock.drive(work, 48 * 3_600_000);
      } catch (error) {
        if (!(error instanceof Stuck) || Date.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
  }

  #counting(): ShellHooks {
    return {
      before: ({ host, commands }) => {
        this.commands.push(...commands.map((command) => ({ host, command })));
        return undefined;
      },
    };
  }

  #program(
    argv: readonly string[],
    ports: Ports,
    to: { readonly out: (text: string) => void; readonly err: (text: string) => void },
  ): Promise<ExitCode> {
    const { clock } = ports;
    let secretsOut = redactor([]);
    const telling = () => {
      const post = { http: ports.http, mail: this.#setting.mail ?? noMail };
      const made = tellingOf({ ...this.#read, secrets: this.forgetful ? [] : this.#read.secrets }, post, this.#setting.ownNode);
      secretsOut = made.redact;
      return made;
    };
    const connect = (debug: boolean, config: Config): Actions => {
      const { receivers, redact, deliver, host, problems } = telling();
      const log = serviceLog({ clock, level: debug ? 'debug' : 'info', journal: true, write: to.err, redact });
      const site: Site = {
        ports: { ...ports, shell: clusterShell({ local: ports.shell, ssh: ports.shell, clock, onCommand: commandLog(log) }) },
        config,
        version: '0.1.0',
        notBack: (state, peer, waitedMs) => notBackFile(receivers, state, peer, waitedMs),
      };
      for (const problem of problems) log.warn(receiverProblemText(problem));
      const notifies = notifier({
        receivers,
        clock,
        deliver: (receiver, message) => {
          this.onTold(receiver.name, message);
          return deliver(receiver, message);
        },
        onLost: ({ receiver, message, attempts, why }) =>
          log.warn({ receiver: receiver.name, attempts, why: redact(why), message: subjectOf(message) }, 'a receiver was not told'),
      });
      const write = (text: string) => Promise.resolve(this.figures.push({ atMs: clock.now(), text }) > 0);
      return siteActions(site, {
        globals: { debug },
        redact,
        stop: new AbortController().signal,
        tellStatus: (text) => void this.status.push(redact(text)),
        outward: allOutward([
          figuresOutward(site, { write, onTrouble: (err) => log.warn({ err }, 'no figures') }),
          messagesOutward(notifies, clock, host),
        ]),
        writeTextfile: (text) => write(text).then(() => 'proxroll.prom'),
        serveMetrics: () => Promise.reject(new Error('nobody scrapes here')),
      });
    };
    const entrance: Entrance = {
      version: '0.1.0',
      clock,
      out: terminal(
        stream(to.out),
        (text) => secretsOut(text),
        () => undefined,
      ),
      err: terminal(
        stream(to.err),
        (text) => secretsOut(text),
        () => undefined,
      ),
      interactive: false,
      startedByTimer: false,
      ask: () => Promise.resolve(undefined),
      onInterrupt: () => () => undefined,
      readConfig: () => {
        const loaded = loadConfig(this.#setting.config, configFile);
        secretsOut = redactor('config' in loaded && !this.forgetful ? secretsInText(loaded.config) : []);
        return Promise.resolve(loaded);
      },
      receivers: () => Promise.resolve(telling()),
      sudoers: (config) => Promise.resolve(sudoersText(config.ssh_user, config.hold_paths)),
      connect: ({ debug }, config) => Promise.resolve(connect(debug, config)),
      readText: () => Promise.resolve(this.#setting.config),
      writeText: (file, text) => Promise.resolve(void this.written.set(file, secretsOut(text))),
      writeBytes: (file, bytes) => Promise.resolve(void this.written.set(file, bytes)),
      demo: () => Promise.reject(new Error('no demo here')),
    };
    return runProgram(argv, entrance);
  }
}

function stream(write: (text: string) => void): NodeJS.WriteStream {
  return {
    on: () => undefined,
    off: () => undefined,
    columns: 100,
    write: (text: string) => (write(text), true),
  } as unknown as NodeJS.WriteStream;
}
