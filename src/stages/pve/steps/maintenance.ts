/** HA maintenance of one node (facts 4.4). The request is only queued; what counts is what the manager and the node's LRM say afterwards. */
import { requestHaState, requestMaintenance } from '../../../clients/ha-manager.ts';
import { guestTitle, needsPlace, serviceId } from '../../../model/guest.ts';
import { wayFor } from '../../../model/way.ts';
import { failsBack } from '../../../model/ha-rule.ts';
import type { HaFacts, Snapshot } from '../../../model/snapshot.ts';
import type { MaintenanceOffStep, MaintenanceOnStep } from '../../../model/step.ts';
import { atOwn, type Context } from '../../../run/context.ts';
import { observeHa } from '../../../run/discover.ts';
import type { Handler, Satisfaction } from '../../../run/handler.ts';
import { loanOf } from './guest-trips.ts';
import { siteNow } from './site-now.ts';

export const maintenanceOn: Handler<MaintenanceOnStep> = {
  remember: () => Promise.resolve({}),
  run: async ({ node }, _remembered, context) => {
    // Before the manager would move them.
    await stopByPolicy(node, context);
    await noteStaying(node, context);
    await context.record({ type: 'loan.taken', loan: { kind: 'ha-maintenance', node } });
    await requestMaintenance(atOwn(context), node, 'enable');
  },
  satisfied: async ({ node }, _remembered, context) => {
    const ha = await haNow(context);
    const seen = ha.nodes[node];
    // The manager has taken it up; emptying the node of its guests goes on while it gets there, and waits for it.
    if (seen?.maintenanceRequested === true || seen?.state === 'maintenance') return { yes: true };
    return { yes: false, seen: seen === undefined ? `HA does not know ${node}` : `HA says ${node} is ${seen.state}, no request noted` };
  },
  pollMs: 2000,
  late: ({ node }, seen) => ({
    code: 'maintenance.deadline',
    reason: {
      what: `the HA manager has not put ${node} into maintenance`,
      seen,
      next: `look at ha-manager status and journalctl -u pve-ha-crm on the master, then: proxroll resume`,
    },
  }),
};

export const maintenanceOff: Handler<MaintenanceOffStep> = {
  remember: () => Promise.resolve({}),
  run: ({ node }, _remembered, context) => requestMaintenance(atOwn(context), node, 'disable'),
  // The manager has taken it up; its services go back by themselves, and the step that brings guests home waits for them (facts 4.4).
  satisfied: async ({ node }, _remembered, context) => {
    const seen = (await haNow(context)).nodes[node];
    if (seen?.maintenanceRequested === true) return { yes: false, seen: `HA still has the request for maintenance of ${node}` };
    if (context.state().loans.some((loan) => loan.kind === 'ha-maintenance' && loan.node === node))
      await context.record({ type: 'loan.returned', loan: { kind: 'ha-maintenance', node } });
    return { yes: true } satisfies Satisfaction;
  },
  pollMs: 2000,
  late: ({ node }, seen) => ({
    code: 'maintenance.deadline',
    reason: { what: `HA does not end the maintenance of ${node}`, seen, next: `look at ha-manager status, then: proxroll resume` },
  }),
};

/** HA guests that are to be stopped: the manager is told, and what was asked of them before is on loan (facts 4.7). */
async function stopByPolicy(node: string, context: Context): Promise<void> {
  const { default: usual, by_tag: byTag, by_vmid: byVmid } = context.site.config.guests;
  if (![usual, ...Object.values(byTag), ...Object.values(byVmid)].includes('shutdown')) return;
  const { snapshot, guests } = await siteNow(context);
  for (const guest of guests) {
    if (guest.node !== node || !needsPlace(guest) || guest.ha === undefined || guest.ha.requested !== 'started') continue;
    if (wayFor(guest, snapshot, context.site.config) !== 'ha-stop') continue;
    const { vmid, kind } = guest;
    const { requested } = guest.ha;
    const loan = { kind: 'ha-stopped', vmid, guest: kind, title: guestTitle(guest), home: node, requested } as const;
    await context.record({ type: 'loan.taken', loan });
    await requestHaState(atOwn(context), serviceId(guest), 'stopped');
  }
}

/** HA guests that the manager will move and not bring back: where they belong is on loan before it does (facts 4.4). */
async function noteStaying(node: string, context: Context): Promise<void> {
  const { config } = context.site;
  if (!config.return_guests || !staysSomewhere(context.seen())) return;
  const { snapshot, guests } = await siteNow(context);
  for (const guest of guests) {
    if (guest.node !== node || !needsPlace(guest) || wayFor(guest, snapshot, config) !== 'ha-manager') continue;
    const { vmid, kind } = guest;
    // One that did not get home from another node's turn keeps that home.
    if (failsBack(guest, snapshot) || loanOf(vmid, context) !== undefined) continue;
    await context.record({ type: 'loan.taken', loan: { kind: 'ha-moved', vmid, guest: kind, title: guestTitle(guest), home: node } });
  }
}

function staysSomewhere({ ha }: Snapshot): boolean {
  return ha.known && ha.value.kind === 'used' && ha.value.services.some(({ failback }) => failback === false);
}

/** @returns why the node is not wholly in maintenance yet, or nothing */
export function notYetInMaintenance(ha: HaFacts, node: string): string | undefined {
  const seen = ha.kind === 'used' ? ha.nodes[node] : undefined;
  if (seen === undefined || (seen.state === 'maintenance' && seen.lrmMode === 'maintenance')) return undefined;
  return `HA says ${node} is ${seen.state}, its LRM is in mode ${seen.lrmMode}`;
}

async function haNow(context: Context): Promise<Extract<HaFacts, { kind: 'used' }>> {
  const ha = await observeHa(atOwn(context), context.site.ports.clock.now());
  return ha.kind === 'used' ? ha : { kind: 'used', nodes: {}, services: [] };
}
