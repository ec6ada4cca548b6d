/** What an operator allows to happen to a guest whose node must be emptied. Pure. */
import type { GuestFacts } from './guest.ts';

/** Every policy, the gentlest first. */
export const guestPolicies = ['migrate', 'migrate-with-disks', 'restart', 'shutdown', 'leave', 'block'] as const;
export type GuestPolicy = (typeof guestPolicies)[number];

/** The part of the config that says it. */
export interface PolicyConfig {
  readonly guests?: {
    readonly default: GuestPolicy;
    readonly by_tag: Readonly<Record<string, GuestPolicy>>;
    readonly by_vmid: Readonly<Record<string, GuestPolicy>>;
  };
}

type Tagged = Pick<GuestFacts, 'vmid' | 'tags'>;

/**
 * vmid before tag before default. Two tags that say different things say nothing: the guest keeps its node up until its vmid
 * decides, and a check names both.
 */
export function policyFor(guest: Tagged, config: PolicyConfig): GuestPolicy {
  const own = config.guests?.by_vmid[String(guest.vmid)];
  if (own !== undefined) return own;
  const byTag = tagPolicies(guest, config);
  const said = new Set(byTag.map(({ policy }) => policy));
  if (said.size > 1) return 'block';
  return byTag[0]?.policy ?? config.guests?.default ?? 'migrate';
}

/** The key of the config that decided. */
export function policyPath(guest: Tagged, config: PolicyConfig): readonly string[] {
  if (config.guests?.by_vmid[String(guest.vmid)] !== undefined) return ['guests', 'by_vmid', String(guest.vmid)];
  const [first] = tagPolicies(guest, config);
  return first === undefined ? ['guests', 'default'] : ['guests', 'by_tag', first.tag];
}

/** @returns what its tags say, when they do not agree and its vmid does not decide; else nothing */
export function contradictingTags(guest: Tagged, config: PolicyConfig): readonly { readonly tag: string; readonly policy: GuestPolicy }[] {
  if (config.guests?.by_vmid[String(guest.vmid)] !== undefined) return [];
  const byTag = tagPolicies(guest, config);
  return new Set(byTag.map(({ policy }) => policy)).size > 1 ? byTag : [];
}

function tagPolicies(guest: Tagged, config: PolicyConfig) {
  return guest.tags.flatMap((tag) => {
    const byTag = config.guests?.by_tag ?? {};
    // Tags are words of other people's choice: `constructor` is one that every object knows.
    const policy = Object.hasOwn(byTag, tag) ? byTag[tag] : undefined;
    return policy === undefined ? [] : [{ tag, policy }];
  });
}
