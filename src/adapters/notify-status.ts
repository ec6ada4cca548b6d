/** Tells systemd where we are, for the `Status:` line of `systemctl status` (`systemd-notify --status`). */
import { execa } from 'execa';
import { COMMAND_ENV } from './environment.ts';

export interface NotifyOptions {
  /** NOTIFY_SOCKET as systemd gave it; without it nobody listens and nothing is done. */
  readonly socket: string | undefined;
  /** Called for the first failure only: a missing status line is no reason to stop, nor to fill the log. */
  readonly onFailure: (error: Error) => void;
}

/** @returns what sets the status. It does not wait and never throws; when statuses come faster than they can be told, the latest wins. */
export function statusNotifier({ socket, onFailure }: NotifyOptions): (text: string) => void {
  if (socket === undefined) return () => {};
  let waiting: string | undefined;
  let telling = false;
  let failed = false;

  const tell = async (): Promise<void> => {
    telling = true;
    while (waiting !== undefined) {
      const text = waiting;
      waiting = undefined;
      try {
        await execa('systemd-notify', [`--status=${text}`], {
          cwd: '/',
          env: { ...COMMAND_ENV, NOTIFY_SOCKET: socket },
          extendEnv: false,
          stdin: 'ignore',
          timeout: 10_000,
        });
      } catch (error) {
        if (!failed) onFailure(error as Error);
        failed = true;
      }
    }
    telling = false;
  };

  return (text) => {
    waiting = text.replace(/\s*[\r\n]+\s*/g, ' / ').replaceAll('\0', '');
    if (!telling) void tell();
  };
}
