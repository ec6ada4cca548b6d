/**
 * Bugs as somebody could write them, planted in the product by wrapping its ports or its steps' handlers, never in its code. Each
 * makes a whole simulated run do what must never happen, and the invariant it belongs to must say so by its name.
 */
import { reboot } from '../src/clients/systemd.ts';
import type { Config } from '../src/config/schema.ts';
import type { Remembered } from '../src/model/event.ts';
import type { Step } from '../src/model/step.ts';
import type { Answer, Command, Host, Shell } from '../src/ports/shell.ts';
import type { Ports } from '../src/ports/ports.ts';
import { at } from '../src/run/context.ts';
import type { Context } from '../src/run/context.ts';
import type { Handler, Handlers } from '../src/run/handler.ts';
import type { AgentLife } from '../src/sim/rehearse.ts';

export interface PlantedBug {
  /** The invariant that must catch it. */
  readonly invariant: number;
  /** What the product does wrong. */
  readonly bug: string;
  /** The scenario in which it shows, without intent and end. */
  readonly scenario: string;
  readonly handlers?: (real: Handlers) => Partial<Handlers>;
  readonly ports?: (real: Ports, life: AgentLife) => Ports;
  /** After so many virtual hours nobody looks any more. */
  readonly hours?: number;
}

const three = 'world: three-nodes\ndue: [pve2]\n';

/** A drain that takes a full node for an empty one. */
const blindDrain = (real: Handlers): Partial<Handlers> => ({
  drain: { ...real.drain, run: () => Promise.resolve(), satisfied: () => Promise.resolve({ yes: true }) },
});

/** Looks at nothing before. */
export function orderReboot(node: string, context: Context): Promise<void> {
  return reboot(at(context, node), context.state().run);
}

/** A reboot that looks at nothing before. */
const blindReboot = (real: Handlers): Partial<Handlers> => ({
  reboot: { ...real.reboot, run: ({ node }, _remembered, context) => orderReboot(node, context) },
});

export const plantedBugs: readonly PlantedBug[] = [
  {
    invariant: 1,
    bug: 'the votes are not counted before a reboot',
    scenario: `${three}do:\n  - { when: apt upgrade begins on pve2, node: pve3, does: down }`,
    handlers: blindReboot,
  },
  {
    invariant: 2,
    bug: 'a full node is taken for an empty one and rebooted',
    scenario: three,
    handlers: (real) => ({ ...blindDrain(real), ...blindReboot(real) }),
  },
  {
    invariant: 2,
    bug: 'a guest is shut down where it was to be migrated',
    scenario: three,
    ports: (real) =>
      withShell(real, (host, command, inner) => {
        const [, vmid = ''] = / qm migrate (\d+) /.exec(command.argv.join(' ')) ?? [];
        const end = command.argv.indexOf('qm');
        return inner.run(
          host,
          vmid === '' ? command : { ...command, argv: [command.argv[0], ...command.argv.slice(1, end), 'qm', 'shutdown', vmid] },
        );
      }),
  },
  {
    invariant: 3,
    bug: 'a node that answers is taken for one that is back',
    scenario: 'world: three-nodes\nnodes: { pve2: { shutdown-time: 5m }, pve3: { shutdown-time: 5m } }',
    handlers: (real) => ({
      reboot: { ...real.reboot, satisfied: () => Promise.resolve({ yes: true }) },
      rejoin: { ...real.rejoin, satisfied: () => Promise.resolve({ yes: true }) },
    }),
  },
  {
    invariant: 3,
    bug: 'the lock of the cluster is taken without asking whose it is',
    scenario: `${three}do:\n  - { when: start, person: starts-another, node: pve3 }`,
    ports: (real) =>
      withShell(real, (host, command, inner) => {
        if (command.argv[0] === 'mkdir') return inner.run(host, command).then(() => answered(''));
        return inner.run(host, command);
      }),
  },
  {
    invariant: 4,
    bug: 'packages are installed on a node that was not emptied',
    scenario: three,
    handlers: blindDrain,
  },
  {
    invariant: 5,
    bug: 'a reboot is ordered before the journal says so',
    scenario: three,
    handlers: (real) => ({
      reboot: {
        ...real.reboot,
        remember: async (step, context) => {
          const remembered = await real.reboot.remember(step, context);
          await orderReboot(step.node, context);
          // Until the order is carried out.
          await context.site.ports.clock.sleep(2000);
          return remembered;
        },
      },
    }),
  },
  {
    invariant: 5,
    bug: 'an append to the journal is called durable before it is written',
    scenario: three,
    ports: (real) => ({
      ...real,
      store: new Proxy(real.store, {
        get: (store, key) => {
          if (key === 'append')
            return (path: string, text: string) => (text.includes('"loan.taken"') ? Promise.resolve() : store.append(path, text));
          const value: unknown = Reflect.get(store, key);
          return typeof value === 'function' ? (value.bind(store) as unknown) : value;
        },
      }),
    }),
  },
  {
    invariant: 6,
    bug: 'a node that came back is rebooted once more to be sure',
    scenario: three,
    handlers: (real) => {
      let asked = false;
      return {
        reboot: {
          ...real.reboot,
          run: ({ node }, _remembered, context) => orderReboot(node, context),
          satisfied: async (step, remembered, context) => {
            const found = await real.reboot.satisfied(step, remembered, context);
            if (!found.yes || asked) return found;
            asked = true;
            return { yes: false, seen: 'perhaps it did not', again: true };
          },
        },
      };
    },
  },
  {
    invariant: 7,
    bug: 'a node is left in HA maintenance',
    scenario: `${three}guests: { 102: { ha: { state: started } } }`,
    handlers: (real) => ({
      'maintenance-off': { ...real['maintenance-off'], run: () => Promise.resolve(), satisfied: () => Promise.resolve({ yes: true }) },
      return: { ...real.return, run: () => Promise.resolve(), satisfied: () => Promise.resolve({ yes: true }) },
    }),
  },
  {
    invariant: 7,
    bug: 'noout is left set on a host',
    scenario: `${three}nodes: { pve1: { osds: [0, 1] }, pve2: { osds: [2, 3] }, pve3: { osds: [4, 5] } }`,
    handlers: (real) => ({
      'protect-off': { ...real['protect-off'], run: () => Promise.resolve(), satisfied: () => Promise.resolve({ yes: true }) },
    }),
  },
  {
    invariant: 8,
    bug: 'apt is believed to have installed what was planned',
    scenario: three,
    handlers: (real) => ({
      upgrade: { ...real.upgrade, run: () => Promise.resolve(), satisfied: () => Promise.resolve({ yes: true }) },
    }),
  },
  {
    invariant: 8,
    bug: 'the kernel that a node came back with is not looked at',
    scenario: `${three}do:\n  - { when: pve2 is asked to reboot, node: pve2, does: boots-old-kernel }`,
    handlers: (real) => ({
      reboot: {
        ...real.reboot,
        satisfied: ({ expectedKernel: _any, ...step }, remembered, context) => real.reboot.satisfied(step, remembered, context),
      },
    }),
  },
  {
    invariant: 9,
    bug: 'the clock of the deadlines stands still',
    scenario: `${three}config: { deadlines: { drain: 20 } }\ndo:\n  - { when: pve/pve2/drain started, guest: 102, is-locked: snapshot }`,
    ports: (real) => ({ ...real, clock: { ...real.clock, elapsed: () => 0 } }),
    hours: 2,
  },
  {
    invariant: 9,
    bug: 'the window is judged by the time at which the run began',
    scenario: `world: three-nodes
config: { windows: ['sun 04:00-04:50'], time_zone: UTC, deadlines: { reboot: 40 } }
do:
  - { when: pve3 goes down, node: pve3, returns-after: 31m }
  - { when: pve2 goes down, node: pve2, returns-after: 31m }`,
    ports: (real) => {
      const beganMs = real.clock.now();
      return { ...real, clock: { ...real.clock, now: () => beganMs } };
    },
  },
  {
    invariant: 10,
    bug: 'what a command answers is written to the log to help find bugs',
    scenario: three,
    ports: (real, life) =>
      withShell(real, async (host, command, inner) => {
        const answer = await inner.run(host, command);
        life.say(`${host.name}: ${command.argv.join(' ')}: ${answer.stdout}`);
        return answer;
      }),
  },
  {
    invariant: 10,
    bug: 'all of a config is read where a few lines were enough, and quoted when it makes no sense',
    scenario: three,
    ports: (real, life) => ({
      ...real,
      shell: {
        run: (host, command) => real.shell.run(host, command),
        disconnect: (host) => real.shell.disconnect(host),
        runAll: async (host, commands) => {
          const all: Command = { argv: ['cat', '/etc/pve/nodes/pve2/qemu-server/102.conf'], deadlineMs: 10_000, effect: 'reads' };
          if (host.own) life.say(`cannot make sense of ${(await real.shell.run(host, all)).stdout}`);
          return real.shell.runAll(host, commands);
        },
      },
    }),
  },
  {
    invariant: 11,
    bug: 'guests leave as many at a time as there are',
    scenario: `${three}guests: { 111: { on: pve2 }, 112: { on: pve2 }, 113: { on: pve2 } }\nconfig: { limits: { moves_at_once: 2 } }`,
    handlers: (real) => ({ drain: withConfig(real.drain, ({ limits }) => ({ limits: { ...limits, moves_at_once: 8, moves_to_one: 8 } })) }),
  },
  {
    invariant: 11,
    bug: 'a node is rebooted while a person holds it',
    scenario: `${three}do:\n  - { when: apt upgrade begins on pve2, person: holds, node: pve2, because: replacing a disk }`,
    handlers: (real) => ({
      reboot: {
        ...real.reboot,
        run: async ({ node }, _remembered, context) => {
          await context.site.ports.clock.sleep(60_000);
          await orderReboot(node, context);
        },
      },
    }),
  },
  {
    invariant: 11,
    bug: 'a kernel that complains is passed over',
    scenario: `${three}do:\n  - { when: pve2 is asked to reboot, node: pve2, returns-with-kernel-error: 'nvme nvme0: timeout' }`,
    handlers: (real) => ({ rejoin: withConfig(real.rejoin, () => ({ kernel_errors: 'warn' })) }),
  },
  {
    invariant: 11,
    bug: 'the kernel that runs is not made the default before another is tried',
    scenario: `${three}nodes: { pve2: { esps: ['5C1A-93F0'] } }\nconfig: { new_kernel: try }`,
    handlers: (real) => ({
      'try-kernel': { ...real['try-kernel'], run: () => Promise.resolve(), satisfied: () => Promise.resolve({ yes: true }) },
      ...blindReboot(real),
    }),
  },
  {
    invariant: 12,
    bug: 'votes that are missing in the end are taken for there',
    scenario: `${three}do:\n  - { when: pve/pve2/return started, node: pve2, does: down }`,
    ports: (real) =>
      withAnswers(real, ({ argv }, { stdout }) =>
        argv[0] === 'corosync-quorumtool' ? stdout.replace(/(Total votes: +)2/, '$13') : stdout,
      ),
  },
  {
    invariant: 12,
    bug: 'guests that are broadcast as running are believed to, however old that is',
    scenario: `world: three-nodes
due: [pve2, pve3]
guests: { 103: { on-boot: false } }
do:
  - { when: apt upgrade begins on pve2, node: pve3, does: power-cycles }`,
    ports: (real) =>
      withAnswers(real, ({ argv }, { stdout }) =>
        argv.includes('/cluster/resources') ? stdout.replaceAll('"status":"stopped"', '"status":"running"') : stdout,
      ),
  },
];

/** A step that goes by other settings than those of the run. */
function withConfig<S extends Step, R extends Remembered>(real: Handler<S, R>, other: (config: Config) => Partial<Config>): Handler<S, R> {
  const so = (context: Context): Context => ({
    ...context,
    site: { ...context.site, config: { ...context.site.config, ...other(context.site.config) } },
  });
  return {
    ...real,
    run: (step, remembered, context) => real.run(step, remembered, so(context)),
    satisfied: (step, remembered, context) => real.satisfied(step, remembered, so(context)),
  };
}

type Run = (host: Host, command: Command, inner: Shell) => Promise<Answer>;

function withShell(ports: Ports, run: Run): Ports {
  const { shell } = ports;
  return {
    ...ports,
    shell: {
      run: (host, command) => run(host, command, shell),
      runAll: (host, commands) => shell.runAll(host, commands),
      disconnect: (host) => shell.disconnect(host),
    },
  };
}

/** @param told what is taken for what was answered */
function withAnswers(ports: Ports, told: (command: Command, answer: Answer) => string): Ports {
  const { shell } = ports;
  return {
    ...ports,
    shell: {
      run: async (host, command) => {
        const answer = await shell.run(host, command);
        return { ...answer, stdout: told(command, answer) };
      },
      runAll: async (host, commands) => {
        const answers = await shell.runAll(host, commands);
        return answers.map((answer, index) => ({ ...answer, stdout: told(commands[index]!, answer) }));
      },
      disconnect: (host) => shell.disconnect(host),
    },
  };
}

function answered(stdout: string): Answer {
  return { exitCode: 0, stdout, stderr: '', tookMs: 0 };
}
