/** What a person does while proxroll works: to the cluster, and to proxroll itself. */
import type { Fault } from './fault.ts';

/** What a person does to proxroll, in the words of its commands; `terminates` is `systemctl stop proxroll`. */
export type PersonAct =
  | { readonly kind: 'pauses' | 'stops' | 'resumes' | 'abandons' | 'terminates' }
  /** proxroll reads it when it starts the next time. */
  | { readonly kind: 'edits-config'; readonly config: Readonly<Record<string, unknown>> }
  /** A second proxroll, installed on another node. */
  | { readonly kind: 'starts-another'; readonly node: string };

export const personFaults = {
  startsBackup: (vmid: number, takesMs: number): Fault => ({
    title: `a backup of guest ${vmid} starts`,
    strike: ({ world }) => {
      const guest = world.guest(vmid);
      const task = world.tasks.start(world.node(guest.node), 'vzdump', `${vmid}`);
      guest.lock = 'backup';
      world.timers.after(takesMs, () => {
        world.tasks.end(task, 'OK');
        if (guest.lock === 'backup') guest.lock = undefined;
        // The HA manager may have waited for that.
        world.ha.kick();
      });
    },
  }),
  startsServerTask: (name: string, type: string, takesMs: number): Fault => ({
    title: `the backup server on ${name} begins a ${type}`,
    strike: ({ world }) => {
      const node = world.node(name);
      const id = type === 'backup' ? 'tank:vm/105' : 'tank';
      const task = { pid: node.nextPid(), startedAtS: Math.floor(world.timers.now() / 1000), type, id };
      node.backupTasks = [...node.backupTasks, task];
      world.timers.after(takesMs, () => {
        node.backupTasks = node.backupTasks.filter((one) => one !== task);
      });
    },
  }),
  stopsNode: (node: string): Fault => ({
    title: `${node} is shut down by hand`,
    strike: ({ world }) => world.boot.reboot(world.node(node), true),
  }),
  stopsGuest: (vmid: number): Fault => ({
    title: `guest ${vmid} is shut down by hand`,
    strike: ({ world }) => {
      const guest = world.guest(vmid);
      void world.guests.shutdown(guest, world.node(guest.node), 180_000, 'it was stopped by hand');
    },
  }),
  startsGuest: (vmid: number): Fault => ({
    title: `guest ${vmid} is started by hand`,
    strike: ({ world }) => {
      const guest = world.guest(vmid);
      // On a node that is off nobody can.
      if (!world.node(guest.node).alive) return;
      guest.meantToRun = true;
      void world.guests.start(guest, world.node(guest.node));
    },
  }),
  holdsNode: (node: string, why: string): Fault => ({
    title: `a person holds ${node}: ${why}`,
    strike: ({ world }) => void world.node(node).files.set('/etc/proxroll/hold', `${why}\n`),
  }),
  releasesNode: (node: string): Fault => ({
    title: `a person lets ${node} go`,
    strike: ({ world }) => void world.node(node).files.delete('/etc/proxroll/hold'),
  }),
  putsIntoMaintenance: (node: string): Fault => ({
    title: `a person puts ${node} into HA maintenance`,
    strike: ({ world }) => world.ha.ask({ kind: 'maintenance', node, on: true, atMs: world.timers.now() }),
  }),
  setsCrs: (crs: string): Fault => ({ title: `a person sets crs to ${crs}`, strike: ({ world }) => world.setCrs(crs) }),
  acts: (act: PersonAct): Fault => ({ title: actTitle(act), strike: ({ person }) => person(act) }),
} as const;

function actTitle(act: PersonAct): string {
  switch (act.kind) {
    case 'pauses':
      return 'a person: proxroll pause';
    case 'stops':
      return 'a person: proxroll stop';
    case 'resumes':
      return 'a person: proxroll resume';
    case 'abandons':
      return 'a person: proxroll abandon';
    case 'terminates':
      return 'a person: systemctl stop proxroll';
    case 'edits-config':
      return 'a person edits the config';
    case 'starts-another':
      return `a person on ${act.node}: systemctl start proxroll`;
    default: {
      const other: never = act;
      return other;
    }
  }
}
