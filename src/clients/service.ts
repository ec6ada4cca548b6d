/** proxroll's own service on the own node, for whoever starts it and looks after it. */
import { mustRun, changes, reads, type At } from './at.ts';
import { deadlines } from './deadlines.ts';
import { filledLines, textQuery, unparsable, type Query } from './query.ts';

/** The unit that carries runs on the own node. */
const service = 'proxroll.service';

/** What systemd knows of the service that carries runs; `exitStatus` is of its last process. */
export interface ServiceState {
  readonly active: boolean;
  readonly exitStatus: number;
  /** systemd's id of the last start; empty when there was none since boot. */
  readonly invocation: string;
}

/** @throws CommandFailed, Unparsable */
export const serviceStateQuery: Query<ServiceState> = textQuery(
  reads(deadlines.systemd, 'systemctl', 'show', service, '--property=ActiveState,ExecMainStatus,InvocationID'),
  (text, source) => {
    const property = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1];
    const active = property('ActiveState');
    if (active === undefined) throw unparsable(source, 'ActiveState', text);
    return {
      active: /^(active|activating|deactivating|reloading)$/.test(active),
      exitStatus: Number(property('ExecMainStatus') ?? 0),
      invocation: property('InvocationID') ?? '',
    };
  },
);

/** The lines of one start of the service, without times. @throws CommandFailed */
export function serviceLogQuery(invocation: string): Query<readonly string[]> {
  return textQuery(
    reads(deadlines.journal, 'journalctl', `_SYSTEMD_INVOCATION_ID=${invocation}`, '--output=cat', '--no-pager', '--lines=200'),
    filledLines,
  );
}

/** Starts the service; resolves once systemd has executed it. One that works already is left alone. @throws CommandFailed, ShellFailure */
export async function startService(at: At): Promise<void> {
  await mustRun(at, changes(deadlines.systemd, 'systemctl', 'start', service));
}
