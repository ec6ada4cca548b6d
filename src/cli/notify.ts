import type { Command } from 'commander';
import { Exit } from './exit-codes.ts';
import type { Session } from './session.ts';

/** How one receiver took the test message. */
interface TestResult {
  readonly receiver: string;
  readonly kind: string;
  readonly delivered: boolean;
  readonly why?: string;
}

export function addNotify(program: Command, session: Session): void {
  const notify = program.command('notify').description('messages to the receivers of the configuration');
  notify
    .command('test [receiver...]')
    .description('send a message to all receivers, or to those named, and say how each took it')
    .option('--json', 'print it as JSON')
    .action(async (names: readonly string[], { json }: { json?: true }) => {
      const { testMessage } = await import('../report/message.ts');
      const config = await session.config();
      const known = Object.keys(config.receivers);
      const strangers = names.filter((name) => !known.includes(name));
      if (strangers.length > 0 || known.length === 0) {
        const { Refused } = await import('./refused.ts');
        throw known.length === 0
          ? new Refused(
              'the configuration has no receivers, so nobody was told',
              '',
              'name one under `receivers`; docs/messages.md has the keys of each kind',
            )
          : new Refused(
              `there is no receiver ${strangers.join(', ')}`,
              `known are ${known.join(', ')}`,
              'name one of these, or none to tell all of them',
            );
      }
      const { entrance } = session;
      const telling = await entrance.receivers(config);
      const message = testMessage(telling.host, entrance.clock.now());
      const results = await Promise.all(
        known
          .filter((name) => names.length === 0 || names.includes(name))
          .map(async (name): Promise<TestResult> => {
            const about = { receiver: name, kind: config.receivers[name]?.kind ?? '' };
            const receiver = telling.receivers.find((candidate) => candidate.name === name);
            const wrong = telling.problems.filter((problem) => problem.receiver === name).map(({ what }) => what);
            if (receiver === undefined) return { ...about, delivered: false, why: wrong.join('; ') };
            const delivery = await telling.deliver(receiver, message);
            return delivery.kind === 'delivered' ? { ...about, delivered: true } : { ...about, delivered: false, why: delivery.why };
          }),
      );
      if (json) session.json(results);
      else session.say(results.map(resultText).join('\n'));
      session.exit = results.every(({ delivered }) => delivered) ? Exit.ok : Exit.usage;
    });
}

function resultText({ receiver, kind, delivered, why }: TestResult): string {
  return `${receiver} (${kind}): ${delivered ? 'took the message' : `not told: ${why ?? ''}`}`;
}
