/** Asks a node itself how long it has been up, and whether it is through with starting its guests. */
import { uptimeQuery } from '../../../clients/host.ts';
import { askNamed } from '../../../clients/query.ts';
import { nodeServicesQuery } from '../../../clients/systemd.ts';
import { at, type Context } from '../../../run/context.ts';
import { Unseen } from '../../../run/passing.ts';
import { autostartS, startsGuests } from '../node-now.ts';

export interface BootNow {
  /** Seconds. */
  readonly uptimeS: number;
  /** It was booted so short a time ago that what it broadcasts of its guests may be from before. */
  readonly young: boolean;
  readonly startsGuests: boolean;
  /** systemd's word for pve-guests. */
  readonly word: string;
}

/** @throws Unseen, ShellFailure */
export async function bootNow(node: string, context: Context): Promise<BootNow> {
  const { uptimeS, services } = await askNamed(at(context, node), { uptimeS: uptimeQuery, services: nodeServicesQuery });
  if (!uptimeS.known) throw new Unseen(uptimeS.why);
  if (!services.known) throw new Unseen(services.why);
  return {
    uptimeS: uptimeS.value,
    young: uptimeS.value < autostartS,
    startsGuests: startsGuests(uptimeS.value, services.value),
    word: services.value['pve-guests'] ?? 'unknown',
  };
}
