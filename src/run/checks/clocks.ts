/** The clocks of the nodes agree: the HA manager and Ceph go by them (facts 2.6). */
import { durationText } from '../../model/duration.ts';
import type { Check, CheckContext, Said } from './scope.ts';
import { listText, notKnown } from './scope.ts';

export const checkClocks: Check = (context) => {
  const { hosts, allHosts } = context;
  const unread = hosts.flatMap(({ node, facts }) =>
    facts.clockOffsetMs.known ? [] : [notKnown(node, `the clock of ${node} could not be compared`, facts.clockOffsetMs.why)],
  );
  const unsynchronised = allHosts.filter(({ facts }) => !facts.clockSynchronised.known || !facts.clockSynchronised.value);
  return [
    ...unread,
    ...apart(context),
    ...(unsynchronised.length === 0
      ? []
      : [
          {
            severity: 'warning' as const,
            subject: 'cluster',
            what: `the time of ${listText(unsynchronised.map(({ node }) => node))} is not known to be synchronised`,
            seen: 'timedatectl does not say NTPSynchronized=yes',
            next: 'on each of them: systemctl status chrony; chronyc tracking',
          },
        ]),
  ];
};

function apart({ allHosts, config, snapshot }: CheckContext): readonly Said[] {
  if (snapshot.membership.kind === 'lone') return [];
  const offsets = allHosts
    .flatMap(({ node, facts }) => (facts.clockOffsetMs.known ? [{ node, ms: facts.clockOffsetMs.value }] : []))
    .sort((a, b) => a.ms - b.ms);
  const [slowest, fastest] = [offsets[0], offsets.at(-1)];
  if (slowest === undefined || fastest === undefined || fastest.ms - slowest.ms <= config.limits.clock_offset_ms) return [];
  return [
    {
      severity: 'blocker',
      subject: 'cluster',
      what: `the clocks of ${slowest.node} and ${fastest.node} are about ${durationText(wholeSeconds(fastest.ms - slowest.ms))} apart`,
      seen: `${offsets.map(({ node, ms }) => `${node} ${ms >= 0 ? '+' : ''}${ms} ms`).join(', ')}; the limit is ${config.limits.clock_offset_ms} ms`,
      next: `on ${slowest.node} and ${fastest.node}: chronyc tracking; chronyc makestep sets a clock that is off`,
    },
  ];
}

/** A clock on another host is not read more exactly than that; `seen` has the measured figures. */
function wholeSeconds(ms: number): number {
  return ms < 1000 ? ms : Math.round(ms / 1000) * 1000;
}
