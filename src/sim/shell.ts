/**
 * The `Shell` of one agent in a simulated cluster. Each call costs what it costs on real hosts; a node that is dark, frozen
 * or cut off answers as such nodes do; and when the agent is killed, its calls never settle: no `catch`, no `finally`.
 */
import { ShellFailure } from '../ports/shell.ts';
import type { Answer, Command, Host, Shell, ShellFailureKind } from '../ports/shell.ts';
import { commandMs } from './latency.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** One call across the port. `runAll` is one call with several commands. */
export interface ShellCall {
  /** Counted from 1 in every shell. */
  readonly index: number;
  readonly host: string;
  /** On the agent's own node, where no connection can fail. */
  readonly own: boolean;
  readonly commands: readonly Command[];
}

/** What a hook wants instead of the usual course. */
export type Verdict =
  | { readonly do: 'fail'; readonly kind: ShellFailureKind; readonly detail: string }
  | { readonly do: 'answer'; readonly answers: readonly Omit<Answer, 'tookMs'>[] }
  | { readonly do: 'slow'; readonly factor: number }
  | { readonly do: 'never' };

export interface ShellHooks {
  /** Before the call takes effect. */
  before?(call: ShellCall): Verdict | undefined;
  /** After it took effect and before the agent learns of it. */
  after?(call: ShellCall, answers: readonly Answer[]): Verdict | undefined;
}

export interface SimShellOptions {
  readonly ownNode: string;
  /** Asked in this order for every call; the first verdict counts. */
  readonly hooks?: readonly ShellHooks[];
}

export interface SimShell extends Shell {
  readonly calls: number;
  /** The agent is dead: nothing settles any more. */
  kill(): void;
}

/** A connection that went silent is given up by its keepalive after so long. */
const keepaliveMs = 60_000;

export function simShell(world: World, { ownNode, hooks = [] }: SimShellOptions): SimShell {
  let calls = 0;
  let dead = false;
  const own = world.node(ownNode);

  function call(host: Host, commands: readonly Command[]): Promise<readonly Answer[]> {
    return new Promise((resolve, reject) => {
      // The own node is reached whatever it is called: before its name is known it has another.
      const node = host.own ? own : world.findNode(host.name);
      const one: ShellCall = { index: ++calls, host: node?.name ?? host.name, own: node === own, commands };
      const deadlineMs = commands.reduce((longest, { deadlineMs: ms }) => Math.max(longest, ms), 0);
      let open = true;
      const startedMs = world.timers.now();

      const settle = (act: () => void): void => {
        if (dead || !open) return;
        open = false;
        overdue();
        world.onNodeDown.delete(wentDark);
        act();
      };
      const fail = (kind: ShellFailureKind, detail: string): void =>
        settle(() => reject(failure(kind, host.name, commands[0]?.argv ?? ['true'], detail)));
      const overdue = world.timers.after(deadlineMs, () => fail('no-answer', `no answer within ${Math.round(deadlineMs / 1000)} s`));
      const wentDark = (name: string): void => {
        // In good order sshd says goodbye; after a power cut only silence tells.
        if (name === node?.name && node !== own)
          world.timers.after(node?.joined === true ? keepaliveMs : 100, () => fail('no-answer', 'the connection broke'));
      };
      const obey = (verdict: Verdict | undefined): boolean => {
        if (verdict?.do === 'fail') fail(verdict.kind, verdict.detail);
        if (verdict?.do === 'answer')
          settle(() => resolve(verdict.answers.map((answer) => ({ ...answer, tookMs: world.timers.now() - startedMs }))));
        return verdict !== undefined && verdict.do !== 'slow';
      };
      const finish = (answers: readonly Answer[]): void => {
        if (dead || !open) return;
        const verdict = ask(hooks, (hook) => hook.after?.(one, answers));
        if (!dead && !obey(verdict)) settle(() => resolve(answers));
      };

      const verdict = ask(hooks, (hook) => hook.before?.(one));
      if (dead || obey(verdict)) return;
      const factor = verdict?.do === 'slow' ? verdict.factor : 1;
      const refused = connect(world, own, node);
      if (refused !== undefined) {
        world.timers.after(refused.afterMs, () => fail(refused.kind, refused.detail));
        return;
      }
      if (node === undefined) return;
      world.onNodeDown.add(wentDark);
      const costs = commands.map(({ argv }) => commandMs(world, argv));
      const travelMs = node === own ? 0 : world.latencies.sshMs;
      const allMs = world.around('calls', (travelMs + costs.reduce((sum, ms) => sum + ms, 0)) * factor);
      // Half of the cost before the effect and half after it: a call can be lost on either way.
      world.timers.after(allMs / 2, () => {
        if (dead || !world.reaches(own, node)) return;
        void execute(world, node, commands, costs).then((answers) => {
          if (!world.reaches(own, node) && node !== own) return;
          world.timers.after(allMs / 2, () => finish(answers));
        });
      });
    });
  }

  return {
    get calls() {
      return calls;
    },
    async run(host, command) {
      const [answer] = await call(host, [command]);
      if (answer === undefined) throw new Error(`no answer to ${command.argv.join(' ')}`);
      return answer;
    },
    runAll: (host, commands) => call(host, commands),
    disconnect: () => Promise.resolve(),
    kill() {
      dead = true;
    },
  };
}

/** Without a stack, which would show the simulator's queue and costs more than the call: a node that reboots is asked a hundred times. */
function failure(...what: ConstructorParameters<typeof ShellFailure>): ShellFailure {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return new ShellFailure(...what);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function ask(hooks: readonly ShellHooks[], question: (hook: ShellHooks) => Verdict | undefined): Verdict | undefined {
  for (const hook of hooks) {
    const verdict = question(hook);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

async function execute(world: World, node: SimNode, commands: readonly Command[], costs: readonly number[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const [at, { argv, stdin }] of commands.entries()) {
    const startedMs = world.timers.now();
    const result = world.start(node, argv, stdin);
    const { exitCode, stdout, stderr } = result instanceof Promise ? await result : result;
    answers.push({ exitCode, stdout, stderr, tookMs: world.timers.now() - startedMs + (costs[at] ?? 0) });
  }
  return answers;
}

interface Refusal {
  readonly kind: ShellFailureKind;
  readonly detail: string;
  readonly afterMs: number;
}

/** Why there is no connection, and how long it takes to find out; a frozen host takes the connection and the deadline tells. */
function connect(world: World, own: SimNode, node: SimNode | undefined): Refusal | undefined {
  if (node === undefined) return { kind: 'unreachable', detail: 'no such host', afterMs: world.latencies.localMs };
  if (node === own) return undefined;
  const { sshMs, unreachableMs } = world.latencies;
  if (node.power === 'off' || node.cut || own.cut)
    return { kind: 'unreachable', detail: `connect to ${node.address} port 22: no route to host`, afterMs: unreachableMs };
  if (node.hung) return undefined;
  if (node.login === 'host-key') return { kind: 'host-key', detail: 'the host key is not the one the cluster knows', afterMs: sshMs };
  // authorized_keys lies on pmxcfs: without it nobody gets in (facts 7.1).
  if (node.login === 'refused' || !world.pmxcfs.mounted(node))
    return { kind: 'login', detail: 'permission denied (publickey,password)', afterMs: sshMs };
  return undefined;
}
