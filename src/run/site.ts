/** What a run works with: the ports, what the administrator wants, and where to tell. Made once, in `main.ts` or by the simulator. */
import type { Config } from '../config/schema.ts';
import type { RunState } from './state.ts';
import type { Ports } from '../ports/ports.ts';

export interface Site {
  readonly ports: Ports;
  readonly config: Config;
  /** This release, for the journal. */
  readonly version: string;
  /**
   * What a peer gives to curl when the node that carries the run is not back after `waitedMs`; nothing when nobody is to be told. Holds
   * secrets. Missing where there are no receivers.
   */
  readonly notBack?: (state: RunState, peer: string, waitedMs: number) => string | undefined;
}

/** The same site for a round of reboots: nothing is installed, and every node reboots once. */
export function rebootOnly(site: Site): Site {
  return { ...site, config: { ...site.config, upgrade: 'none', reboot: 'always' } };
}
