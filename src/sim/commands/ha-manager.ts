/** `ha-manager`: status, config, and commands that are only put into a queue (facts 4.3; captures `ha-`, `q-noquorum-ha-`). */
import { statusLines } from '../ha-status.ts';
import type { Process } from '../process.ts';
import { clusterFsDown } from './pmxcfs-down.ts';

/** Without quorum the cluster lock is tried for so long. */
const lockTriesMs = 10_000;

export function haManager(process: Process): number | Promise<number> {
  const [, verb, ...rest] = process.argv;
  const down = clusterFsDown(process);
  if (down !== undefined) return down;
  switch (verb) {
    case 'status':
      process.out(...statusLines(process.world, process.node));
      return 0;
    case 'config':
      return config(process);
    case 'crm-command':
      return crmCommand(process, rest);
    case 'migrate':
      return crmCommand(process, ['migrate', ...rest]);
    case 'set':
      return set(process, rest);
    default:
      return process.fail(255, `ERROR: unknown command 'ha-manager ${verb ?? ''}'`);
  }
}

async function crmCommand(process: Process, [what, ...rest]: readonly string[]): Promise<number> {
  const { world, node } = process;
  const atMs = world.timers.now();
  if (what === 'node-maintenance') {
    const [verb, name = ''] = rest;
    if (world.findNode(name) === undefined) return process.fail(255, `no such cluster node '${name}'`);
    if (!world.corosync.quorate(node)) return noQuorum(process);
    world.ha.ask({ kind: 'maintenance', node: name, on: verb === 'enable', atMs });
    return 0;
  }
  if (what === 'migrate' || what === 'relocate') {
    const [sid = '', target = ''] = rest;
    if (world.ha.services.find(sid) === undefined) return process.fail(2, `resource '${sid}' is not HA managed`);
    if (!world.corosync.quorate(node)) return noQuorum(process);
    world.ha.ask({ kind: 'move', sid, node: target, atMs });
    return 0;
  }
  return process.fail(255, `ERROR: unknown command 'ha-manager crm-command ${what ?? ''}'`);
}

async function noQuorum(process: Process): Promise<number> {
  for (let tries = 0; tries < 9; tries++) process.err("trying to acquire cfs lock 'domain-ha' ...");
  if (!(await process.wait(lockTriesMs))) return 143;
  return process.fail(13, "cfs-lock 'domain-ha' error: no quorum!");
}

function config(process: Process): number {
  for (const { sid, comment, requested } of process.world.ha.services.all) {
    process.out(sid);
    if (comment !== undefined) process.out(`\tcomment ${comment}`);
    process.out('\tmax_relocate 1', '\tmax_restart 1', `\tstate ${requested}`, '');
  }
  return 0;
}

function set(process: Process, [sid = '', ...options]: readonly string[]): number {
  const service = process.world.ha.services.find(sid);
  if (service === undefined) return process.fail(255, `no such resource '${sid}'`);
  if (!process.world.corosync.quorate(process.node)) return process.fail(255, 'cluster not ready - no quorum?');
  const state = options[options.indexOf('--state') + 1];
  if (state === 'started' || state === 'stopped' || state === 'ignored' || state === 'disabled') service.requested = state;
  process.world.ha.kick();
  return 0;
}
