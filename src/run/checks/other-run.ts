/** One run in the cluster, and nothing of an older one still at work (facts 10.2). */
import { durationText } from '../../model/duration.ts';
import type { Check } from './scope.ts';
import { listText, notKnown } from './scope.ts';

export const checkLock: Check = ({ snapshot, scope, ours }) => {
  const { lock } = snapshot;
  if (!lock.known) return [notKnown('cluster', 'it is unknown whether another run holds the lock of the cluster', lock.why)];
  if (lock.value === 'free') {
    if (scope.when === 'start') return [];
    return [
      {
        severity: 'blocker',
        subject: 'cluster',
        what: 'this run has lost the lock of the cluster',
        seen: `nobody holds it, although run ${scope.run} is under way`,
        next: 'see whether another proxroll took it; then: proxroll resume',
      },
    ];
  }
  const { node, run, sinceMs } = lock.value;
  if (run === ours.run) return [];
  // Whoever begins a run holds the state folder's own lock, so what has this node's name on it was left by a process that is gone.
  if (scope.when === 'start' && ours.run !== undefined && node === snapshot.ownNode) return [];
  return [
    {
      severity: 'blocker',
      subject: 'cluster',
      what: `another run is under way, from ${node}`,
      seen: `run ${run} holds the lock of the cluster since ${new Date(sinceMs).toISOString().slice(0, 16).replace('T', ' ')} UTC (${durationText(Math.max(0, snapshot.takenAtMs - sinceMs))})`,
      next: `on ${node}: proxroll status; wait for its end, or there: proxroll abandon. When ${node} is gone for good: rm /etc/pve/priv/proxroll-holder.json, after a look at what that run may have left half done`,
    },
  ];
};

export const checkLeftovers: Check = ({ allHosts, ours }) =>
  allHosts.flatMap(({ node, facts: { ourUnits } }) => {
    if (!ourUnits.known) return [notKnown(node, `it is unknown whether work of an earlier run goes on on ${node}`, ourUnits.why)];
    const foreign = ourUnits.value.filter((unit) => ours.run === undefined || !namesRun(unit, ours.run));
    if (foreign.length === 0) return [];
    return [
      {
        severity: 'blocker',
        subject: node,
        what: `units of another run are on ${node}`,
        seen: listText(foreign),
        next: `see whether they still work, on ${node}: systemctl status ${foreign.join(' ')}; when they have ended: systemctl stop ${foreign.join(' ')}; systemctl reset-failed ${foreign.join(' ')}`,
      },
    ];
  });

/** `proxroll-upgrade-RUN`, `proxroll-guest-101-RUN-2`, with a suffix or without. */
function namesRun(unit: string, run: string): boolean {
  return `${unit.replace(/\.(service|timer)$/, '')}-`.includes(`-${run}-`);
}
