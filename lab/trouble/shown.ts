/** The evidence of one trouble, as people read it. */
import { gather } from '../gather.ts';
import { moves } from '../evidence.ts';
import { bootsText, guestsText, orderText, quorumText, seconds, section, table } from '../proof-text.ts';
import { statusOf } from './carry-on.ts';
import { onCarrier } from './stage.ts';
import type { Evidence } from '../verdict.ts';
import type { Stage } from './stage.ts';

/** Reads it off the hosts and prints it. @param startedMs when the service was started */
export async function showEvidence(stage: Stage, startedMs: number): Promise<Evidence> {
  const { cluster, world, beganMs } = stage;
  const evidence = await gather(cluster, world, beganMs);
  section('boots', bootsText(evidence));
  section('order and times, from systemctl start', orderText(evidence, moves(world), startedMs));
  section('every time a node was away', awayText(stage, evidence, startedMs));
  section("corosync's own quorum log", quorumText(evidence, startedMs));
  section('guests', guestsText(evidence));
  const { run } = await statusOf(cluster);
  if (run !== undefined) section(`proxroll history ${run}`, await onCarrier(stage, `proxroll history ${run}`));
  return evidence;
}

function awayText({ cluster }: Stage, { away }: Evidence, startedMs: number): string {
  const downs = cluster.record.entries.flatMap((entry) => (entry.type === 'went-down' ? [entry] : []));
  const how = { reboot: 'it rebooted', 'power-off': 'it was switched off', 'cut-short': 'its plug was pulled' };
  const since = (ms: number) => `T+${seconds(ms - startedMs)}`;
  return table(
    ['node', 'how', 'from', 'until member again'],
    away.map(({ host, fromMs, toMs }) => {
      // The others miss a node before it is dark when it leaves in good order, and after that when it does not.
      const down = downs.filter((entry) => entry.host === host && entry.atMs <= toMs).at(-1);
      return [host, down === undefined ? '' : how[down.how], since(fromMs), `${since(toMs)} (${seconds(toMs - fromMs)})`];
    }),
  );
}
