/** `qm`: the VMs of this node (captures `qm-`, `midmig-`, `killmig-`). */
import type { SimGuest } from '../guest.ts';
import { MiB } from '../spec.ts';
import type { Process } from '../process.ts';
import { ownGuest, wordsOf } from './guest-command.ts';
import type { GuestWords } from './guest-command.ts';
import { config, migrate, shutdown, start, stop } from './guest-moves.ts';
import { clusterFsDown } from './pmxcfs-down.ts';

export function qm(process: Process): number | Promise<number> {
  const down = clusterFsDown(process);
  if (down !== undefined) return down;
  const words = wordsOf(process.argv);
  switch (words.verb) {
    case 'status':
      return status(process, words);
    case 'list':
      return list(process);
    case 'config':
      return config(process, 'qemu', words);
    case 'migrate':
      return migrate(process, 'qemu', words);
    case 'start':
      return start(process, 'qemu', words);
    case 'shutdown':
      return shutdown(process, 'qemu', words);
    case 'stop':
      return stop(process, 'qemu', words);
    case '':
      return process.fail(255, 'ERROR: no command specified', 'USAGE: qm <COMMAND> [ARGS] [OPTIONS]');
    default:
      return process.fail(255, `ERROR: unknown command 'qm ${words.verb}'`);
  }
}

function status(process: Process, words: GuestWords): number {
  const guest = ownGuest(process, 'qemu', words.operands[0]);
  if (guest === undefined) return 2;
  if (words.options['verbose'] === undefined) process.out(`status: ${guest.status}`);
  else process.write(verbose(process, guest));
  return 0;
}

/** A paused VM is `running` here, with the truth in `qmpstatus` (measured). */
function verbose(process: Process, guest: SimGuest): string {
  const { up } = guest;
  const memory = up ? Math.round(guest.memoryBytes * 0.8) : 0;
  const lines: [string, string | number | undefined][] = [
    ['balloon', up ? guest.memoryBytes : undefined],
    ['cpus', guest.cores],
    ['disk', 0],
    ['diskread', up ? 0 : undefined],
    ['diskwrite', up ? 0 : undefined],
    ['lock', guest.lock],
    ['maxdisk', guest.disks[0]?.bytes ?? 0],
    ['maxmem', guest.memoryBytes],
    ['mem', memory],
    ['memhost', process.node.pve === 9 ? memory : undefined],
    ['name', guest.name],
    ['netin', 0],
    ['netout', 0],
    ['pid', up ? guest.pid : undefined],
    ['qmpstatus', guest.status],
    ['running-machine', up ? 'pc-i440fx-10.2+pve0' : undefined],
    ['running-qemu', up ? '10.2.2' : undefined],
    ['status', up ? 'running' : 'stopped'],
    ['tags', guest.tags.length > 0 ? guest.tags.join(';') : undefined],
    ['uptime', up ? Math.floor((process.world.timers.now() - guest.startedAtMs) / 1000) : 0],
    ['vmid', guest.vmid],
  ];
  return lines.map(([key, value]) => (value === undefined ? '' : `${key}: ${value}\n`)).join('');
}

function list(process: Process): number {
  const guests = process.world.guests.on(process.node.name).filter(({ kind }) => kind === 'qemu');
  if (guests.length === 0) return 0;
  process.out('      VMID NAME                 STATUS     MEM(MB)    BOOTDISK(GB) PID       ');
  for (const guest of guests) {
    const disk = ((guest.disks[0]?.bytes ?? 0) / 1024 / MiB).toFixed(2);
    const cells = [
      `${guest.vmid}`.padStart(10),
      guest.name.padEnd(20),
      (guest.up ? 'running' : 'stopped').padEnd(10),
      `${guest.memoryBytes / MiB}`.padEnd(10),
      disk.padStart(12),
    ];
    process.out(`${cells.join(' ')} ${`${guest.pid}`.padEnd(10)}`);
  }
  return 0;
}
