/** What a command costs before it says anything: getting there, and starting an interpreter (measured-on-pve-9.2). */
import type { Argv } from '../ports/shell.ts';
import type { World } from './world.ts';

/** Nominal milliseconds that `argv` takes besides what it waits for; `own` on the agent's own node. */
export function commandMs(world: World, argv: Argv): number {
  const { latencies } = world;
  switch (argv[0]) {
    case 'pvesh':
      return latencies.pveshMs;
    case 'qm':
    case 'pct':
      return handedToHa(world, argv) ? latencies.haRequestMs : latencies.qmMs;
    case 'ha-manager':
    case 'pveversion':
    case 'ceph':
      return latencies.qmMs;
    case 'proxmox-boot-tool':
      return /^(refresh|pin|unpin)$/.test(argv[1] === 'kernel' ? (argv[2] ?? '') : (argv[1] ?? '')) ? 5_000 : latencies.localMs;
    case 'pvecm':
      return 300;
    case 'apt-get':
      return argv.includes('-s') ? latencies.aptSimulateMs : 100;
    // They ask the kernel for what it has in memory, or read a page of text.
    case 'findmnt':
    case 'od':
      return 0;
    case 'grep':
      return argv[2] === '.' || argv.includes('/etc/network/interfaces') ? 0 : latencies.localMs;
    case 'stat':
      return argv[3]?.startsWith('/sys/') === true ? 0 : latencies.localMs;
    default:
      return latencies.localMs;
  }
}

function handedToHa(world: World, argv: Argv): boolean {
  if (!['migrate', 'start', 'stop', 'shutdown'].includes(argv[1] ?? '')) return false;
  const guest = world.guests.find(Number(argv[2]));
  return guest !== undefined && world.ha.manages(guest);
}
