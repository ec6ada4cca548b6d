/** Programs that some tests need: `build.sh test` brings them, a plain `npm test` does without and says so. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** @returns why a test is left out, or nothing when all are there. Under CI nothing is left out: the test fails instead. */
export function without(...programs: readonly string[]): string | false {
  const folders = (process.env['PATH'] ?? '').split(':');
  const missing = programs.filter((program) => !folders.some((folder) => existsSync(join(folder, program))));
  return missing.length === 0 || process.env['CI'] === 'true' ? false : `not installed: ${missing.join(', ')}`;
}
