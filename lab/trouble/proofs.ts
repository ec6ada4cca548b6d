/** Every trouble the lab makes, in the order in which they are run. */
import type { Verdict } from '../verdict.ts';
import type { TroublePlan } from './stage.ts';

export interface Proof {
  readonly name: string;
  readonly title: string;
  /** @returns every obligation with whether it held; the evidence has been printed @throws Error when it could not be carried out */
  readonly prove: () => Promise<(plan: TroublePlan) => Promise<readonly Verdict[]>>;
}

/** Each is loaded when it is run, in a lab of its own. */
export const proofs: readonly Proof[] = [
  { name: 'kills', title: 'proxroll killed at twenty moments of a run', prove: async () => (await import('./kills.ts')).proveKills },
  {
    name: 'unplug-own',
    title: 'the own node unplugged in mid-drain, in mid-upgrade and while it reboots',
    prove: async () => (await import('./unplug-own.ts')).proveUnplugOwn,
  },
  { name: 'cut-links', title: 'the link of each node cut once', prove: async () => (await import('./cut-links.ts')).proveCutLinks },
  {
    name: 'two-agents',
    title: 'two agents on two nodes started at the same moment, twenty times',
    prove: async () => (await import('./two-agents.ts')).proveTwoAgents,
  },
  {
    name: 'full-disk',
    title: 'the disk below /var/lib/proxroll is full',
    prove: async () => (await import('./full-disk.ts')).proveFullDisk,
  },
  {
    name: 'guard',
    title: 'the own node does not come back, and its peers speak up',
    prove: async () => (await import('./guard.ts')).proveGuard,
  },
  {
    name: 'never-returns',
    title: 'a peer does not come back from its reboot',
    prove: async () => (await import('./never-returns.ts')).proveNeverReturns,
  },
  {
    name: 'bad-input',
    title: 'wrong configuration, strange host key, silent sshd, failing package, holds and pauses',
    prove: async () => (await import('./bad-input.ts')).proveBadInput,
  },
];

export function proofNamed(name: string): Proof | undefined {
  return proofs.find((proof) => proof.name === name);
}
