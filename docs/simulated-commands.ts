/**
 * Makes `docs/simulated-commands.md`: `node --import tsx docs/simulated-commands.ts`. Which simulated commands there are is seen in runs on
 * all worlds; what vouches for each is read off the situations of `test/sim/recorded-situations.ts`. A test fails when the page is behind.
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { simulatedRun } from '../bench/simulated-run.ts';
import type { Argv } from '../src/ports/shell.ts';
import { programs } from '../src/sim/commands/index.ts';
import type { WorldSpec } from '../src/sim/spec.ts';
import { threeNodes, worlds } from '../src/sim/worlds.ts';
import { recordingOf } from '../test/sim/captures.ts';
import { situations } from '../test/sim/recorded-situations.ts';

export const page = new URL('simulated-commands.md', import.meta.url);

export async function simulatedCommandsPage(): Promise<string> {
  const rows = await commandRows();
  const recorded = rows.filter(({ recordings }) => recordings.length > 0);
  const others = rows.filter((row) => !recorded.includes(row));
  const inLab = others.filter(({ form }) => isRealInLab(form));
  const list = (forms: readonly CommandRow[]): string => forms.map(({ form }) => `- \`${form}\``).join('\n');
  return `# Simulated commands

Every command that simulated runs give to their hosts, and what vouches for the answer. This page is made by
\`docs/simulated-commands.ts\`.

## Held against recordings of real hosts (${recorded.length})

The same situation is built in the simulator, and keys, types, streams and exit code must be those of the recording
(\`test/sim/recorded-situations.ts\`). The recordings lie in \`test/recorded/\`.

${recorded.map(({ form, recordings }) => `- \`${form}\`: ${recordings.join(', ')}`).join('\n')}

## Without a recording, but real in the lab (${inLab.length})

The same clients ask the real programs on the booted hosts of the [lab](../lab/README.md), in every proof. What the simulator answers
was written after their manuals.

${list(inLab)}

## Without a recording, and not real in the lab (${others.length - inLab.length})

Written after the manuals and sources of Proxmox VE and Ceph alone, or the lab only has a stand-in. Recordings of these are welcome.

${list(others.filter((row) => !inLab.includes(row)))}
`;
}

interface CommandRow {
  readonly form: string;
  readonly recordings: readonly string[];
}

/** @returns one for each form of a command, sorted */
export async function commandRows(): Promise<readonly CommandRow[]> {
  const recordings = new Map<string, string[]>();
  const row = (argv: Argv): string[] => {
    const form = formOf(argv);
    const names = recordings.get(form) ?? [];
    recordings.set(form, names);
    return names;
  };
  for (const argv of await issued()) row(argv);
  for (const { argv, recorded } of situations) row(argv ?? (recordingOf(recorded).command.split(' ') as unknown as Argv)).push(recorded);
  for (const program of Object.keys(programs)) if (![...recordings.keys()].some((form) => form.split(' ')[0] === program)) row([program]);
  return [...recordings]
    .map(([form, names]) => ({ form, recordings: [...new Set(names)].sort() }))
    .sort((a, b) => (a.form < b.form ? -1 : 1));
}

const withCeph: WorldSpec = { ...threeNodes, ceph: { monitors: ['pve1', 'pve2', 'pve3'], managers: ['pve1', 'pve2'] } };

/** What whole runs on all worlds give to their hosts, and what runs there in units. */
async function issued(): Promise<readonly Argv[]> {
  const all: Argv[] = [];
  for (const world of [...Object.values(worlds), withCeph].filter(({ nodes }) => Object.keys(nodes).length > 0)) {
    const { calls } = await simulatedRun(world, 0, { guests: { default: 'migrate' } });
    for (const { argv } of calls.flatMap(({ commands }) => commands)) {
      all.push(argv);
      const inside = argv.indexOf('--');
      if (argv[0] === 'systemd-run' && inside >= 0) all.push(argv.slice(inside + 1) as unknown as Argv);
    }
  }
  return all;
}

/** The words that say what is asked, without those that say of whom. */
function formOf([program, ...words]: Argv): string {
  const plain = words.filter((word) => !word.startsWith('-') && word !== '');
  const [first = '', second = ''] = plain;
  switch (program) {
    case 'pvesh':
      return `${program} ${first} ${second.replace(/\/nodes\/[^/]+/, '/nodes/NODE')}`;
    case 'qm':
    case 'pct':
    case 'pvecm':
    case 'systemctl':
    case 'apt-mark':
    case 'zpool':
    case 'timedatectl':
      return `${program} ${first}`;
    case 'ha-manager':
      return first === 'crm-command' ? `${program} ${first} ${second}` : `${program} ${first}`;
    case 'ceph':
      return [program, ...plain.filter((word) => /^[a-z-]+$/.test(word) && word !== 'json').slice(0, 2)].join(' ');
    case 'env':
      return 'env TZ=UTC pvesr status';
    case 'proxmox-boot-tool':
    case 'ip':
      return `${program} ${first} ${second}`.trim();
    case 'apt-get':
      return `${program} ${words.includes('-s') ? '-s ' : words.includes('--download-only') ? '--download-only ' : ''}${plain.find((word) => /^[a-z-]+$/.test(word)) ?? ''}`;
    case 'dpkg':
    case 'corosync-cfgtool':
    case 'corosync-quorumtool':
      return [program, ...words].join(' ');
    case 'cat':
    case 'stat':
    case 'head':
    case 'touch':
    case 'tee':
    case 'mkdir':
    case 'rmdir':
    case 'rm':
    case 'find':
    case 'grep':
      return `${program} ${words.find((word) => word.startsWith('/')) ?? ''}`.trim();
    default:
      return program;
  }
}

/** Programs that the lab's hosts have from Debian. Proxmox's own, what looks at hardware, and its file system are stand-ins there too. */
function isRealInLab(form: string): boolean {
  const [program = ''] = form.split(' ');
  const fromDebian =
    /^(apt-get|apt-mark|cat|corosync-quorumtool|date|df|dpkg|dpkg-query|find|findmnt|grep|head|hostname|ip|journalctl|mkdir|od|rm|rmdir|sh|stat|systemctl|systemd-run|tee|touch|true)$/;
  return fromDebian.test(program) && !form.includes('/etc/pve');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(page, await simulatedCommandsPage());
