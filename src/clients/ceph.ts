/** Ceph, where it is managed by Proxmox VE (facts 5). Every command needs a quorum of monitors and may hang. */
import { z } from 'zod';
import type { Reading } from '../model/reading.ts';
import { known } from '../model/reading.ts';
import type { CephFacts } from '../model/snapshot.ts';
import type { Command } from '../ports/shell.ts';
import type { At } from './at.ts';
import { changes, mustRun, reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import { foreignFlag, foreignNumber, foreignText, jsonQuery, maybe, parseJson } from './foreign-json.ts';
import type { Query } from './query.ts';
import { answerQuery, ask, askAll, reasonOf, saysMissing, unparsable } from './query.ts';

/**
 * Whether the cluster has a Ceph of its own. Nothing below is to be asked without it. A file that names no monitor was left by somebody
 * who began to set Ceph up: there is nobody to ask. Source: facts 5.1; `pveceph` writes `mon_host` with the first monitor.
 * @throws CommandFailed, Unparsable
 */
export const cephConfiguredQuery: Query<boolean> = answerQuery(
  reads(deadlines.file, 'cat', '/etc/pve/ceph.conf'),
  (answer, source, fail) => {
    if (saysMissing(answer)) return false;
    if (answer.exitCode !== 0) throw fail();
    if (!/^\s*\[\w[^\]\n]*\]/m.test(answer.stdout)) throw unparsable(source, 'a section', undefined);
    return /^[ \t]*(mon[ _-]host[ \t]*=[ \t]*[^\s#;]|\[mon\.)/m.test(answer.stdout);
  },
);

export interface CephStatus {
  readonly health: string;
  /** Raised and not muted, sorted. */
  readonly checks: readonly string[];
  readonly osds: number;
  readonly osdsUp: number;
  readonly unsettledPgs: number;
  readonly monitors?: { readonly inQuorum: readonly string[]; readonly configured: number };
}

const osdCounts = { num_osds: foreignNumber, num_up_osds: foreignNumber };
const statusSchema = z.object({
  health: z.object({
    status: z.string(),
    checks: maybe(z.record(z.string(), z.object({ muted: maybe(foreignFlag) }))),
    mutes: maybe(z.array(z.object({ code: z.string() }))),
  }),
  quorum_names: maybe(z.array(z.string())),
  monmap: maybe(z.object({ num_mons: maybe(foreignNumber), mons: maybe(z.array(z.unknown())) })),
  // Octopus and older put the counts one level deeper.
  osdmap: z.union([z.object(osdCounts), z.object({ osdmap: z.object(osdCounts) }).transform((outer) => outer.osdmap)]),
  pgmap: z.object({
    num_pgs: maybe(foreignNumber),
    pgs_by_state: maybe(z.array(z.object({ state_name: z.string(), count: foreignNumber }))),
  }),
});

/** Health, OSDs and placement groups. Source: facts 5.2. @throws CommandFailed, Unparsable */
export const cephStatusQuery: Query<CephStatus> = jsonQuery(
  cephReads('-s'),
  statusSchema,
  ({ health, osdmap, pgmap, quorum_names: inQuorum, monmap }) => {
    const muted = new Set((health.mutes ?? []).map((mute) => mute.code));
    const raised = Object.entries(health.checks ?? {}).filter(([code, check]) => check.muted !== true && !muted.has(code));
    const settled = (pgmap.pgs_by_state ?? []).filter((state) => isSettled(state.state_name)).reduce((sum, state) => sum + state.count, 0);
    const listed = (pgmap.pgs_by_state ?? []).reduce((sum, state) => sum + state.count, 0);
    const configured = monmap?.num_mons ?? monmap?.mons?.length;
    return {
      ...(inQuorum === undefined || configured === undefined ? {} : { monitors: { inQuorum: [...inQuorum].sort(), configured } }),
      health: health.status,
      checks: raised.map(([code]) => code).sort(),
      osds: osdmap.num_osds,
      osdsUp: osdmap.num_up_osds,
      unsettledPgs: Math.max(pgmap.num_pgs ?? 0, listed) - settled,
    };
  },
);

const treeSchema = z.object({
  nodes: z.array(z.object({ id: foreignNumber, name: foreignText, type: z.string(), children: maybe(z.array(foreignNumber)) })),
});

/** OSD ids below each host of the CRUSH tree, sorted. Hosts without OSDs are in it, empty. Source: facts 5.1. @throws CommandFailed, Unparsable */
export const osdTreeQuery: Query<Readonly<Record<string, readonly number[]>>> = jsonQuery(
  cephReads('osd', 'tree'),
  treeSchema,
  ({ nodes }) => {
    const osds = new Set(nodes.filter((node) => node.type === 'osd').map((node) => node.id));
    const hosts = nodes
      .filter((node) => node.type === 'host')
      .map((host): [string, number[]] => {
        return [host.name, (host.children ?? []).filter((id) => osds.has(id)).sort((a, b) => a - b)];
      });
    return Object.fromEntries(hosts);
  },
);

const dumpSchema = z.object({ crush_node_flags: maybe(z.record(z.string(), z.array(z.string()))) });

/** Hosts that have noout set for themselves, sorted; the cluster-wide flag is a health check instead. Source: facts 5.2. @throws CommandFailed, Unparsable */
export const nooutHostsQuery: Query<readonly string[]> = jsonQuery(cephReads('osd', 'dump'), dumpSchema, ({ crush_node_flags: flags }) =>
  Object.entries(flags ?? {})
    .filter(([, set]) => set.includes('noout'))
    .map(([host]) => host)
    .sort(),
);

const mgrSchema = z.object({ active_name: maybe(foreignText), standbys: maybe(z.array(z.object({ name: foreignText }))) });

/** The manager at work, empty where there is none, and its standbys. Source: facts 5.2. @throws CommandFailed, Unparsable */
export const cephManagersQuery: Query<{ readonly active: string; readonly standbys: readonly string[] }> = jsonQuery(
  cephReads('mgr', 'dump'),
  mgrSchema,
  ({ active_name: active, standbys }) => ({ active: active ?? '', standbys: (standbys ?? []).map(({ name }) => name).sort() }),
);

/**
 * All of it in one round trip. What could not be read, for whatever reason, makes the whole unknown: half a view of a storage
 * cluster decides nothing. Run on the own node.
 */
export async function cephFacts(at: At): Promise<Reading<CephFacts>> {
  try {
    if (!(await ask(at, cephConfiguredQuery))) return known({ kind: 'absent' });
    const [status, osdsByHost, nooutHosts, managers] = await askAll(at, [
      cephStatusQuery,
      osdTreeQuery,
      nooutHostsQuery,
      cephManagersQuery,
    ]);
    if (!status.known) return status;
    if (!osdsByHost.known) return osdsByHost;
    if (!nooutHosts.known) return nooutHosts;
    if (!managers.known) return managers;
    const rest = { osdsByHost: osdsByHost.value, nooutHosts: nooutHosts.value, managers: managers.value };
    return known({ kind: 'present', ...status.value, ...rest });
  } catch (error) {
    return reasonOf(error);
  }
}

export type StopSafety = { readonly safe: true } | { readonly safe: false; readonly why: string };

const safetySchema = z.object({ ok_to_stop: foreignFlag, num_not_ok_pgs: maybe(foreignNumber) });

/** Whether these OSDs, together, may stop without data becoming unreachable. Ask for all of a host at once. Source: facts 5.2. @throws CommandFailed, Unparsable */
export function okToStopQuery(osds: readonly number[]): Query<StopSafety> {
  const command = reads(deadlines.ceph, 'ceph', 'osd', 'ok-to-stop', ...osds.map(String), '-f', 'json');
  return answerQuery(command, (answer, source, fail) => {
    // 16 is EBUSY: not now. Older versions say why only on stderr.
    if (answer.exitCode !== 0 && answer.exitCode !== 16) throw fail();
    const why = answer.stderr.trim().split('\n')[0] ?? '';
    if (answer.stdout.trim() === '') return answer.exitCode === 0 ? { safe: true } : { safe: false, why };
    const { ok_to_stop: safe, num_not_ok_pgs: lost } = parseJson(safetySchema, answer.stdout, source);
    if (safe && answer.exitCode === 0) return { safe: true };
    return { safe: false, why: lost === undefined ? why : `${lost} placement groups would become unreachable` };
  });
}

/** `ceph osd set-group|unset-group noout HOST` (facts 5.2). */
export function nooutCommand(host: string, wanted: 'set' | 'unset'): Command {
  return changes(deadlines.ceph, 'ceph', 'osd', wanted === 'set' ? 'set-group' : 'unset-group', 'noout', host);
}

/** Tells Ceph that this host's OSDs will be back, or that they are. Setting twice does no harm. @throws CommandFailed, ShellFailure */
export async function setNoout(at: At, host: string, wanted: 'set' | 'unset'): Promise<void> {
  await mustRun(at, nooutCommand(host, wanted));
}

function cephReads(...words: readonly [string, ...string[]]): Command {
  return reads(deadlines.ceph, 'ceph', '--connect-timeout', '10', ...words, '-f', 'json');
}

/** active+clean, perhaps while scrubbing or trimming snapshots (facts 5.3). */
function isSettled(state: string): boolean {
  const words = state.split('+');
  const harmless = /^(active|clean|scrubbing|deep|snaptrim|snaptrim_wait)$/;
  return words.includes('active') && words.includes('clean') && words.every((word) => harmless.test(word));
}
