import { InvalidArgumentError, type Command } from 'commander';
import type { Session } from './session.ts';

/** `hold` and `unhold`: a word left on a machine that it is to be left alone. */
export function addHold(program: Command, session: Session): void {
  program
    .command('hold <node>')
    .description('leave this node alone: it is neither patched nor rebooted and takes no guests')
    .requiredOption('--reason <text>', 'why; shown wherever the hold is')
    .option('--until <time>', 'when the hold ends by itself, such as 2026-12-01 or 2026-12-01T06:00', pointInTime)
    .action(async (node: string, { reason, until }: { reason: string; until?: number }) => {
      await (await session.actions()).hold(node, { reason, ...(until === undefined ? {} : { untilMs: until }) });
      session.say(
        `${node} is on hold${until === undefined ? '' : ` until ${new Date(until).toISOString()}`}. Take it away with: proxroll unhold ${node}`,
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

function pointInTime(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError('It must be a date, or a date and a time.');
  return ms;
}
