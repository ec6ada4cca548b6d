/**
 * A node that has just booted, because its power was cut or somebody rebooted it, starts its guests one by one, and what it
 * broadcasts of them is seconds old: that all are stopped there means nothing yet (facts 8.2, measured "Stale truth").
 */
import { guestTitle, needsPlace, seenRunning, type GuestFacts } from '../../../model/guest.ts';
import { nodeOf } from '../../../model/snapshot.ts';
import type { Context } from '../../../run/context.ts';
import { autostartS, startsGuests } from '../node-now.ts';
import { bootNow } from './boot-now.ts';
import { isUp } from './guest-trips.ts';

/**
 * Asks the node itself, when something speaks for a boot.
 * @param guests as broadcast, of all nodes
 * @returns what is about to run there, or does so already, although no guest was seen running; nothing when the node has been up
 * for a while
 * @throws Unseen, CommandFailed, Unparsable, ShellFailure
 */
export async function wakingUp(node: string, guests: readonly GuestFacts[], context: Context): Promise<string | undefined> {
  if (!mayHaveBooted(node, guests, context)) return undefined;
  const { young, startsGuests: starts, word } = await bootNow(node, context);
  if (starts) return `${node} has ${young ? 'just ' : ''}booted and starts its guests (pve-guests is ${word})`;
  if (!young) return undefined;
  const silent = guests.filter((guest) => guest.node === node && !guest.template && !seenRunning(guest));
  for (const guest of silent) if (await isUp(guest, context)) return `${guestTitle(guest)} has just started on ${node}`;
  return undefined;
}

/** It had just booted when it was looked at last, or guests that ran there then are not seen running now. */
function mayHaveBooted(node: string, guests: readonly GuestFacts[], context: Context): boolean {
  const seen = context.seen();
  const { host } = nodeOf(seen, node);
  const ageS = context.seenAgeMs() / 1000;
  if (!host.answered || !host.facts.uptimeS.known || !host.facts.services.known) return true;
  const uptimeS = host.facts.uptimeS.value + ageS;
  if (uptimeS < autostartS || startsGuests(uptimeS, host.facts.services.value)) return true;
  const ran = new Set(
    seen.guests.known ? seen.guests.value.filter((guest) => guest.node === node && needsPlace(guest)).map(({ vmid }) => vmid) : [],
  );
  return guests.some((guest) => guest.node === node && ran.has(guest.vmid) && !seenRunning(guest));
}
