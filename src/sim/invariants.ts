/**
 * What must never happen, whatever goes wrong (house style 3.7). Each is a pure function over the log of the world and the
 * journal of the run, and names the first moment at which it was broken. Numbers are those of the house style.
 */
import type { RunEvent } from '../model/event.ts';
import { loanId } from '../model/loan.ts';
import type { WorldEvent, WorldFact } from './facts.ts';
import type { SimGuest } from './guest.ts';
import type { World } from './world.ts';

export interface History {
  readonly facts: readonly WorldFact[];
  /** What the run journaled, with the place in `facts` at which it did. */
  readonly journal: readonly { readonly at: number; readonly event: RunEvent }[];
  /** The world as it is in the end. */
  readonly world: World;
  readonly atStart: { readonly maintenance: readonly string[]; readonly noout: readonly string[] };
  readonly finished: boolean;
  /** What the configuration allows. `patchingInPlace`: packages may change under guests before a node is emptied; `reboots`: a new kernel means a reboot. */
  readonly allows: {
    readonly quorumLoss: boolean;
    readonly stoppingGuests: boolean;
    readonly patchingInPlace?: boolean;
    readonly reboots?: boolean;
  };
  /** Everything that was printed or journaled, for the secrets. */
  readonly printed: string;
}

export interface Invariant {
  readonly number: number;
  readonly name: string;
  /** @returns what was broken, and when */
  readonly broken: (history: History) => string | undefined;
}

export const invariants: readonly Invariant[] = [
  { number: 1, name: 'quorum is never taken away', broken: quorumKept },
  { number: 2, name: 'no guest stops unless the plan said so', broken: guestsKept },
  { number: 3, name: 'one node at a time', broken: oneAtATime },
  { number: 4, name: 'no package changes under running guests', broken: emptiedFirst },
  { number: 5, name: 'the journal says it first', broken: journalFirst },
  { number: 6, name: 'no node is rebooted twice', broken: rebootedOnce },
  { number: 7, name: 'what was borrowed is back', broken: loansReturned },
  { number: 8, name: 'what is called patched is patched', broken: truthTold },
  { number: 10, name: 'no secret is printed', broken: secretsKept },
];

/** Every broken one, in a line. */
export function brokenInvariants(history: History): string[] {
  return invariants.flatMap(({ number, name, broken }) => {
    const what = broken(history);
    return what === undefined ? [] : [`invariant ${number} (${name}): ${what}`];
  });
}

function quorumKept({ facts, world, allows }: History): string | undefined {
  if (!world.clustered || allows.quorumLoss) return undefined;
  return first(facts, 'node.asked-to-reboot', ({ node, votesLeft, needed }) =>
    votesLeft < needed ? `${node} was rebooted with ${votesLeft} of ${needed} needed votes left` : undefined,
  );
}

/** Reasons that are nobody's doing but the fault's, and moves that need a stop by nature. */
const excused = /lost power|restart migration|was stopped|HA was told/;

function guestsKept({ facts, allows }: History): string | undefined {
  return (
    first(facts, 'node.asked-to-reboot', ({ node, guests }) =>
      guests.length > 0 && !ledByPerson(facts, node) ? `guests ${guests.join(', ')} were on ${node} when it was rebooted` : undefined,
    ) ??
    first(facts, 'guest.stopped', ({ title, node, why }) => {
      if (excused.test(why) || (allows.stoppingGuests && /asked to shut down/.test(why)) || ledByPerson(facts, node)) return undefined;
      return `${title} stopped on ${node}: ${why}`;
    })
  );
}

/** A person shut the node down; what follows is theirs. */
function ledByPerson(facts: readonly WorldFact[], node: string): boolean {
  return facts.some(({ event }) => event.type === 'fault' && event.text === `${node} is shut down by hand`);
}

function oneAtATime({ facts }: History): string | undefined {
  const away = new Set<string>();
  for (const { event } of facts) {
    if (event.type === 'node.asked-to-reboot' && !ledByPerson(facts, event.node)) {
      if (away.size > 0) return `${event.node} was rebooted while ${[...away].join(', ')} was away`;
      away.add(event.node);
    }
    if (event.type === 'node.rejoined') away.delete(event.node);
    if (event.type === 'apt.started' && event.what === 'upgrade' && [...away].some((node) => node !== event.node))
      return `${event.node} was upgraded while ${[...away].join(', ')} was away`;
  }
  return undefined;
}

/** Packages whose upgrade hurts what runs (facts 6.8). */
const hurting = /^(corosync|lxcfs|pve-cluster)$/;
const kernels = /^proxmox-kernel-.*-signed$/;

function emptiedFirst({ facts, world, allows }: History): string | undefined {
  if (world.nodes.length === 1 || allows.stoppingGuests || allows.patchingInPlace === true) return undefined;
  const hurts = (name: string, node: string): boolean =>
    hurting.test(name) ||
    (name === 'pve-ha-manager' && world.ha.used) ||
    // A kernel means a reboot, unless nobody reboots or another one is pinned.
    (kernels.test(name) && allows.reboots !== false && world.node(node).pinnedKernel === undefined);
  const occupied = new Map<string, readonly number[]>();
  for (const { event } of facts) {
    if (event.type === 'apt.started' && event.what === 'upgrade') occupied.set(event.node, event.guests);
    const guests = event.type === 'package.changed' && hurts(event.name, event.node) ? (occupied.get(event.node) ?? []) : [];
    if (event.type === 'package.changed' && guests.length > 0)
      return `${event.name} changed on ${event.node} under guests ${guests.join(', ')}`;
  }
  return undefined;
}

function journalFirst({ facts, journal }: History): string | undefined {
  const told = (before: number, step: string): boolean =>
    journal.some(({ at, event }) => at <= before && event.type === 'step.started' && event.step === step);
  for (const { index, event } of facts) {
    const step = stepOf(event);
    if (step === undefined || ('node' in event && byPerson(facts, event.node)) || told(index, step)) continue;
    return `${step} happened and was not in the journal`;
  }
  return undefined;
}

/** A person did to the node what a step does. */
function byPerson(facts: readonly WorldFact[], node: string): boolean {
  const asked = `a person puts ${node} into HA maintenance`;
  return ledByPerson(facts, node) || facts.some(({ event }) => event.type === 'fault' && event.text === asked);
}

function stepOf(event: WorldEvent): string | undefined {
  if (event.type === 'node.asked-to-reboot') return `pve/${event.node}/reboot`;
  if (event.type === 'apt.started' && event.what === 'upgrade') return `pve/${event.node}/upgrade`;
  if (event.type === 'apt.started' && event.what === 'fetch') return `pve/${event.node}/fetch`;
  if (event.type === 'ha.maintenance' && event.on) return `pve/${event.node}/maintenance-on`;
  if (event.type === 'ceph.noout' && event.on) return `pve/${event.host}/protect`;
  return undefined;
}

function rebootedOnce({ facts }: History): string | undefined {
  const seen = new Set<string>();
  return first(facts, 'node.asked-to-reboot', ({ node }) => {
    if (seen.has(node)) return `${node} was rebooted a second time`;
    seen.add(node);
    return undefined;
  });
}

function loansReturned({ world, atStart, finished, journal }: History): string | undefined {
  if (!finished) return undefined;
  const said = leftBehind(journal);
  const open = openLoans(journal).find((loan) => !said.some((line) => line.includes(loan)));
  if (open !== undefined) return `the run finished and ${open} was never returned`;
  const kept = [...world.ha.nodes.values()].find(({ name, requested }) => requested && !atStart.maintenance.includes(name));
  if (kept !== undefined) return `${kept.name} is still in HA maintenance`;
  const noout = [...world.ceph.nooutHosts].find((host) => !atStart.noout.includes(host));
  if (noout !== undefined) return `noout is still set on ${noout}`;
  const silent = world.guests.all.find((guest) => guest.meantToRun && !guest.up && guest.exists && !stoppedByHand(guest));
  return silent === undefined ? undefined : `${silent.title} does not run`;
}

function stoppedByHand({ interruptions }: SimGuest): boolean {
  return interruptions.at(-1)?.why === 'it was stopped by hand';
}

/** What the report says was left as it is. */
function leftBehind(journal: History['journal']): string[] {
  return journal.flatMap(({ event }) => (event.type === 'run.finished' || event.type === 'node.done' ? event.left : []));
}

/** What the journal calls borrowed and not returned: a guest by its title, a setting by its id. */
function openLoans(journal: History['journal']): string[] {
  const open = new Map<string, string>();
  for (const { event } of journal) {
    if (event.type === 'loan.taken') open.set(loanId(event.loan), 'title' in event.loan ? event.loan.title : loanId(event.loan));
    if (event.type === 'loan.returned') open.delete(loanId(event.loan));
  }
  return [...open.values()];
}

function truthTold({ journal, world }: History): string | undefined {
  const done = journal.find(({ event }) => event.type === 'run.finished')?.event;
  if (done?.type !== 'run.finished') return undefined;
  for (const name of done.patched) {
    const node = world.node(name);
    if (node.apt.upgradable.length > 0) return `${name} is called patched and has ${node.apt.upgradable.length} packages pending`;
    const left =
      done.left.some((line) => line.startsWith(name)) ||
      journal.some(({ event }) => event.type === 'node.done' && event.node === name && event.left.length > 0);
    if (node.runningKernel !== node.nextKernel && !left) return `${name} is called patched and runs ${node.runningKernel}`;
  }
  return undefined;
}

/** What the simulator plants where secrets lie. */
export const plantedSecrets: readonly string[] = ['pve2c-0123456789'];

function secretsKept({ printed }: History): string | undefined {
  const secret = plantedSecrets.find((text) => printed.includes(text));
  return secret === undefined ? undefined : `${secret} was printed`;
}

function first<Type extends WorldEvent['type']>(
  facts: readonly WorldFact[],
  type: Type,
  broken: (event: Extract<WorldEvent, { type: Type }>) => string | undefined,
): string | undefined {
  for (const { event } of facts) {
    if (event.type !== type) continue;
    const what = broken(event as Extract<WorldEvent, { type: Type }>);
    if (what !== undefined) return what;
  }
  return undefined;
}
