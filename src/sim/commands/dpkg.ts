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
  process.write(apt.audit);
  return 0;
}
