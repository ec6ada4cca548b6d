/** What can befall the packages of a node and where they come from. */
import { halfConfigured, installElsewhere, publish, refresh } from '../apt.ts';
import type { PackageSpec } from '../spec.ts';
import type { Fault } from './fault.ts';

export const aptFaults = {
  /** @param name what whoever has the lock is at, and has installed when it is over; missing for one who only has it */
  locked: (node: string, forMs?: number, name?: string): Fault => ({
    title: `apt is locked on ${node}${name === undefined ? '' : `, by somebody who is at ${name}`}`,
    strike: ({ world }) => {
      const { apt } = world.node(node);
      apt.lockedBy = { pid: world.node(node).nextPid(), program: 'unattended-upgr' };
      if (name !== undefined) apt.states.set(name, 'iF ');
      const over = () => {
        if (name !== undefined) installElsewhere(apt, name);
        apt.unlock();
      };
      if (forMs !== undefined) world.timers.after(forMs, over);
    },
  }),
  /** Somebody else refreshes the lists: apt does not wait for that lock. */
  listsLocked: (node: string, forMs?: number): Fault => ({
    title: `somebody else refreshes the package lists of ${node}`,
    strike: ({ world }) => {
      const { apt } = world.node(node);
      apt.listsLockedBy = { pid: world.node(node).nextPid(), program: 'apt-get' };
      if (forMs !== undefined) world.timers.after(forMs, () => (apt.listsLockedBy = undefined));
    },
  }),
  /** Somebody else downloads packages: apt does not wait for that lock either. */
  archivesLocked: (node: string, forMs?: number): Fault => ({
    title: `somebody else downloads packages on ${node}`,
    strike: ({ world }) => {
      const { apt } = world.node(node);
      apt.archivesLockedBy = { pid: world.node(node).nextPid(), program: 'unattended-upgr' };
      if (forMs !== undefined) world.timers.after(forMs, () => (apt.archivesLockedBy = undefined));
    },
  }),
  halfConfigured: (node: string, name: string): Fault => ({
    title: `${name} is half configured on ${node}`,
    strike: ({ world }) => (world.node(node).apt.audit = halfConfigured(name)),
  }),
  held: (node: string, name: string): Fault => ({
    title: `${name} is held on ${node}`,
    strike: ({ world }) => void world.node(node).apt.held.push(name),
  }),
  asksAboutConffile: (node: string, name: string): Fault => ({
    title: `${name} will ask about a conffile on ${node}`,
    strike: ({ world }) => void world.node(node).apt.askingConffile.add(name),
  }),
  failingPostinst: (node: string, name: string): Fault => ({
    title: `the postinst of ${name} will fail on ${node}`,
    strike: ({ world }) => void world.node(node).apt.failing.add(name),
  }),
  brokenRepository: (node: string, uri: string, says = 'Could not resolve host'): Fault => ({
    title: `${uri} cannot be fetched on ${node}`,
    strike: ({ world }) => void world.node(node).apt.brokenRepositories.set(uri, says),
  }),
  mendedRepository: (node: string, uri: string): Fault => ({
    title: `${uri} can be fetched on ${node} again`,
    strike: ({ world }) => void world.node(node).apt.brokenRepositories.delete(uri),
  }),
  wantsToRemove: (node: string, name: string): Fault => ({
    title: `a dist-upgrade on ${node} would now remove ${name}`,
    strike: ({ world }) => void world.node(node).apt.removals.push(name),
  }),
  refreshed: (node: string): Fault => ({
    title: `a person on ${node}: apt-get update`,
    strike: ({ world }) => refresh(world.node(node).apt),
  }),
  /** A person ran `dpkg --configure -a` and it worked. */
  mended: (node: string): Fault => ({
    title: `dpkg is mended on ${node} by hand`,
    strike: ({ world }) => {
      const { apt } = world.node(node);
      apt.failing.clear();
      apt.states.clear();
      apt.audit = '';
    },
  }),
  published: (nodes: readonly string[], packages: readonly PackageSpec[]): Fault => ({
    title: `${packages.map(({ name, to }) => `${name} ${to}`).join(', ')} appears in the repository of ${nodes.join(', ')}`,
    strike: ({ world }) => {
      for (const node of nodes) publish(world.node(node), packages);
    },
  }),
} as const;
