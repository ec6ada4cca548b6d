/** Where the HA manager may run its services: groups on Proxmox VE 8, rules on 9 (facts 4.8). Pure. */
import { serviceId, type GuestFacts } from './guest.ts';
import type { HaFacts, Snapshot } from './snapshot.ts';

export type HaRule =
  /** A group, or a rule of node affinity. `strict` (`restricted`): nowhere else; otherwise elsewhere only when none of them can. */
  | {
      readonly kind: 'node-affinity';
      readonly id: string;
      /** `vm:101`, `ct:200`. */
      readonly services: readonly string[];
      readonly nodes: readonly string[];
      /** The manager takes those with the highest number as long as one of them is there. Missing where no node has one. */
      readonly priorities?: Readonly<Record<string, number>>;
      readonly strict: boolean;
    }
  /** Together on one node, or each on its own. The manager never breaks it. */
  | {
      readonly kind: 'resource-affinity';
      readonly id: string;
      readonly services: readonly string[];
      readonly affinity: 'positive' | 'negative';
    };

/** @returns why the manager's rules do not let it run this guest there; empty when they do, or when it is not the manager's */
export function ruleObstacles(guest: GuestFacts, target: string, snapshot: Snapshot): readonly string[] {
  const ha = managerOf(snapshot);
  if (ha === undefined || guest.ha === undefined || ha.rules === undefined) return [];
  if (!ha.rules.known) return [`the rules of the HA manager are unknown (${ha.rules.why})`];
  const sid = serviceId(guest);
  return ha.rules.value.filter((rule) => rule.services.includes(sid)).flatMap((rule) => against(rule, sid, target, ha));
}

/**
 * How much the manager wants this guest on each node, by node: it takes one of those that it wants most. Nodes it may not take are
 * missing; a node that a rule which is not strict leaves out comes after those that it names (facts 4.8).
 */
export function managersWish(guest: GuestFacts, snapshot: Snapshot): Readonly<Record<string, number>> {
  const ha = managerOf(snapshot);
  if (ha === undefined) return {};
  const rules = ha.rules?.known === true ? ha.rules.value : [];
  const sid = serviceId(guest);
  const rule = rules.find((one) => one.kind === 'node-affinity' && one.services.includes(sid));
  const online = Object.entries(ha.nodes).flatMap(([name, { state }]) => (state === 'online' ? [name] : []));
  if (rule?.kind !== 'node-affinity') return Object.fromEntries(online.map((name) => [name, 0]));
  return Object.fromEntries(
    online.flatMap((name): readonly (readonly [string, number])[] => {
      if (rule.nodes.includes(name)) return [[name, rule.priorities?.[name] ?? 0]];
      return rule.strict ? [] : [[name, -1]];
    }),
  );
}

/** Whether the manager brings it back to a node that it was moved away from, once that is there again (facts 4.4). */
export function failsBack(guest: GuestFacts, snapshot: Snapshot): boolean {
  const sid = serviceId(guest);
  return managerOf(snapshot)?.services.find((service) => service.sid === sid)?.failback !== false;
}

/** Services that count for a node when the manager looks for the one with the fewest: those that run there, or are on their way there. */
export function servicesOn(node: string, snapshot: Snapshot): readonly string[] {
  const services = managerOf(snapshot)?.services ?? [];
  return services
    .filter((service) => (service.target ?? service.node) === node && !/^(stopped|request_start|queued)$/.test(service.state))
    .map(({ sid }) => sid);
}

function against(rule: HaRule, sid: string, target: string, ha: UsedHa): readonly string[] {
  if (rule.kind === 'node-affinity')
    return rule.strict && !rule.nodes.includes(target) ? [`the HA rule ${rule.id} allows ${listed(rule.nodes)} only`] : [];
  const home = ha.services.find((service) => service.sid === sid)?.node;
  const partners = ha.services.filter((service) => service.sid !== sid && rule.services.includes(service.sid) && isUp(service));
  if (rule.affinity === 'negative')
    return partners
      .filter((partner) => (partner.target ?? partner.node) === target)
      .map((partner) => `the HA rule ${rule.id} keeps it apart from ${partner.sid}, which is there`);
  // Partners on its own node come along; one that is elsewhere already draws it there.
  return partners
    .filter((partner) => (partner.target ?? partner.node) !== home && (partner.target ?? partner.node) !== target)
    .map((partner) => `the HA rule ${rule.id} keeps it together with ${partner.sid}, which is on ${partner.target ?? partner.node}`);
}

type UsedHa = HaFacts & { readonly kind: 'used' };

function managerOf({ ha }: Snapshot): UsedHa | undefined {
  return ha.known && ha.value.kind === 'used' ? ha.value : undefined;
}

function isUp({ state, requested }: UsedHa['services'][number]): boolean {
  return requested === 'started' && state !== 'stopped';
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'no node' : names.join(', ');
}
