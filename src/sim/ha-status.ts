/** What the HA manager says of itself, in the forms of its status commands (captures `ha-`, `fence-`). */
import type { HaNode, HaService } from './ha-state.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** A status older than that is taken for dead (facts 4.2). */
const oldAfterS = 30;

/** `GET /cluster/ha/status/manager_status`, keys in PVE's order: sorted. */
export function managerStatus(world: World, from: SimNode): Record<string, unknown> {
  const quorum = { node: from.name, quorate: world.corosync.quorate(from) ? '1' : '' };
  if (!world.ha.used) return { manager_status: { node_status: {} }, quorum };
  const nodes = [...world.ha.nodes.values()].filter(({ known }) => known);
  return {
    lrm_status: Object.fromEntries(nodes.map((node) => [node.name, lrmStatus(world, node)])),
    manager_status: {
      ...(world.ha.master === undefined ? {} : { master_node: world.ha.master }),
      node_request: Object.fromEntries(
        nodes.filter(({ requestedAtMs }) => requestedAtMs > 0).map((node) => [node.name, node.requested ? { maintenance: 1 } : {}]),
      ),
      node_status: Object.fromEntries(nodes.map(({ name, status }) => [name, status])),
      service_status: Object.fromEntries(managed(world).map((service) => [service.sid, serviceStatus(world, service)])),
      timestamp: heardAtS(world, world.ha.master ?? ''),
    },
    quorum,
  };
}

/** `GET /cluster/ha/resources`. */
export function haResources(world: World): Record<string, unknown>[] {
  return world.ha.services.all.map(({ sid, guest, comment, failback, requested }) => ({
    ...(comment === undefined ? {} : { comment }),
    digest: '5d3e28e0cd73cf08bb219641421052fe8c5189ff',
    ...(failback ? {} : { failback: 0 }),
    max_relocate: 1,
    max_restart: 1,
    sid,
    state: requested,
    type: guest.kind === 'qemu' ? 'vm' : 'ct',
  }));
}

/** `GET /cluster/ha/status/current`. */
export function statusCurrent(world: World, from: SimNode): Record<string, unknown>[] {
  const quorate = world.corosync.quorate(from);
  const rows: Record<string, unknown>[] = [
    {
      id: 'quorum',
      node: from.name,
      quorate: quorate ? 1 : 0,
      status: quorate ? 'OK' : `No quorum on node '${from.name}'!`,
      type: 'quorum',
    },
  ];
  const { master } = world.ha;
  const used = world.ha.used && master !== undefined;
  if (used)
    rows.push({ id: 'master', node: master, status: masterText(world, master), timestamp: heardAtS(world, master), type: 'master' });
  if (from.pve === 9) {
    const state = used ? 'armed' : 'standby';
    rows.push({ 'armed-state': state, id: 'fencing', node: used ? master : from.name, status: fencingText(used), type: 'fencing' });
  }
  if (!used) return rows;
  for (const node of [...world.ha.nodes.values()].filter(({ known }) => known))
    rows.push({
      id: `lrm:${node.name}`,
      node: node.name,
      status: lrmText(world, node),
      timestamp: heardAtS(world, node.name),
      type: 'lrm',
    });
  for (const service of managed(world)) {
    const { sid, state, node, comment, failback, requested } = service;
    rows.push({
      ...(comment === undefined ? {} : { comment }),
      crm_state: state,
      ...(from.pve === 9 ? { failback: failback ? 1 : 0 } : {}),
      id: `service:${sid}`,
      max_relocate: 1,
      max_restart: 1,
      node,
      request_state: requested,
      sid,
      state: shown(service),
      status: `${sid} (${node}, ${shown(service)})`,
      type: 'service',
    });
  }
  return rows;
}

/** The lines of `ha-manager status`. */
export function statusLines(world: World, from: SimNode): string[] {
  return statusCurrent(world, from).map((row) => `${String(row['type'])} ${String(row['status'])}`);
}

/** What the HA manager says of a guest in `/cluster/resources`; undefined when it has nothing to do with it. */
export function hastate(world: World, sid: string): string | undefined {
  const service = world.ha.services.find(sid);
  if (service === undefined) return undefined;
  return service.requested === 'ignored' ? 'ignored' : service.state;
}

/** When the node last wrote its status, in seconds: it does so every few seconds while it is alive and quorate. */
function heardAtS(world: World, name: string): number {
  const node = world.findNode(name);
  const heardMs = Math.min(world.timers.now(), node?.lostAtMs ?? Number.POSITIVE_INFINITY, node?.lrmSilentAtMs ?? Number.POSITIVE_INFINITY);
  const everyMs = world.latencies.haTickMs;
  return Math.floor((Math.floor(heardMs / everyMs) * everyMs) / 1000);
}

function managed(world: World): HaService[] {
  return world.ha.services.all.filter(({ requested }) => requested !== 'ignored');
}

function lrmStatus(world: World, node: HaNode): Record<string, unknown> {
  const results: Record<string, { exit_code: number; sid: string; state: string }> = Object.fromEntries(
    managed(world)
      .filter((service) => service.node === node.name)
      .map(({ uid, sid, state }) => [uid, { exit_code: 0, sid, state }]),
  );
  const { lastResult: last } = node;
  if (last !== undefined && Object.keys(results).length === 0) results[last.uid] = { exit_code: 0, sid: last.sid, state: last.state };
  return { mode: node.lrmMode, results, state: lrmState(world, node), timestamp: heardAtS(world, node.name) };
}

function lrmState(world: World, node: HaNode): string {
  const busy = managed(world).some(
    (service) => (service.node === node.name || service.maintenanceNode === node.name) && service.state !== 'stopped',
  );
  if (node.lrmMode === 'active' && world.ha.armed(node.name)) return 'active';
  if (node.lrmMode === 'maintenance') return busy ? 'maintenance' : 'wait_for_agent_lock';
  return busy ? 'active' : 'wait_for_agent_lock';
}

function serviceStatus(world: World, { guest, maintenanceNode, node, state, target, uid }: HaService): Record<string, unknown> {
  // A node that is gone did not say that its guests are.
  const running = guest.up || world.findNode(node)?.lostAtMs !== undefined;
  return {
    ...(maintenanceNode === undefined ? {} : { maintenance_node: maintenanceNode }),
    node,
    ...(state === 'started' && running ? { running: 1 } : {}),
    state,
    ...(target === undefined ? {} : { target }),
    uid,
  };
}

function shown({ state, guest }: HaService): string {
  return state === 'started' && !guest.up ? 'starting' : state;
}

function masterText(world: World, master: string): string {
  return `${master} (${old(world, master) ? 'old timestamp - dead?' : 'active'}, ${world.longTime(heardAtS(world, master) * 1000)})`;
}

function fencingText(armed: boolean): string {
  return armed ? 'armed (CRM watchdog active)' : 'standby (CRM watchdog standby)';
}

function lrmText(world: World, node: HaNode): string {
  const active = lrmState(world, node) !== 'wait_for_agent_lock' && !old(world, node.name);
  const mode = old(world, node.name)
    ? 'old timestamp - dead?'
    : node.lrmMode === 'maintenance'
      ? 'maintenance mode'
      : active
        ? 'active'
        : 'idle';
  const watchdog = world.findNode(node.name)?.pve === 9 ? `, watchdog ${active ? 'active' : 'standby'}` : '';
  return `${node.name} (${mode}${watchdog}, ${world.longTime(heardAtS(world, node.name) * 1000)})`;
}

function old(world: World, name: string): boolean {
  return world.timers.now() / 1000 - heardAtS(world, name) > oldAfterS;
}
