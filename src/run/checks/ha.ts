/** The HA manager is alive and at rest: it must neither move guests on its own nor stand still when it is asked to (facts 4.2, 4.4). */
import type { HaFacts, HaNodeFacts, HaServiceFacts } from '../../model/snapshot.ts';
import type { Check, CheckContext, Said } from './scope.ts';
import { durationText } from '../../model/duration.ts';
import { clearErrorText } from '../../model/guest.ts';
import { notKnown } from './scope.ts';

/** From then on the HA manager itself calls a status dead. */
const staleAfterS = 30;

export const checkHa: Check = (context) => {
  const { ha, membership } = context.snapshot;
  if (membership.kind === 'lone') return [];
  if (!ha.known) return [notKnown('cluster', 'the state of the HA manager is unknown', ha.why)];
  if (ha.value.kind === 'unused') return [];
  const used = ha.value;
  // Without services to care for, master and LRMs may rest, and their times grow old (facts 4.2).
  const atWork = used.services.some((service) => service.requested !== 'ignored');
  return [
    ...(atWork ? master(used) : []),
    ...context.snapshot.nodes.flatMap((node) => nodeState(node.name, used.nodes[node.name], atWork, context)),
    ...used.services.flatMap((service) => serviceState(service, used, context)),
  ];
};

type UsedHa = HaFacts & { readonly kind: 'used' };

function master(ha: UsedHa): readonly Said[] {
  const next = 'on each node: systemctl status pve-ha-crm; the HA manager needs a master before anything moves';
  if (ha.master === undefined || ha.master === '')
    return [
      {
        severity: 'blocker',
        subject: 'cluster',
        what: 'the HA manager has no master',
        seen: 'no node leads, although there are HA resources',
        next,
      },
    ];
  if (ha.masterAgeS === undefined)
    return [notKnown('cluster', `it is unknown when the HA master ${ha.master} last said something`, 'its status has no time')];
  if (ha.masterAgeS <= staleAfterS) return [];
  return [
    {
      severity: 'blocker',
      subject: 'cluster',
      what: `the HA master ${ha.master} stands still`,
      seen: `its last word is ${durationText(ha.masterAgeS * 1000)} old; ${staleAfterS} s are the limit`,
      next: `on ${ha.master}: systemctl status pve-ha-crm`,
    },
  ];
}

function nodeState(name: string, node: HaNodeFacts | undefined, atWork: boolean, context: CheckContext): readonly Said[] {
  if (node === undefined) return !atWork ? [] : [notKnown(name, `the HA manager says nothing of ${name}`, 'it has no status of this node')];
  const said = (what: string, seen: string, next: string): readonly Said[] => [{ severity: 'blocker', subject: name, what, seen, next }];
  if (node.maintenanceRequested || node.state === 'maintenance' || node.lrmMode === 'maintenance') {
    if (context.ours.maintenance.includes(name)) return [];
    const next = `when its work is done: ha-manager crm-command node-maintenance disable ${name}`;
    return said(`${name} is in HA maintenance, and not by this run`, `the manager says ${node.state}, its LRM ${node.lrmMode}`, next);
  }
  if (!atWork) return [];
  if (node.state !== 'online')
    return said(
      `the HA manager calls ${name} ${node.state}`,
      `its LRM is ${node.lrmState}, last heard ${durationText(node.lrmAgeS * 1000)} ago`,
      `wait until ha-manager status calls ${name} online`,
    );
  if (node.lrmMode === 'disarm')
    return said('HA is disarmed', `the LRM of ${name} is in mode disarm`, 'when that is over: ha-manager crm-command arm-ha');
  if (node.lrmMode !== 'active')
    return said(
      `the LRM of ${name} is not at work`,
      `its mode is ${node.lrmMode}`,
      `wait a minute; then on ${name}: systemctl status pve-ha-lrm`,
    );
  if (node.lrmState === 'lost_agent_lock')
    return said(
      `the LRM of ${name} has lost its lock, the node may be fenced`,
      `its state is ${node.lrmState}`,
      `on ${name}: journalctl -u pve-ha-lrm -u pve-cluster -u corosync`,
    );
  if (node.lrmAgeS > staleAfterS)
    return said(
      `the LRM of ${name} stands still`,
      `its last word is ${durationText(node.lrmAgeS * 1000)} old; ${staleAfterS} s are the limit`,
      `on ${name}: systemctl status pve-ha-lrm`,
    );
  return [];
}

/** Words of the manager for a service that is on its way somewhere or about to be. */
const moving = ['queued', 'request_start', 'request_start_balance', 'request_stop', 'migrate', 'relocate', 'freeze', 'fence', 'recovery'];
const atRest = ['started', 'stopped', 'ignored', 'disabled'];

function serviceState(service: HaServiceFacts, ha: UsedHa, context: CheckContext): readonly Said[] {
  const { sid, node, state, target, maintenanceNode } = service;
  if (service.requested === 'ignored') return [];
  const seen = `its state is ${state} on ${node}${target === undefined ? '' : `, its target ${target}`}; requested is ${service.requested}`;
  const said = (what: string, next: string): readonly Said[] => [{ severity: 'blocker', subject: sid, what, seen, next }];
  if (state === 'error') return said(`the HA manager has given up on ${sid}`, `see why in the task list, then: ${clearErrorText(sid)}`);
  if (state === 'fence' || state === 'recovery')
    return said(`${sid} has lost its node`, 'wait until the HA manager has recovered it; ha-manager status shows how far it is');
  if (moving.includes(state) || target !== undefined) return said(`${sid} is on its way`, 'wait until ha-manager status shows it at rest');
  if (!atRest.includes(state))
    return [
      {
        severity: 'unknown',
        subject: sid,
        what: `what the HA manager does with ${sid} is unknown`,
        seen: `it says ${state}, which this proxroll does not know`,
        next: 'ha-manager status; wait until it is started or stopped',
      },
    ];
  // A service waits away from home for as long as its home is in maintenance, and goes back right after.
  const home = maintenanceNode === undefined ? undefined : ha.nodes[maintenanceNode];
  const homeOpen = home !== undefined && home.state === 'online' && !home.maintenanceRequested;
  if (maintenanceNode !== undefined && maintenanceNode !== node && homeOpen && !context.ours.maintenance.includes(maintenanceNode))
    return said(`${sid} is about to go back to ${maintenanceNode}`, 'wait until ha-manager status shows it there');
  return [];
}
