/** The parts of `qm migrate`, `pct migrate`, `start` and `shutdown` that are twins; what they print follows the captures. */
import type { SimGuest } from '../guest.ts';
import { Migration } from '../migration.ts';
import type { Process } from '../process.ts';
import { handedToHa, ownGuest, refused } from './guest-command.ts';
import type { GuestWords } from './guest-command.ts';

export async function migrate(
  process: Process,
  kind: SimGuest['kind'],
  { operands: [vmid, target = ''], options }: GuestWords,
): Promise<number> {
  const { world, node } = process;
  const program = kind === 'qemu' ? 'qm' : 'pct';
  if (target === node.name)
    return process.fail(
      2,
      '400 Parameter verification failed.',
      'target: target is local node.',
      `${program} migrate <vmid> <target> [OPTIONS]`,
    );
  const to = world.findNode(target);
  if (to === undefined) return process.fail(2, `no such cluster node '${target}'`);
  const guest = ownGuest(process, kind, vmid);
  if (guest === undefined) return 2;
  const handed = handedToHa(process, guest, 'migration', target);
  if (handed !== undefined) return handed;
  const no = refused(process, guest, 2) ?? notSo(process, guest, options);
  if (no !== undefined) return no;
  const missing = guest.disks.find(({ storage }) => !world.storages.availableOn(storage, to));
  if (missing !== undefined) return process.fail(255, `storage '${missing.storage}' is not available on node '${target}'`);
  const migration = new Migration(world, {
    guest,
    from: node,
    to,
    withLocalDisks: options['with-local-disks'] === '1',
    ...(options['restart'] === '1' ? { restart: { timeoutMs: Number(options['timeout'] ?? '180') * 1000 } } : {}),
    out: (line) => process.out(line),
  });
  process.onKill = (by) => migration.kill(by);
  const ending = await migration.done;
  return ending.ok ? 0 : process.fail(255, ending.error);
}

/** Moving a running guest takes the option that says how. */
function notSo(process: Process, guest: SimGuest, options: GuestWords['options']): number | undefined {
  if (guest.kind === 'lxc')
    return guest.up && options['restart'] !== '1'
      ? process.fail(255, "can't migrate running container without --online or --restart")
      : undefined;
  if (guest.up && options['online'] !== '1') return process.fail(25, "can't migrate running VM without --online");
  if (!guest.up && options['online'] === '1') process.err("VM isn't running. Doing offline migration instead.");
  return undefined;
}

export async function start(process: Process, kind: SimGuest['kind'], { operands: [vmid] }: GuestWords): Promise<number> {
  const guest = ownGuest(process, kind, vmid);
  if (guest === undefined) return 255;
  const handed = handedToHa(process, guest, 'start');
  if (handed !== undefined) return handed;
  const no = refused(process, guest, 2);
  if (no !== undefined) return no;
  if (guest.template) return process.fail(255, "you can't start a vm if it's a template");
  if (guest.up) return process.fail(255, `${kind === 'qemu' ? 'VM' : 'CT'} ${guest.vmid} already running`);
  const ending = await process.world.guests.start(guest, process.node);
  return ending === 'OK' ? 0 : process.fail(255, ending);
}

export async function shutdown(process: Process, kind: SimGuest['kind'], { operands: [vmid], options }: GuestWords): Promise<number> {
  const guest = ownGuest(process, kind, vmid);
  if (guest === undefined) return 255;
  const handed = handedToHa(process, guest, 'stop');
  if (handed !== undefined) return handed;
  if (guest.lock !== undefined) return process.fail(255, `${kind === 'qemu' ? 'VM' : 'CT'} is locked (${guest.lock})`);
  if (!guest.up)
    return kind === 'qemu' ? process.fail(0, `VM ${guest.vmid} not running\n`) : process.fail(255, `CT ${guest.vmid} not running`);
  const timeoutMs = Number(options['timeout'] ?? '60') * 1000;
  const ending = await process.world.guests.shutdown(
    guest,
    process.node,
    timeoutMs,
    'it was asked to shut down',
    options['forceStop'] === '1',
  );
  return ending === 'OK' ? 0 : process.fail(255, kind === 'qemu' ? ending : 'command failed: received interrupt');
}

export function stop(process: Process, kind: SimGuest['kind'], { operands: [vmid] }: GuestWords): number {
  const guest = ownGuest(process, kind, vmid);
  if (guest === undefined) return 255;
  const handed = handedToHa(process, guest, 'stop');
  if (handed !== undefined) return handed;
  process.world.guests.halt(guest, 'it was stopped');
  return 0;
}

export function config(process: Process, kind: SimGuest['kind'], { operands: [vmid] }: GuestWords): number {
  const guest = ownGuest(process, kind, vmid);
  if (guest === undefined) return 2;
  process.write(guest.config);
  return 0;
}
