/** What the HA manager knows: its nodes and its services (facts 4.2). */
import type { SimGuest } from './guest.ts';

export interface HaNode {
  readonly name: string;
  /** The master's view of it. */
  status: 'online' | 'maintenance' | 'unknown' | 'fence';
  statusAtMs: number;
  /** Somebody asked for maintenance. */
  requested: boolean;
  requestedAtMs: number;
  lrmMode: 'active' | 'maintenance' | 'reboot';
  lrmModeAtMs: number;
  /** It went down in good order, so nobody fences it. */
  cleanAway: boolean;
  /** Whether it ever wrote a status; one that was off from the start did not. */
  known: boolean;
  /** When its LRM last had a service; it lets go of its lock and its watchdog ten minutes later (facts 2.5). */
  busyAtMs: number;
  /** What its LRM did last for a service that is no longer there. */
  lastResult: { readonly uid: string; readonly sid: string; readonly state: string } | undefined;
  /** Since when it has been alive without quorum. */
  noQuorumSinceMs: number | undefined;
}

export type ServiceState =
  'started' | 'stopped' | 'migrate' | 'relocate' | 'freeze' | 'fence' | 'recovery' | 'error' | 'request_start' | 'request_stop';

export interface HaService {
  readonly sid: string;
  readonly guest: SimGuest;
  readonly comment: string | undefined;
  readonly failback: boolean;
  requested: 'started' | 'stopped' | 'ignored' | 'disabled';
  state: ServiceState;
  node: string;
  target: string | undefined;
  /** Where it goes back to when maintenance ends. */
  maintenanceNode: string | undefined;
  /** Work of the LRM in progress: asked for, running, or over and not yet noticed by the master. */
  work: 'none' | 'asked' | 'running' | 'over';
  /** Attempts to start it that failed, one after the other. */
  inVain: number;
  uid: string;
}

export type HaCommand =
  | { readonly kind: 'maintenance'; readonly node: string; readonly on: boolean; readonly atMs: number }
  | { readonly kind: 'move'; readonly sid: string; readonly node: string; readonly atMs: number };
