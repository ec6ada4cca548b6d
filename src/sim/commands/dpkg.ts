/** `dpkg --audit`: empty when everything is whole. */
import { halfConfigured } from '../apt.ts';
import type { Process } from '../process.ts';

export function dpkg(process: Process): number {
  const { apt } = process.node;
  if (process.argv.includes('--configure')) {
    apt.audit = [...apt.failing].map(halfConfigured).join('');
    apt.states.clear();
    return apt.failing.size > 0 ? 1 : 0;
  }
  if (process.argv[1] !== '--audit') return process.fail(2, `dpkg: error: unknown option ${process.argv[1] ?? ''}`);
  const half = apt.lockedBy === undefined ? [] : [...apt.states.keys()];
  // What somebody is at is told like what was left half done, below a warning (seen in the lab).
  process.write(half.length === 0 ? apt.audit : `${lockedText}${half.map(halfConfigured).join('')}`);
  return 0;
}

const lockedText =
  'Another process has locked the database for writing, and might currently be\nmodifying it, some of the following problems might just be due to that.\n';
