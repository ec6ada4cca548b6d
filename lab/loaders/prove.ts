/** Boots disks with real loaders: which of them forget an entry for one boot before they start it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verdictsText } from '../proof-text.ts';
import type { Suite } from '../suite.ts';
import { freshVariables, grubDisk, grubLayouts, systemdBootDisk } from './disk.ts';
import { powerCycle } from './machine.ts';
import { loaderOutcomes, type LoaderRow } from './outcomes.ts';
import { loaderTools, type LoaderTools } from './tools.ts';

/** Prints a line for each loader. @returns 0 when all is as on record, or is put there */
export async function proveLoaders(suite: Suite, record: boolean): Promise<number> {
  const tools = await loaderTools(suite);
  const rows: LoaderRow[] = [await inFolder((folder) => systemdBoot(folder, tools))];
  for (const layout of grubLayouts)
    rows.push(
      await inFolder(async (folder) => {
        const disk = await grubDisk(folder, layout, tools);
        return seen(`GRUB, /boot on ${layout}`, folder, disk, await freshVariables(folder, tools), tools);
      }),
    );
  for (const { loader, boots, complaint } of rows)
    console.log(`${suite}: ${loader}: ${boots.join(', then ')}${complaint === undefined ? '' : ` (${complaint})`}`);
  if (record) await loaderOutcomes.record(suite, rows);
  const verdicts = await loaderOutcomes.compare(suite, rows);
  console.log(verdictsText(verdicts));
  return verdicts.every(({ held }) => held) ? 0 : 1;
}

/** The variable is set by the firmware's own shell, in the place of the system that runs. */
async function systemdBoot(folder: string, tools: LoaderTools): Promise<LoaderRow> {
  const variables = await freshVariables(folder, tools);
  await powerCycle(folder, await systemdBootDisk(folder, 'setter', tools), variables, tools);
  return seen('systemd-boot', folder, await systemdBootDisk(folder, 'loader', tools), variables, tools);
}

/** A boot and two power cuts. */
async function seen(loader: string, folder: string, disk: string, variables: string, tools: LoaderTools): Promise<LoaderRow> {
  const boots: string[] = [];
  let complained: string | undefined;
  for (let boot = 1; boot <= 3; boot++) {
    const { said, complaint } = await powerCycle(folder, disk, variables, tools);
    boots.push(said.replace(/ boots$/, ''));
    complained ??= complaint;
  }
  return { loader, boots, ...(complained === undefined ? {} : { complaint: complained }) };
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'proxroll-loaders-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
