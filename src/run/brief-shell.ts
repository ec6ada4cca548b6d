/**
 * Once the run was asked to stop, nobody waits long for an answer: systemd gives the service two minutes, and a node that hangs would
 * take all of them. Only looks are cut short; what changes something is waited for, or it would be unknown what became of it.
 */
import type { Clock } from '../ports/clock.ts';
import { ShellFailure, type Argv, type Host, type Shell } from '../ports/shell.ts';

/** How long a look may still take, from the moment of the stop or from its own beginning, whichever is later. */
const graceMs = 10_000;

export function briefOnceStopped(inner: Shell, stop: AbortSignal, clock: Clock): Shell {
  return {
    run: (host, command) =>
      command.effect === 'changes' ? inner.run(host, command) : briefly(inner.run(host, command), host, command.argv, stop, clock),
    runAll: (host, commands) => {
      const [first] = commands;
      return first === undefined ? inner.runAll(host, commands) : briefly(inner.runAll(host, commands), host, first.argv, stop, clock);
    },
    disconnect: (host) => inner.disconnect(host),
  };
}

async function briefly<T>(answer: Promise<T>, { name }: Host, argv: Argv, stop: AbortSignal, clock: Clock): Promise<T> {
  const answered = new AbortController();
  const tooLong = async (): Promise<never> => {
    await aborted(stop, answered.signal);
    await clock.sleep(graceMs, answered.signal);
    throw new ShellFailure('no-answer', name, argv, 'not waited for any longer, because the run was asked to stop');
  };
  const late = tooLong();
  // Whichever of the two comes second is nobody's business any more.
  late.catch(() => undefined);
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    answered.abort();
  }
}

/** Resolves as soon as one of them is aborted. */
async function aborted(...signals: readonly AbortSignal[]): Promise<void> {
  if (signals.some((signal) => signal.aborted)) return;
  const done = new AbortController();
  await new Promise<void>((resolve) => {
    for (const signal of signals) signal.addEventListener('abort', () => resolve(), { once: true, signal: done.signal });
  });
  done.abort();
}
