/** The HA manager: what it says of nodes and services, and maintenance mode (facts 4). */
import { z } from 'zod';
import type { HaFacts, HaNodeFacts, HaServiceFacts } from '../model/snapshot.ts';
import type { Command } from '../ports/shell.ts';
import type { At } from './at.ts';
import { changes, mustRun } from './at.ts';
import { deadlines } from './deadlines.ts';
import { foreignFlag, foreignNumber, jsonQuery, maybe } from './foreign-json.ts';
import { pveshGet } from './pvesh.ts';
import type { Query } from './query.ts';

const managerSchema = z.object({
  manager_status: maybe(
    z.object({
      master_node: maybe(z.string()),
      timestamp: maybe(foreignNumber),
      node_status: maybe(z.record(z.string(), z.string())),
      node_request: maybe(z.record(z.string(), maybe(z.object({ maintenance: maybe(foreignFlag) })))),
      service_status: maybe(
        z.record(
          z.string(),
          z.object({
            node: maybe(z.string()),
            state: z.string(),
            target: maybe(z.string()),
            maintenance_node: maybe(z.string()),
          }),
        ),
      ),
    }),
  ),
  lrm_status: maybe(
    z.record(z.string(), maybe(z.object({ mode: maybe(z.string()), state: maybe(z.string()), timestamp: maybe(foreignNumber) }))),
  ),
  quorum: maybe(z.object({ node: maybe(z.string()), quorate: maybe(foreignFlag) })),
});

/** The manager's file and every LRM's file as one, foreign names kept. Timestamps in seconds since the epoch. */
export type HaManagerStatus = z.infer<typeof managerSchema>;

/** The machine view of HA. Fields are missing where HA was never used. Source: facts 4.2. @throws CommandFailed, Unparsable */
export const haManagerStatusQuery: Query<HaManagerStatus> = jsonQuery(
  pveshGet('/cluster/ha/status/manager_status'),
  managerSchema,
  (status) => status,
);

export interface HaResource {
  /** `vm:101`, `ct:200`. */
  readonly sid: string;
  /** `started`, `stopped`, `disabled`, `ignored`. */
  readonly requested: string;
  readonly comment?: string;
}

const resourcesSchema = z.array(z.object({ sid: z.string().min(1), state: maybe(z.string()), comment: maybe(z.string()) }));

/** The resources as configured, sorted by sid. Source: facts 4.1. @throws CommandFailed, Unparsable */
export const haResourcesQuery: Query<readonly HaResource[]> = jsonQuery(pveshGet('/cluster/ha/resources'), resourcesSchema, (rows) =>
  rows
    .map(({ sid, state, comment }): HaResource => {
      // `started` is the documented default, and `enabled` its older spelling.
      const requested = state === undefined || state === 'enabled' ? 'started' : state;
      return comment === undefined ? { sid, requested } : { sid, requested, comment };
    })
    .sort((a, b) => (a.sid < b.sid ? -1 : 1)),
);

/**
 * HA as the checks and the drain need it. `unused` when no resource is under its care (facts 4.1) and no node has maintenance
 * asked for: a request outlives the last resource.
 * @param nowS the cluster's time in seconds since the epoch, from the own node's clock
 */
export function haFacts(status: HaManagerStatus, resources: readonly HaResource[], nowS: number): HaFacts {
  const manager = status.manager_status;
  const nodes = haNodes(status, nowS);
  const inCare = resources.some((resource) => resource.requested !== 'ignored');
  if (!inCare && !Object.values(nodes).some((node) => node.maintenanceRequested)) return { kind: 'unused' };
  return {
    kind: 'used',
    ...(manager?.master_node === undefined ? {} : { master: manager.master_node }),
    ...(manager?.timestamp === undefined ? {} : { masterAgeS: nowS - manager.timestamp }),
    nodes,
    services: haServices(status, resources),
  };
}

function haNodes(status: HaManagerStatus, nowS: number): Readonly<Record<string, HaNodeFacts>> {
  const states = status.manager_status?.node_status ?? {};
  const requests = status.manager_status?.node_request ?? {};
  const lrms = status.lrm_status ?? {};
  const names = [...new Set([...Object.keys(states), ...Object.keys(requests), ...Object.keys(lrms)])].sort();
  const facts = names.map((name): readonly [string, HaNodeFacts] => {
    const lrm = lrms[name];
    return [
      name,
      {
        state: states[name] ?? 'unknown',
        maintenanceRequested: requests[name]?.maintenance === true,
        lrmMode: lrm?.mode ?? 'unknown',
        lrmState: lrm?.state ?? 'unknown',
        // An LRM that never said anything is as old as time itself.
        lrmAgeS: nowS - (lrm?.timestamp ?? 0),
      },
    ];
  });
  return Object.fromEntries(facts);
}

/** Those the manager knows, and those it has not taken up yet (`queued`, without a node). Ignored ones it leaves alone. */
function haServices(status: HaManagerStatus, resources: readonly HaResource[]): readonly HaServiceFacts[] {
  const seen = status.manager_status?.service_status ?? {};
  const requested = new Map(resources.map((resource) => [resource.sid, resource.requested]));
  const waiting = resources.filter((resource) => resource.requested !== 'ignored' && seen[resource.sid] === undefined);
  const services = Object.entries(seen).map(([sid, service]): HaServiceFacts => {
    return {
      sid,
      node: service.node ?? '',
      ...(service.target === undefined ? {} : { target: service.target }),
      state: service.state,
      requested: requested.get(sid) ?? 'removed',
      ...(service.maintenance_node === undefined ? {} : { maintenanceNode: service.maintenance_node }),
    };
  });
  const queued = waiting.map(({ sid, requested: wanted }): HaServiceFacts => ({ sid, node: '', state: 'queued', requested: wanted }));
  return [...services, ...queued].sort((a, b) => (a.sid < b.sid ? -1 : 1));
}

/** `ha-manager crm-command node-maintenance enable|disable NODE` (facts 4.4). */
export function maintenanceCommand(node: string, wanted: 'enable' | 'disable'): Command {
  return changes(deadlines.haManager, 'ha-manager', 'crm-command', 'node-maintenance', wanted, node);
}

/** `ha-manager set SID --state STATE` (facts 4.3). */
export function haStateCommand(sid: string, state: string): Command {
  return changes(deadlines.haManager, 'ha-manager', 'set', sid, '--state', state);
}

/** `ha-manager crm-command migrate SID NODE` (facts 4.6). */
export function haMoveCommand(sid: string, node: string): Command {
  return changes(deadlines.haManager, 'ha-manager', 'crm-command', 'migrate', sid, node);
}

/**
 * Asks the manager to move a service: a VM live, a container by stopping, moving and starting it. When this resolves the wish is queued,
 * nothing more: a node that is not online or that the rules forbid is passed over in silence (facts 4.6). Asking twice does no harm.
 * @throws CommandFailed, ShellFailure
 */
export async function requestHaMove(at: At, sid: string, node: string): Promise<void> {
  await mustRun(at, haMoveCommand(sid, node));
}

/** Asks the manager to start or stop a service. When this resolves the wish is written down; the manager takes it up in its next rounds. @throws CommandFailed, ShellFailure */
export async function requestHaState(at: At, sid: string, state: string): Promise<void> {
  await mustRun(at, haStateCommand(sid, state));
}

/**
 * Asks the manager to put a node into maintenance or to take it out. When this resolves the wish is queued, nothing more: the
 * manager may still refuse it, silently (facts 4.3). Asking twice does no harm. Run on the own node.
 * @throws CommandFailed (without quorum, after 11 s), ShellFailure
 */
export async function requestMaintenance(at: At, node: string, wanted: 'enable' | 'disable'): Promise<void> {
  await mustRun(at, maintenanceCommand(node, wanted));
}
