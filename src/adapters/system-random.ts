/** Chance from the kernel. */
import { randomBytes } from 'node:crypto';
import type { Random } from '../ports/random.ts';

export function systemRandom(): Random {
  return { hex: (bytes) => randomBytes(bytes).toString('hex') };
}
