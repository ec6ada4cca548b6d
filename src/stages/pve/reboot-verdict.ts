/** Whether a patched node reboots now, on what is known of it. Pure. */
import type { Config } from '../../config/schema.ts';
import { guestTitle } from '../../model/guest.ts';
import { isEmptySet, type PackageSet } from '../../model/packages.ts';
import { policyFor } from '../../model/policy.ts';
import { nodeOf, type Snapshot } from '../../model/snapshot.ts';
import { rebootReasonsAfter } from './reboot-due.ts';
import { answered, guestsOn } from './node-now.ts';

/**
 * What must be known before it is decided how a patched node goes on: whether it reboots, what must leave it, what must come back.
 * @returns the first thing that is not known, and why
 */
export function unreadFor(name: string, snapshot: Snapshot): string | undefined {
  const { membership } = snapshot;
  if (membership.kind === 'cluster' && membership.unheard !== undefined) return membership.unheard;
  const { host } = nodeOf(snapshot, name);
  if (!host.answered) return host.why;
  const { bootId, kernel, rebootRequired } = host.facts;
  for (const reading of [bootId, kernel, rebootRequired, snapshot.guests, snapshot.ha, snapshot.ceph])
    if (!reading.known) return reading.why;
  return undefined;
}

/** After the upgrade, on fresh facts: does it reboot, and if not although it should, why not. */
export function judgeReboot(
  name: string,
  snapshot: Snapshot,
  config: Config,
  installed: PackageSet,
): { readonly reasons: readonly string[]; readonly left?: string } {
  const reasons = orAlways(rebootReasonsAfter(answered(snapshot, name), installed), installed, config);
  const stuck = reasons.length === 0 ? undefined : reasonAgainstReboot(name, snapshot, config);
  return stuck === undefined
    ? { reasons }
    : { reasons: [], left: `a reboot is due (${reasons.join('; ')}) and was left, because ${stuck}` };
}

/** Why a node that should reboot is not rebooted by us, as far as policy says. Everything else is a check's business. */
export function reasonAgainstReboot(name: string, snapshot: Snapshot, config: Config): string | undefined {
  if (config.reboot === 'never') return 'reboot is set to never';
  if (snapshot.membership.kind === 'cluster') return undefined;
  const staying = guestsOn(snapshot, name).filter((guest) => !['shutdown', 'leave'].includes(policyFor(guest, config)));
  if (staying.length === 0) return undefined;
  return `${staying.map(guestTitle).join(', ')} would stop, there is no other node, and no policy allows it (guests.default or guests.by_vmid: shutdown)`;
}

/** With `always` a node reboots without a reason too: after every upgrade, and in a round of reboots that installs nothing. */
export function orAlways(reasons: readonly string[], set: PackageSet, config: Config): readonly string[] {
  if (reasons.length > 0 || config.reboot !== 'always') return reasons;
  if (config.upgrade === 'none') return ['it was asked for'];
  return isEmptySet(set) ? [] : ['reboot: always'];
}
