/** The last look of a run: whether each guest is where the plan had it, and if not why; and which VMs still run an old QEMU. */
import { staleProcessesQuery, vmProcessesQuery } from '../clients/processes.ts';
import { askAll } from '../clients/query.ts';
import { guestTitle, needsPlace, seenRunning, type GuestFacts } from '../model/guest.ts';
import { keptByManager, type GuestElsewhere, type GuestsAfter } from '../model/guests-after.ts';
import type { Track } from '../model/plan.ts';
import type { Reading } from '../model/reading.ts';
import { known, unknown } from '../model/reading.ts';
import { autostartS } from '../stages/pve/node-now.ts';
import { bootNow } from '../stages/pve/steps/boot-now.ts';
import { siteNow } from '../stages/pve/steps/site-now.ts';
import { isUp } from '../stages/pve/steps/guest-trips.ts';
import { at, type Context } from './context.ts';
import { isPassing } from './passing.ts';
import type { RunState } from './state.ts';

const pollMs = 5000;
/** A command that failed once does not fail the next time, or it will for long. */
const unseenMs = 15_000;

/**
 * Three pvesh processes and one round trip a node, beside each other. What cannot be seen is asked for again, then said, and keeps no run
 * from its end; a node that is about to start guests of this run is waited for.
 */
export async function guestsAfter(context: Context): Promise<GuestsAfter> {
  const { clock } = context.site.ports;
  const beganMs = clock.elapsed();
  for (;;) {
    const { starting, ...after } = await look(context);
    const patienceMs = starting ? autostartS * 1000 : after.unseen === undefined ? 0 : unseenMs;
    if (clock.elapsed() - beganMs >= patienceMs || context.stop.aborted) return after;
    await clock.sleep(pollMs, context.stop);
  }
}

async function look(context: Context): Promise<GuestsAfter & { readonly starting: boolean }> {
  const nodes = context.seen().nodes.filter(({ host }) => host.answered);
  try {
    const [{ guests }, old] = await Promise.all([
      siteNow(context),
      Promise.all(nodes.map(async ({ name }) => [name, await oldVms(name, context)] as const)),
    ]);
    const { stopped, starting } = await reallyStopped(guests, context);
    const unseen = old.flatMap(([name, vms]) => (vms.known ? [] : [`${name}: ${vms.why}`]));
    return {
      elsewhere: notAsPlanned(context.state(), guests, stopped, context.site.config.return_guests),
      oldQemu: old.flatMap(([name, vms]) => (vms.known ? vms.value : []).map((vmid) => ({ vmid, title: titleOf(vmid, guests), on: name }))),
      ...(unseen.length === 0 ? {} : { unseen: unseen.join('; ') }),
      starting,
    };
  } catch (error) {
    if (!isPassing(error)) throw error;
    return { elsewhere: [], oldQemu: [], unseen: error.message, starting: false };
  }
}

async function oldVms(node: string, context: Context): Promise<Reading<readonly number[]>> {
  try {
    const [stale, vms] = await askAll(at(context, node), [staleProcessesQuery, vmProcessesQuery]);
    if (!stale.known) return stale;
    if (!vms.known) return vms;
    const pids = new Set(stale.value.map(({ pid }) => pid));
    return known(Object.entries(vms.value).flatMap(([vmid, pid]) => (pids.has(pid) ? [Number(vmid)] : [])));
  } catch (error) {
    if (!isPassing(error)) throw error;
    return unknown(error.message);
  }
}

/**
 * What is broadcast of a guest is up to ten seconds old, and after a boot nothing at all: one of the plan is asked itself.
 * @returns those that do not run, and whether one of them stands on a node that is still starting its guests
 */
async function reallyStopped(
  guests: readonly GuestFacts[],
  context: Context,
): Promise<{ readonly stopped: ReadonlySet<number>; readonly starting: boolean }> {
  const { plan, guests: trips } = context.state();
  const touched = new Set([...trips, ...(plan?.tracks.flatMap((track) => track.guests) ?? [])].map(({ vmid }) => vmid));
  const down: GuestFacts[] = [];
  for (const guest of guests) {
    if (guest.template || seenRunning(guest)) continue;
    if (touched.has(guest.vmid) ? !(await isUp(guest, context)) : !needsPlace(guest)) down.push(guest);
  }
  const nodes = [...new Set(down.filter(({ vmid }) => touched.has(vmid)).map(({ node }) => node))];
  const boots = await Promise.all(nodes.map((node) => bootNow(node, context)));
  return { stopped: new Set(down.map(({ vmid }) => vmid)), starting: boots.some(({ startsGuests }) => startsGuests) };
}

function titleOf(vmid: number, guests: readonly GuestFacts[]): string {
  return guestTitle(guests.find((guest) => guest.vmid === vmid) ?? { kind: 'qemu', vmid, name: '' });
}

type Told = Pick<RunState, 'plan' | 'guests' | 'warnings' | 'loans'>;

/** Pure. @param stopped those that do not run @param returns whether guests were to go home @returns sorted by vmid */
export function notAsPlanned(
  state: Told,
  guests: readonly GuestFacts[],
  stopped: ReadonlySet<number>,
  returns: boolean,
): readonly GuestElsewhere[] {
  const found: GuestElsewhere[] = [];
  for (const [vmid, { title, planned }] of plannedPlaces(state, returns)) {
    const guest = guests.find((candidate) => candidate.vmid === vmid);
    if (guest === undefined) found.push({ vmid, title, planned, why: 'somebody removed it during the run' });
    else if (guest.node !== planned)
      found.push({ vmid, title, on: guest.node, planned, why: whyElsewhere(guest, planned, stopped, returns, state) });
    else if (stopped.has(vmid)) found.push({ vmid, title, on: guest.node, planned, why: whyStopped(guest, state) });
  }
  return found.sort((a, b) => a.vmid - b.vmid);
}

/**
 * Of every guest that ran on a node of the plan: its home where guests return, else where its last planned move leads. So of one that was
 * started later and had to leave.
 */
function plannedPlaces(
  { plan, guests: trips }: Pick<Told, 'plan' | 'guests'>,
  returns: boolean,
): ReadonlyMap<number, { readonly title: string; readonly planned: string }> {
  const places = new Map<number, { readonly title: string; readonly planned: string }>();
  const tracks = plan?.tracks ?? [];
  for (const { node, guests } of tracks) for (const { vmid, title } of guests) places.set(vmid, { title, planned: node });
  if (returns) {
    for (const { vmid, title, from } of trips) if (!places.has(vmid)) places.set(vmid, { title, planned: from });
    return places;
  }
  for (const { vmid, title, to } of tracks.flatMap(({ out = [], back = [] }: Track) => [...out, ...back]))
    places.set(vmid, { title, planned: to });
  // Without a plan of moves it is decided as they leave, and any place is as good.
  return plan?.moves?.kind === 'planned' ? places : new Map();
}

function whyElsewhere(
  guest: GuestFacts,
  planned: string,
  stopped: ReadonlySet<number>,
  returns: boolean,
  { guests, warnings }: Told,
): string {
  const said = warnings.filter(({ subject, what }) => subject === guestTitle(guest) && what.startsWith('stays ')).at(-1);
  if (said !== undefined) return said.what.replace(/^stays (?:stopped )?on \S+: /, '');
  if (guest.ha !== undefined) return stopped.has(guest.vmid) ? 'it does not run there; see: ha-manager status' : keptByManager;
  if (stopped.has(guest.vmid)) return 'it was stopped there by somebody else, or ended by itself';
  const last = guests.filter(({ vmid }) => vmid === guest.vmid).at(-1);
  if (last === undefined) return 'somebody else moved it';
  if (last.end === 'stayed' && last.from === guest.node) return `it would not go to ${last.to}`;
  if (last.to !== guest.node) return 'somebody else moved it';
  return returns ? 'it did not go home' : `${planned} could not take it when it left`;
}

function whyStopped(guest: GuestFacts, { loans, warnings }: Told): string {
  const said = warnings.filter(({ subject, what }) => subject === guestTitle(guest) && what.startsWith('stays ')).at(-1);
  if (said !== undefined) return `it does not run: ${said.what.replace(/^stays (?:stopped )?on \S+: /, '')}`;
  const ours = loans.some((loan) => 'vmid' in loan && loan.vmid === guest.vmid);
  return ours ? 'it does not run yet' : 'it does not run: somebody stopped it, or it ended by itself';
}
