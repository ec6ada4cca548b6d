/**
 * Makes the tables of `docs/packages.md`: what the lab saw of apt (`lab/apt/outcomes.json`) and of boot loaders (`lab/loaders/outcomes.json`), which kernel boots next on every layout below
 * `test/recorded/kernels`, and the scenarios in which a node comes back wrong: `node --import tsx docs/packages.ts`.
 * `test/packages-page.test.ts` fails when the page is behind.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { aptOutcomes } from '../lab/apt/outcomes.ts';
import { loaderOutcomes } from '../lab/loaders/outcomes.ts';
import { suites, type Suite } from '../lab/suite.ts';
import { kernelLayout, kernelLayoutNames } from '../test/recorded-kernels.ts';

const page = new URL('packages.md', import.meta.url);
const scenarios = new URL('../test/scenarios/', import.meta.url);

/** @returns the page with every table made anew; what stands around them is left */
export async function packagesPage(): Promise<string> {
  const tables: Readonly<Record<string, string>> = {
    'apt situations': await aptTable(),
    'next kernel': kernelTable(),
    'boot loaders': await loaderTable(),
    'back wrong': backTable(),
  };
  return Object.entries(tables).reduce(filled, standingPage());
}

/** The page as it is in the repository. */
export function standingPage(): string {
  return readFileSync(page, 'utf8');
}

/** @throws when the page has no place for the table */
function filled(text: string, [name, made]: readonly [string, string]): string {
  const [begin, end] = [`<!-- table: ${name} -->\n`, '<!-- end -->'];
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from === -1 || to === -1) throw new Error(`docs/packages.md has no place for the table ${name}`);
  return `${text.slice(0, from + begin.length)}\n${made}\n\n${text.slice(to)}`;
}

async function aptTable(): Promise<string> {
  const rows = await aptOutcomes.withSuites();
  return table(
    ['situation', 'proxroll says', 'and so the run is', 'in the end, says dpkg', 'seen on'],
    rows.map(([{ situation, finding, decision, end }, on]) => [situation, finding, decision.replace(' ', ': '), end, suitesText(on)]),
  );
}

/** What an emulated machine took at a boot and after two power cuts. */
async function loaderTable(): Promise<string> {
  const rows = await loaderOutcomes.withSuites();
  return table(
    ['loader', 'boots', 'after a power cut', 'after another', 'it complains', 'seen on'],
    rows.map(([{ loader, boots, complaint = '-' }, on]) => [loader, ...boots, complaint, suitesText(on)]),
  );
}

function suitesText(on: readonly Suite[]): string {
  return on.length === suites.length ? 'both' : on.join(', ');
}

function kernelTable(): string {
  return table(
    ['layout', 'boots by', 'kernels', 'runs', 'pinned', 'for the next boot', 'boots next', 'reboot due'],
    kernelLayoutNames().map((name) => {
      const { kernel, running, pins, bootable } = kernelLayout(name);
      const loader = kernel.known ? kernel.value.loader?.kind : undefined;
      const { pinned = '-', pinnedForNextBoot = '-' } = pins.known ? pins.value : {};
      return [
        name,
        loader === 'managed' ? 'proxmox-boot-tool' : 'GRUB',
        bootable.known ? bootable.value.join(', ') : bootable.why,
        running.known ? running.value : running.why,
        pinned,
        pinnedForNextBoot,
        kernel.known ? kernel.value.expected : `nobody knows: ${kernel.why}`,
        kernel.known ? (kernel.value.expected === kernel.value.running ? 'no' : 'yes') : 'the run does not start',
      ];
    }),
  );
}

const scenarioShape = z.looseObject({
  intent: z.string(),
  expect: z.looseObject({ run: z.string().optional(), pause: z.string().optional() }),
});

function backTable(): string {
  return table(
    ['obligation, played by a scenario of that name', 'in the end'],
    readdirSync(scenarios)
      .filter((name) => name.startsWith('node-returns-'))
      .sort()
      .map((name) => {
        const { intent, expect } = scenarioShape.parse(parse(readFileSync(new URL(`${name}/scenario.yaml`, scenarios), 'utf8')));
        return [`${intent} (\`${name}\`)`, expect.pause ?? expect.run ?? ''];
      }),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '/').replaceAll(/\s+/g, ' ').trim()).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(page, await packagesPage());
