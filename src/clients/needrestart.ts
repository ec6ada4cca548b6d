/** What still runs with replaced libraries, and whether the processor has newer microcode waiting, where needrestart is installed. */
import type { RestartFacts } from '../model/node.ts';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { Query } from './query.ts';
import { filledLines, textQuery, unparsable } from './query.ts';

/**
 * In batch mode it restarts nothing. What it says of kernels is left aside: it does not know which one Proxmox VE boots.
 * Source: its README.batch.md; facts 6.7. @throws CommandFailed, Unparsable
 */
export const needrestartQuery: Query<RestartFacts> = textQuery(reads(deadlines.aptSimulate, 'needrestart', '-b'), (text, source) => {
  const lines = filledLines(text);
  if (!lines.some((line) => line.startsWith('NEEDRESTART-VER: '))) throw unparsable(source, 'NEEDRESTART-VER', text);
  const said = (key: string) => lines.flatMap((line) => (line.startsWith(`NEEDRESTART-${key}: `) ? [line.slice(key.length + 14)] : []));
  const [state] = said('UCSTA');
  return {
    services: [...new Set([...said('SVC'), ...said('CONT')])].sort(),
    // 0 is "unknown or failed", and missing where it does not look, as in a VM.
    microcode: state === '1' ? 'current' : state === '2' ? 'pending' : 'unknown',
  };
});
