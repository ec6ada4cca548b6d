/** The lab's commands: up, run, prove, trouble, selfcheck, shell, clean. */
import { randomInt } from 'node:crypto';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { enter, enteredRun } from './inside.ts';
import { abandonedRuns, createRun, removeRun } from './lab-run.ts';
import { baseFileSystem } from './rootfs.ts';
import { shell } from './shell.ts';
import { isSuite } from './suite.ts';
import { LabImpossible, prepareTools } from './tools.ts';
import { allTroubles, unknownNames } from './trouble/all.ts';
import { proofs as troubles } from './trouble/proofs.ts';
import type { LabRun } from './lab-run.ts';
import type { Request } from './request.ts';
import type { Suite } from './suite.ts';

const usage = `usage: node --import tsx lab/index.ts COMMAND
  prove DEB                     every proof: trixie, bookworm, over another user than root, a lone node
  run DEB [--ssh-user USER] [--figures FILE]
                                the proof of one whole run with this package of proxroll
  rehearse DEB                  what proxroll rehearse says of the booted cluster, and that it changes nothing
  trouble DEB [--only NAME,...] [--seed N] [--at-once N]
                                runs that meet with trouble: ${troubles.map(({ name }) => name).join(', ')}
  apt DEB [--only NAME,...] [--record]
                                what can become of an upgrade, made real with the lab's repository
  loaders [--record]            which boot loaders forget an entry for one boot before they start it, in an emulated machine
  guests DEB [--record]         what becomes of each kind of guest under each policy
  selfcheck                     boots hosts and tries what the lab promises, without proxroll
  up                            boots hosts and keeps them until Ctrl-C
  shell HOST [COMMAND...]       a shell on a host of the lab that is up
  clean                         removes what a killed run left
run, rehearse, apt, loaders, guests, selfcheck and up take --suite bookworm|trixie (default trixie), those with hosts --nodes 1 to 5 (default 3)
`;

/** What `prove` runs, one after the other. */
const proofs: readonly (readonly [command: string, ...options: readonly string[]])[] = [
  ['run', '--suite', 'trixie', '--nodes', '3'],
  ['run', '--suite', 'bookworm', '--nodes', '3'],
  ['run', '--suite', 'trixie', '--nodes', '3', '--ssh-user', 'proxroll'],
  ['run', '--suite', 'trixie', '--nodes', '1'],
  // Two of what can become of an upgrade, on the release that the lone node does not have; all of it takes four minutes.
  ['apt', '--suite', 'bookworm', '--only', 'postinst,killed'],
];

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      suite: { type: 'string', default: 'trixie' },
      nodes: { type: 'string', default: '3' },
      'ssh-user': { type: 'string' },
      figures: { type: 'string' },
      record: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      seed: { type: 'string' },
      'at-once': { type: 'string', default: '2' },
    },
  });
  const nodes = Number(values.nodes);
  const [command, argument, ...words] = positionals;
  if (command === undefined || !isSuite(values.suite) || !(nodes >= 1 && nodes <= 5)) return misused();
  if (command === 'clean') return clean();
  if (command === 'loaders') return (await import('./loaders/prove.ts')).proveLoaders(values.suite, values.record);
  if (command === 'shell') return shell(argument ?? 'pve1', words);
  const user = values['ssh-user'];
  const request = {
    command,
    suite: values.suite,
    nodes,
    deb: resolve(argument ?? ''),
    ...(user === undefined ? {} : { sshUser: user }),
    only: values.only.split(',').filter((name) => name !== ''),
    seed: Number(values.seed ?? randomInt(1, 1_000_000)),
    atOnce: Number(values['at-once']),
    record: values.record,
    ...(values.figures === undefined ? {} : { figures: resolve(values.figures) }),
  };
  if ((command !== 'apt' && unknownNames(request.only).length > 0) || !(request.seed > 0) || !(request.atOnce >= 1)) return misused();
  const labRun = enteredRun();
  return labRun === undefined ? outside(request) : inside(request, labRun);
}

/** Prepares what needs the network, then runs the command inside and removes all it left, however it ended. */
async function outside(request: Request): Promise<number> {
  if (['run', 'prove', 'rehearse', 'trouble', 'apt', 'guests'].includes(request.command)) await access(request.deb);
  const tools = await prepareTools();
  const suites: readonly Suite[] = request.command === 'prove' ? ['trixie', 'bookworm'] : [request.suite];
  await Promise.all(suites.map((suite) => baseFileSystem(suite, tools)));
  await clean();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  if (request.command === 'trouble') return allTroubles(request, stop.signal);
  if (request.command !== 'prove') return oneRun(process.argv.slice(2), stop.signal);
  let worst = 0;
  for (const [command, ...options] of proofs) {
    if (!stop.signal.aborted) worst = Math.max(worst, await oneRun([command, request.deb, ...options], stop.signal));
  }
  return worst;
}

async function oneRun(args: readonly string[], stop: AbortSignal): Promise<number> {
  const labRun = await createRun();
  try {
    return await enter(labRun, args, stop);
  } finally {
    await removeRun(labRun);
  }
}

/** Loaded only here: `clean` and `shell` must work whatever state the rest is in. */
async function inside(request: Request, labRun: LabRun): Promise<number> {
  const { command } = await import('./commands.ts');
  return (await command(request, labRun)) ?? misused();
}

async function clean(): Promise<number> {
  for (const labRun of await abandonedRuns()) {
    await removeRun(labRun);
    console.log(`removed ${labRun.name}, left by a killed run`);
  }
  return 0;
}

function misused(): number {
  process.stderr.write(usage);
  return 2;
}

// Hosts' files are made here: what others may read on a node must not depend on who builds it.
process.umask(0o022);
try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof LabImpossible ? `lab: ${error.message}` : error);
  process.exit(1);
}
