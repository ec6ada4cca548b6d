/** What a run works with: the ports, what the administrator wants, and where to tell. Made once, in `main.ts` or by the simulator. */
import type { Config } from '../config/schema.ts';
import type { Ports } from '../ports/ports.ts';
import type { Host } from '../ports/shell.ts';

export interface Site {
  readonly ports: Ports;
  readonly config: Config;
  /** This release, for the journal. */
  readonly version: string;
}

/** The node this agent runs on, before its name is known: commands on it need no address. */
export function ownHost(name: string): Host {
  return { name, own: true };
}
