/** `pct`: the containers of this node (captures `pct-`). */
import type { Process } from '../process.ts';
import { ownGuest, wordsOf } from './guest-command.ts';
import type { GuestWords } from './guest-command.ts';
import { config, migrate, shutdown, start, stop } from './guest-moves.ts';
import { clusterFsDown } from './pmxcfs-down.ts';

export function pct(process: Process): number | Promise<number> {
  const down = clusterFsDown(process);
  if (down !== undefined) return down;
  const words = wordsOf(process.argv);
  switch (words.verb) {
    case 'status':
      return status(process, words);
    case 'list':
      return list(process);
    case 'config':
      return config(process, 'lxc', words);
    case 'migrate':
      return migrate(process, 'lxc', words);
    case 'start':
      return start(process, 'lxc', words);
    case 'shutdown':
      return shutdown(process, 'lxc', words);
    case 'stop':
      return stop(process, 'lxc', words);
    default:
      return process.fail(255, `ERROR: unknown command 'pct ${words.verb}'`);
  }
}

function status(process: Process, words: GuestWords): number {
  const guest = ownGuest(process, 'lxc', words.operands[0]);
  if (guest === undefined) return 2;
  if (words.options['verbose'] === undefined) {
    process.out(`status: ${guest.status}`);
    return 0;
  }
  const { up } = guest;
  const uptime = up ? Math.floor((process.world.timers.now() - guest.startedAtMs) / 1000) : 0;
  const mem = up ? Math.round(guest.memoryBytes * 0.5) : 0;
  process.out(
    `cpus: ${guest.cores}`,
    'disk: 0',
    'diskread: 0',
    'diskwrite: 0',
    `maxdisk: ${guest.disks[0]?.bytes ?? 0}`,
    `maxmem: ${guest.memoryBytes}`,
    'maxswap: 0',
  );
  process.out(
    `mem: ${mem}`,
    `name: ${guest.name}`,
    'netin: 0',
    'netout: 0',
    `status: ${guest.status}`,
    'swap: 0',
    'type: lxc',
    `uptime: ${uptime}`,
    `vmid: ${guest.vmid}`,
  );
  return 0;
}

function list(process: Process): number {
  const guests = process.world.guests.on(process.node.name).filter(({ kind }) => kind === 'lxc');
  if (guests.length === 0) return 0;
  process.out('VMID       Status     Lock         Name                ');
  for (const guest of guests)
    process.out(`${`${guest.vmid}`.padEnd(10)} ${guest.status.padEnd(10)} ${(guest.lock ?? '').padEnd(12)} ${guest.name.padEnd(20)}`);
  return 0;
}
