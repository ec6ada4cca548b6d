/** What can befall a guest, and what it refuses. */
import type { GuestSpec } from '../spec.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';

export const guestFaults = {
  refusesMigration: (vmid: number, why = 'guest agent refuses'): Fault => ({
    title: `guest ${vmid} refuses to migrate`,
    strike: ({ world }) => (world.guest(vmid).refusal = why),
  }),
  agreesToMigrate: (vmid: number): Fault => ({
    title: `guest ${vmid} would migrate now`,
    strike: ({ world }) => (world.guest(vmid).refusal = undefined),
  }),
  /** It is moved, and does not go on there. */
  staysPaused: (vmid: number): Fault => ({
    title: `guest ${vmid} will not go on once it is moved`,
    strike: ({ world }) => (world.guest(vmid).staysPaused = true),
  }),
  goesOn: (vmid: number): Fault => ({
    title: `guest ${vmid} is resumed by hand`,
    strike: ({ world }) => (world.guest(vmid).status = 'running'),
  }),
  /** The HA manager gives up on it, as after a failed start. */
  failsInHa: (vmid: number): Fault => ({
    title: `the HA service of guest ${vmid} is in error`,
    strike: ({ world }) => setHaState(world, vmid, 'error'),
  }),
  recoversInHa: (vmid: number): Fault => ({
    title: `the error of guest ${vmid} is cleared in HA`,
    strike: ({ world }) => setHaState(world, vmid, 'started'),
  }),
  ignoresShutdown: (vmid: number): Fault => ({
    title: `guest ${vmid} ignores its shutdown`,
    strike: ({ world }) => (world.guest(vmid).shutdownMs = 'never'),
  }),
  appears: (vmid: number, spec: GuestSpec): Fault => ({
    title: `guest ${vmid} appears on ${spec.on}`,
    strike: ({ world }) => void world.addGuest(vmid, spec),
  }),
  isDeleted: (vmid: number): Fault => ({
    title: `guest ${vmid} is deleted`,
    strike: ({ world }) => world.guests.delete(world.guest(vmid)),
  }),
  isLocked: (vmid: number, lock: string): Fault => ({
    title: `guest ${vmid} is locked (${lock})`,
    strike: ({ world }) => (world.guest(vmid).lock = lock),
  }),
  isUnlocked: (vmid: number): Fault => ({
    title: `guest ${vmid} is unlocked`,
    strike: ({ world }) => {
      world.guest(vmid).lock = undefined;
      world.ha.kick();
    },
  }),
  /** Somebody moves it by hand while we work. */
  isMoved: (vmid: number, to: string): Fault => ({
    title: `guest ${vmid} is moved to ${to} by hand`,
    strike: ({ world }) => {
      const guest = world.guest(vmid);
      void world.execute(world.node(guest.node), [
        guest.kind === 'qemu' ? 'qm' : 'pct',
        'migrate',
        `${vmid}`,
        to,
        guest.kind === 'qemu' ? '--online' : '--restart',
        '1',
      ]);
    },
  }),
} as const;

function setHaState(world: World, vmid: number, state: 'error' | 'started'): void {
  const service = world.ha.services.find(world.guest(vmid).sid);
  if (service === undefined) throw new Error(`guest ${vmid} is not in the HA manager's hands`);
  service.state = state;
  world.ha.kick();
}
