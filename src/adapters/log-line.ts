/** How one log record reads: the message, then its few fields. One record is one line, whatever a foreign tool printed. */
import { posixQuoteAll } from './posix-quote.ts';

/** What pino hands over: level, time and message, the fields beside them. */
export interface LogRecord {
  readonly level: number;
  readonly time: number;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

/** @returns `guest 101 is on its way (host=pve2 tookMs=12)` */
export function logLine({ level: _level, time: _time, msg, err, ...fields }: LogRecord): string {
  const shown = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${fieldText(name, value)}`);
  const message = [msg, errorText(err)].filter((part) => part !== undefined && part !== '').join(': ');
  return oneLine(shown.length === 0 ? message : `${message} (${shown.join(' ')})`);
}

function fieldText(name: string, value: unknown): string {
  if (name === 'argv' && Array.isArray(value)) return `\`${posixQuoteAll(value.map((word) => String(word).replaceAll('\0', '')))}\``;
  if (name === 'tookMs' && typeof value === 'number') return String(Math.round(value));
  if (typeof value === 'string') return /^[^\s"=()]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? String(value);
}

/** The words of an error as pino serialises it; its message already holds those of its causes. */
function errorText(err: unknown): string | undefined {
  if (err === undefined || err === null) return undefined;
  return typeof err === 'object' && 'message' in err && typeof err.message === 'string' ? err.message : JSON.stringify(err);
}

/** Line breaks become ` / `, other control characters visible: a foreign text must not begin a line of its own or move the cursor. */
function oneLine(text: string): string {
  return text
    .trim()
    .replace(/\s*[\r\n]+\s*/g, ' / ')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
