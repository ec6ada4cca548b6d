/**
 * The service's log, for people who read `journalctl -u proxroll`: one line a record, with the priority that
 * `journalctl -p` selects by (sd-daemon(3): `<4>` at the start of a line). Anywhere else the same lines with the time
 * and the level in words.
 */
import { fstatSync } from 'node:fs';
import { pino } from 'pino';
import type { Logger } from 'pino';
import type { Clock } from '../ports/clock.ts';
import type { CommandNote } from './cluster-shell.ts';
import { logLine } from './log-line.ts';
import type { LogRecord } from './log-line.ts';
import { redactedValues } from '../model/redact.ts';

export type { Logger } from 'pino';

export interface LogOptions {
  readonly clock: Clock;
  /** `debug` shows every command. */
  readonly level: 'info' | 'debug';
  /** Whether lines go to the journal; see `connectedToJournal`. */
  readonly journal: boolean;
  /** One whole line with its line break at each call. */
  readonly write: (line: string) => void;
  /** See `redactor`. */
  readonly redact: (text: string) => string;
}

/** The root logger. The message is constant, facts are in fields; children may carry fields of their own. */
export function serviceLog({ clock, level, journal, write, redact }: LogOptions): Logger {
  const stream = {
    write(json: string): void {
      const record = JSON.parse(json) as LogRecord;
      const { priority, word } = weight(record.level);
      const head = journal ? `<${priority}>` : `${new Date(record.time).toISOString()} ${word.padEnd(7)} `;
      // Before it is put in words, as quoting would hide a secret; and the whole line, as words put together may be one.
      write(`${head}${redact(logLine(redactedValues(record, redact)))}\n`);
    },
  };
  return pino({ level, base: null, timestamp: () => `,"time":${clock.now()}` }, stream);
}

/** Puts commands into the log at level debug; what `clusterShell` calls. */
export function commandLog(log: Logger): (note: CommandNote) => void {
  return ({ host, argv, tookMs, outcome }) => {
    if (outcome.kind === 'answered') log.debug({ host, argv, tookMs, exitCode: outcome.exitCode }, 'command');
    else log.debug({ host, argv, tookMs, why: outcome.why }, 'command without an answer');
  };
}

/**
 * Whether a descriptor is the journal's stream that systemd gave this process. The variable alone does not say so: a
 * child whose output was redirected inherits it too (systemd.exec(5), JOURNAL_STREAM).
 * @param journalStream the variable: device and inode, `8:12345`
 */
export function connectedToJournal(journalStream: string | undefined, descriptor: number): boolean {
  if (journalStream === undefined) return false;
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  return journalStream === `${dev}:${ino}`;
}

/** pino's level as sd-daemon's number (RFC 5424) and in words. */
function weight(level: number): { readonly priority: number; readonly word: string } {
  if (level >= 60) return { priority: 2, word: 'fatal' };
  if (level >= 50) return { priority: 3, word: 'error' };
  if (level >= 40) return { priority: 4, word: 'warning' };
  if (level >= 30) return { priority: 6, word: 'info' };
  return { priority: 7, word: 'debug' };
}
