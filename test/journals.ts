/**
 * `npm run journals`: writes the journals of the release in package.json to `test/journals/<release>/`, each beside the scenario it
 * was written in. Those that are there stay as they are: what a release has written does not change. `npm run journals -- --update`
 * writes all of this release anew, which is right only until it is released.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readScenario } from '../src/sim/scenario.ts';
import { scenariosFolder } from './golden-log.ts';
import { journalsFolder, play, situations } from './journal-fixtures.ts';

const words = process.argv.slice(2);
if (words.some((word) => word !== '--update')) {
  process.stderr.write('usage: npm run journals [-- --update]\n');
  process.exitCode = 2;
} else await writeAll(words.includes('--update'));

async function writeAll(updating: boolean): Promise<void> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  const folder = join(journalsFolder, version);
  mkdirSync(folder, { recursive: true });
  for (const name of situations) {
    const path = join(folder, name);
    if (existsSync(`${path}.jsonl`) && !updating) continue;
    const yaml = readFileSync(join(scenariosFolder, name, 'scenario.yaml'), 'utf8');
    const { found, rehearsal, lives } = await play(readScenario(yaml, `${name}.yaml`));
    if (found === undefined || rehearsal.problems.length > 0) {
      process.stdout.write(`not written  ${name}: ${rehearsal.problems.join('; ') || 'no run began'}\n`);
      process.exitCode = 1;
      continue;
    }
    writeFileSync(`${path}.yaml`, yaml);
    writeFileSync(`${path}.jsonl`, found.text);
    process.stdout.write(`written      ${name}, as process ${lives} found it\n`);
  }
}
