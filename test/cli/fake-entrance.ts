/** A program without a cluster: actions as the test says, two terminals that remember. */
import type { Actions, Entrance } from '../../src/cli/actions.ts';
import type { ExitCode } from '../../src/cli/exit-codes.ts';
import { runProgram } from '../../src/cli/program.ts';
import { configSchema } from '../../src/config/schema.ts';
import { at } from '../report/a-run.ts';
import { FakeTerminal } from '../report/fake-terminal.ts';

export interface Called {
  readonly exit: ExitCode;
  readonly out: string;
  readonly err: string;
  /** Names of the actions that were used, with what they were asked. */
  readonly asked: readonly string[];
}

export interface Setting {
  readonly actions?: Partial<Actions>;
  readonly entrance?: Partial<Entrance>;
  readonly interactive?: boolean;
  readonly answer?: string;
  readonly columns?: number;
}

/** Runs one command line. An action that the test did not give fails it: nothing may be touched beyond what is expected. */
export async function call(
  argv: readonly string[],
  { actions = {}, entrance = {}, interactive = false, answer, columns = 80 }: Setting = {},
): Promise<Called> {
  const out = new FakeTerminal({ columns, isTerminal: false });
  const err = new FakeTerminal({ columns, isTerminal: false });
  const asked: string[] = [];
  const exit = await runProgram(argv, {
    version: '1.2.3',
    out,
    err,
    interactive,
    startedByTimer: false,
    clock: { now: () => at(1600), elapsed: () => 0, sleep: untilAborted },
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(answer);
    },
    onInterrupt: () => () => undefined,
    readConfig: () => Promise.resolve({ config: configSchema.parse({}) }),
    receivers: () => Promise.reject(new Error('no receivers in this test')),
    sudoers: () => Promise.reject(new Error('no sudoers in this test')),
    readText: () => Promise.reject(new Error('no file in this test')),
    writeText: () => Promise.reject(new Error('no file in this test')),
    writeBytes: () => Promise.reject(new Error('no file in this test')),
    demo: () => Promise.reject(new Error('no demo in this test')),
    connect: () => Promise.resolve(remembering(actions, asked)),
    ...entrance,
  });
  return { exit, out: out.written, err: err.written, asked };
}

/** Time stands still. */
function untilAborted(_ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal === undefined || signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function remembering(actions: Partial<Actions>, asked: string[]): Actions {
  return new Proxy(actions, {
    get(target, name) {
      const action = target[name as keyof Actions] as ((...args: readonly unknown[]) => unknown) | undefined;
      if (name === 'then') return undefined;
      // Every process that carried a run ends with it.
      if (name === 'settled') return () => Promise.resolve();
      // Who follows may want to know what is usual; without an answer nothing is known.
      if (name === 'readEarlier' && action === undefined) return () => Promise.resolve([]);
      if (action === undefined) throw new Error(`the command used ${String(name)}, which this test does not expect`);
      return (...args: readonly unknown[]) => {
        asked.push(
          [String(name), ...args.filter((arg) => Array.isArray(Object.values(arg as object)[0])).map((arg) => JSON.stringify(arg))].join(
            ' ',
          ),
        );
        return action(...args);
      };
    },
  }) as Actions;
}
