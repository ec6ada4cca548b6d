/** What the kernel called an error since the boot. */
import { withoutSecrets } from '../model/redact.ts';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { Query } from './query.ts';
import { filledLines, textQuery } from './query.ts';

/** From the end: what was said at boot must not be pushed out by a kernel that has repeated itself for months, or it looks new after the next boot. */
const mostLines = 5_000;

/**
 * Messages of the running boot with priority `err` and worse, each once in the order of their first appearance, with `#` in place of
 * numbers: addresses, times and counters differ from boot to boot and would make an old complaint look new. Source: `man journalctl`.
 * @throws CommandFailed
 */
export const kernelErrorsQuery: Query<readonly string[]> = textQuery(
  reads(
    deadlines.journal,
    'journalctl',
    '--dmesg',
    '--boot',
    '--priority=err',
    '--output=cat',
    '--quiet',
    '--no-pager',
    `--lines=${mostLines}`,
  ),
  (text) => [...new Set(filledLines(withoutSecrets(text)).map(withoutNumbers))],
);

function withoutNumbers(line: string): string {
  return line
    .trim()
    .replace(/\b(0x)?[0-9a-f]*\d[0-9a-f]*\b/gi, '#')
    .slice(0, 300);
}
