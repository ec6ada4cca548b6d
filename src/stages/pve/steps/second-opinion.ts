/**
 * What Proxmox VE itself has against moving the guests that are about to move. Each is asked once in a drain, ahead of its turn and
 * beside other looks, because the question costs a second. What it says comes on top of our own reading; where it says nothing, that
 * and the migration itself decide.
 */
import { CommandFailed, Unparsable } from '../../../clients/at.ts';
import { hasPreconditions, preconditionsQuery, type Said } from '../../../clients/preconditions.ts';
import { ask } from '../../../clients/query.ts';
import { guestTitle, type GuestFacts } from '../../../model/guest.ts';
import { objectionsTo, type Preconditions } from '../../../model/preconditions.ts';
import type { Snapshot } from '../../../model/snapshot.ts';
import { goesAway, isManaged, wayFor } from '../../../model/way.ts';
import { at, type Context } from '../../../run/context.ts';
import { isPassing } from '../../../run/passing.ts';

/** By vmid; `nothing` for one that could not be asked. */
export type SecondOpinions = Map<number, Preconditions | 'nothing'>;

/** Asks about these guests side by side, those asked before left out. Who could not be asked just now is asked when its turn comes. */
export async function askAhead(
  guests: readonly GuestFacts[],
  snapshot: Snapshot,
  opinions: SecondOpinions,
  context: Context,
): Promise<void> {
  await Promise.all(
    guests.map(async (guest) => {
      try {
        await secondOpinion(guest, snapshot, opinions, context);
      } catch (error) {
        if (!isPassing(error)) throw error;
      }
    }),
  );
}

/**
 * @returns what is said against each node, or `not-now`: it is locked or somewhere else, which the next look shows
 * @throws ShellFailure when its node does not answer
 */
export async function saidAgainst(
  guest: GuestFacts,
  snapshot: Snapshot,
  opinions: SecondOpinions,
  context: Context,
): Promise<Readonly<Record<string, readonly string[]>> | 'not-now'> {
  const said = await secondOpinion(guest, snapshot, opinions, context);
  if (said === 'not-now') return said;
  if (said === 'nothing') return {};
  const { config } = context.site;
  const { everywhere, byNode } = objectionsTo(guest, wayFor(guest, snapshot, config), said, snapshot, config.limits);
  const others = snapshot.nodes.map(({ name }) => name).filter((name) => name !== guest.node);
  return Object.fromEntries(
    others.flatMap((name) => {
      const why = [...everywhere, ...(byNode[name] ?? [])];
      return why.length === 0 ? [] : [[name, [`Proxmox VE refuses it: ${why.join('; ')}`]] as const];
    }),
  );
}

async function secondOpinion(
  guest: GuestFacts,
  snapshot: Snapshot,
  opinions: SecondOpinions,
  context: Context,
): Promise<Preconditions | 'nothing' | 'not-now'> {
  const before = opinions.get(guest.vmid);
  if (before !== undefined) return before;
  if (isManaged(guest, snapshot) || !goesAway(wayFor(guest, snapshot, context.site.config))) return 'nothing';
  const said = canBeAsked(guest, snapshot) ? await asked(guest, context) : 'nothing';
  if (said === 'nothing') opinions.set(guest.vmid, said);
  else if (said.kind === 'said') opinions.set(guest.vmid, said.preconditions);
  return opinions.get(guest.vmid) ?? 'not-now';
}

function canBeAsked(guest: GuestFacts, snapshot: Snapshot): boolean {
  const host = snapshot.nodes.find(({ name }) => name === guest.node)?.host;
  return host?.answered === true && host.facts.versions.known && hasPreconditions(guest.kind, host.facts.versions.value);
}

async function asked(guest: GuestFacts, context: Context): Promise<Said | 'nothing'> {
  try {
    return await ask(at(context, guest.node), preconditionsQuery(guest.node, guest.kind, guest.vmid));
  } catch (error) {
    if (!(error instanceof CommandFailed) && !(error instanceof Unparsable)) throw error;
    await context.record({
      type: 'warned',
      subject: guestTitle(guest),
      what: `Proxmox VE does not say what is against moving it: ${error.message}`,
      next: 'nothing; its config and the migration itself decide',
    });
    return 'nothing';
  }
}
