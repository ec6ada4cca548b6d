/** What the journal says: everything before it happens, and of everything borrowed where it is in the end. */
import { rebalances } from '../../model/crs.ts';
import { loanId } from '../../model/loan.ts';
import type { WorldEvent, WorldFact } from '../facts.ts';
import type { SimGuest } from '../guest.ts';
import { ledByPerson } from './history.ts';
import type { History } from './history.ts';
import type { World } from '../world.ts';

export function journalFirst(history: History): string | undefined {
  return happenedUnsaid(history) ?? saidUnwritten(history) ?? rebootedUnseen(history);
}

function happenedUnsaid({ facts, journal }: History): string | undefined {
  const told = (before: number, step: string): boolean =>
    journal.some(({ at, event }) => at <= before && event.type === 'step.started' && event.step === step);
  for (const { index, event } of facts) {
    const step = stepOf(event);
    if (step === undefined || ('node' in event && byPerson(facts, event.node)) || told(index, step)) continue;
    if (event.type === 'crs' && bySomebody(facts, `a person sets crs to ${event.crs}`)) continue;
    return `${step} happened and was not in the journal`;
  }
  return undefined;
}

/**
 * What the last process takes for durable is on the disk, in the same order: whatever it found there may be of another release. An entry
 * that nobody was told of may be there besides.
 */
function saidUnwritten({ journal, onDisk }: History): string | undefined {
  let from = 0;
  const begins = journal
    .map(({ event }) => event.type === 'run.resumed' || (event.type === 'steps.planned' && event.wave === 'put-back'))
    .lastIndexOf(true);
  for (const { by, event } of journal.slice(Math.max(0, begins))) {
    if (by !== onDisk.by) continue;
    const text = JSON.stringify(event);
    const found = onDisk.text.indexOf(text, from);
    if (found < 0) return `${event.type} was told and is not in the journal on the disk`;
    from = found + text.length;
  }
  return undefined;
}

/** The journal agrees with the world: a node that it calls rebooted was. */
function rebootedUnseen({ facts, journal }: History): string | undefined {
  for (const { at, event } of journal) {
    if (event.type !== 'node.done' || !event.rebooted) continue;
    if (!facts.some((fact) => fact.index < at && fact.event.type === 'node.down' && fact.event.node === event.node))
      return `${event.node} is in the journal as rebooted and never went down`;
  }
  return undefined;
}

/** A person did to the node what a step does. */
function byPerson(facts: readonly WorldFact[], node: string): boolean {
  const asked = `a person puts ${node} into HA maintenance`;
  return ledByPerson(facts, node) || facts.some(({ event }) => event.type === 'fault' && event.text === asked);
}

/** The step that brings such a fact about. */
export function stepOf(event: WorldEvent): string | undefined {
  if (event.type === 'node.asked-to-reboot') return `pve/${event.node}/reboot`;
  if (event.type === 'apt.started' && event.what === 'upgrade') return `pve/${event.node}/upgrade`;
  if (event.type === 'apt.started' && event.what === 'fetch') return `pve/${event.node}/fetch`;
  if (event.type === 'ha.maintenance' && event.on) return `pve/${event.node}/maintenance-on`;
  if (event.type === 'crs' && !rebalances(event.crs)) return 'pve/cluster/balancer-off';
  if (event.type === 'ceph.noout' && event.on) return `pve/${event.host}/protect`;
  return undefined;
}

export function loansReturned({ world, atStart, finished, journal, facts }: History): string | undefined {
  if (!finished) return undefined;
  const said = leftBehind(journal);
  const open = openLoans(journal).find((loan) => !said.some((line) => line.includes(loan)));
  if (open !== undefined) return `the run finished and ${open} was never returned`;
  const kept = [...world.ha.nodes.values()].find(({ name, requested }) => requested && !atStart.maintenance.includes(name));
  if (kept !== undefined) return `${kept.name} is still in HA maintenance`;
  const noout = [...world.ceph.nooutHosts].find((host) => !atStart.noout.includes(host));
  if (noout !== undefined) return `noout is still set on ${noout}`;
  if (rebalances(world.spec.crs) && !rebalances(world.crs) && !bySomebody(facts, 'a person sets crs'))
    return 'the HA manager does not rebalance any more';
  const once = world.nodes.find(({ onceEntry }) => onceEntry !== undefined);
  if (once !== undefined) return `the boot loader of ${once.name} would still take ${once.onceEntry ?? ''} once`;
  const holds = world.nodes.find(
    ({ power, files }) => power === 'up' && [...files.keys()].some((path) => path.startsWith('/run/proxroll-guard-')),
  );
  if (holds !== undefined) return `${holds.name} still holds a message, and the secrets to send it`;
  const silent = world.guests.all.find(
    (guest) => guest.meantToRun && !guest.up && guest.exists && stoppedByUs(guest, world, journal) && !saidToBeLocked(guest, journal),
  );
  return silent === undefined ? undefined : `${silent.title} does not run`;
}

function bySomebody(facts: readonly WorldFact[], deed: string): boolean {
  return facts.some(({ event }) => event.type === 'fault' && event.text.startsWith(deed));
}

/** Guests that a person stopped, or moved by a restart, or that went down with their node's power, are not ours to bring back. */
function stoppedByUs({ vmid, interruptions }: SimGuest, { spec }: World, journal: History['journal']): boolean {
  const last = interruptions.at(-1);
  // One that was started in the last moment before a power cut has never run.
  if (last === undefined) return spec.guests?.[vmid]?.status !== 'stopped';
  const said = journal.filter(({ atMs, event }) => atMs <= last.atMs && 'vmid' in event && event.vmid === vmid);
  return last.why === 'restart migration' ? said.at(-1)?.event.type === 'guest.leaving' : !/by hand|lost power/.test(last.why);
}

/** A lock that somebody else's work left behind: nobody but a person takes it away, and the journal says so. */
function saidToBeLocked({ lock, title }: SimGuest, journal: History['journal']): boolean {
  return (
    lock !== undefined &&
    journal.some(
      ({ event }) => event.type === 'warned' && event.subject.startsWith(`${title} (`) && event.what.includes(`it is locked (${lock})`),
    )
  );
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

/** What the simulator plants where secrets lie: the subscription key, and in every VM's config a note and a password. */
const plantedSecrets: readonly string[] = ['pve2c-0123456789', 'planted-note-7f3a', 'planted-cipassword-5e1d'];

export function secretsKept({ printed }: History): string | undefined {
  const secret = plantedSecrets.find((text) => printed.includes(text));
  return secret === undefined ? undefined : `${secret} was printed`;
}
