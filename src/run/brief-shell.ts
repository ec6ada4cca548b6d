/**
 * Once the run was asked to stop, nobody waits long for an answer: systemd gives the service two minutes, and a node that hangs would
 * take all of them. Only looks are cut short; what changes something is waited for, or it would be unknown what became of it.
 */
import type { Clock } from '../ports/clock.ts';
import { ShellFailure, type Argv, type Host, type Shell } from '../ports/shell.ts';

/** How long a look may still take, from the moment of the stop or from its own beginning, whichever is later. */
const graceMs = 10_000;

export function briefOnceStopped(inner: Shell, stop: AbortSignal, clock: Clock): Shell {
  // One listener for all looks that are under way: dozens of nodes are looked at together.
  const underWay = new Set<() => void>();
  stop.addEventListener('abort', () => underWay.forEach((countDown) => countDown()), { once: true });

  async function briefly<T>(answer: Promise<T>, { name }: Host, argv: Argv): Promise<T> {
    let answered = false;
    // Made only when it counts: nearly every look is answered without anybody having asked for a stop.
    let timer: AbortController | undefined;
    let countDown = (): void => undefined;
    const late = new Promise<never>((_resolve, reject) => {
      countDown = () => {
        timer = new AbortController();
        void clock.sleep(graceMs, timer.signal).then(() => {
          if (!answered) reject(new ShellFailure('no-answer', name, argv, 'not waited for any longer, because the run was asked to stop'));
        }, reject);
      };
    });
    if (stop.aborted) countDown();
    else underWay.add(countDown);
    try {
      return await Promise.race([answer, late]);
    } finally {
      underWay.delete(countDown);
      answered = true;
      timer?.abort();
    }
  }

  return {
    run: (host, command) => {
      const answer = inner.run(host, command);
      return command.effect === 'changes' ? answer : briefly(answer, host, command.argv);
    },
    runAll: (host, commands) => {
      const answers = inner.runAll(host, commands);
      const [first] = commands;
      return first === undefined ? answers : briefly(answers, host, first.argv);
    },
    disconnect: (host) => inner.disconnect(host),
  };
}
