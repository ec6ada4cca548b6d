import { InvalidArgumentError, type Command } from 'commander';
import { dateTime } from '../report/clock-time.ts';
import { Refused } from './refused.ts';
import type { Session } from './session.ts';

/** `hold` and `unhold`: a word left on a machine that it is to be left alone. */
export function addHold(program: Command, session: Session): void {
  program
    .command('hold <node>')
    .description('leave this node alone: it is neither patched nor rebooted and takes no guests')
    .requiredOption('--reason <text>', 'why; shown wherever the hold is')
    .option('--until <time>', 'when the hold ends by itself, such as 2026-12-01 or 2026-12-01T06:00', pointInTime)
    .action(async (node: string, { reason, until }: { reason: string; until?: number }) => {
      if (until !== undefined && until <= session.entrance.clock.now())
        throw new Refused(
          `${node} was not put on hold: ${dateTime(until)} is over`,
          `by the clock of this node it is ${dateTime(session.entrance.clock.now())}`,
          'name a time to come, or leave --until away',
        );
      await (await session.actions()).hold(node, { reason, ...(until === undefined ? {} : { untilMs: until }) });
      session.say(
        `${node} is on hold${until === undefined ? '' : ` until ${dateTime(until)}`}. Take it away with: proxroll unhold ${node}`,
      );
    });
  program
    .command('unhold <node>')
    .description('take away the hold that proxroll hold has put on a node')
    .action(async (node: string) => {
      await (await session.actions()).unhold(node);
      session.say(`${node} is not on hold any more.`);
    });
}

/** In the time zone of this node, where none is named: JavaScript takes a date without a time for one in UTC, which nobody means. */
function pointInTime(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(/^[\d-]+$/.test(text) ? `${text}T00:00` : text) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError('It must be a date, or a date and a time.');
  return ms;
}
