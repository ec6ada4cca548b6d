/** The way home of what the HA manager has in hand, as far as it needs asking: states that were changed, and guests that it does not bring back by itself. */
import { requestHaMove, requestHaState } from '../../../clients/ha-manager.ts';
import { serviceId, type GuestFacts } from '../../../model/guest.ts';
import type { GuestLoan } from '../../../model/loan.ts';
import { obstacles, travel } from '../../../model/places.ts';
import type { HaServiceFacts, Snapshot } from '../../../model/snapshot.ts';
import { atOwn, type Context } from '../../../run/context.ts';

/** The manager passes over what it may not do without a word, so it is asked again after so long. */
const askAgainMs = 60_000;

/** What was asked of the service before is asked again, once; the manager takes it up in its own time. */
export async function askState(loan: Extract<GuestLoan, { kind: 'ha-stopped' }>, snapshot: Snapshot, context: Context): Promise<void> {
  const sid = serviceId({ kind: loan.guest, vmid: loan.vmid });
  // While its node is in maintenance the manager would start it elsewhere.
  if (serviceIn(snapshot, sid)?.requested === loan.requested || !takesServices(loan.home, snapshot)) return;
  await requestHaState(atOwn(context), sid, loan.requested);
}

interface Asking {
  readonly asked: Map<number, number>;
  readonly inVain: Map<number, number>;
  readonly stranded: Map<number, string>;
}

/** One that is not to fail back stays where the manager sent it, until somebody asks for its way home (facts 4.4, 4.6). */
export async function askHome(
  guest: GuestFacts,
  loan: Extract<GuestLoan, { kind: 'ha-moved' }>,
  { asked, inVain, stranded }: Asking,
  snapshot: Snapshot,
  context: Context,
): Promise<void> {
  const { config, ports } = context.site;
  const { vmid } = guest;
  const sid = serviceId(guest);
  const service = serviceIn(snapshot, sid);
  if (service?.state !== 'started' || service.target !== undefined || !takesServices(loan.home, snapshot)) return;
  const now = ports.clock.elapsed();
  const last = asked.get(vmid);
  if (last !== undefined && now - last < askAgainMs) return;
  const times = (inVain.get(vmid) ?? 0) + 1;
  inVain.set(vmid, times);
  if (times > config.attempts.guest) {
    const against = obstacles(guest, loan.home, snapshot, travel(guest, snapshot, config, { olderTargets: 'allow' }));
    stranded.set(
      vmid,
      against.length > 0 ? `${loan.home}: ${against.join('; ')}` : `the HA manager was asked ${times - 1} times and does not move it`,
    );
    return;
  }
  asked.set(vmid, now);
  await requestHaMove(atOwn(context), sid, loan.home);
}

function serviceIn({ ha }: Snapshot, sid: string): HaServiceFacts | undefined {
  return ha.known && ha.value.kind === 'used' ? ha.value.services.find((service) => service.sid === sid) : undefined;
}

function takesServices(node: string, { ha }: Snapshot): boolean {
  const seen = ha.known && ha.value.kind === 'used' ? ha.value.nodes[node] : undefined;
  return seen?.state === 'online' && !seen.maintenanceRequested;
}
