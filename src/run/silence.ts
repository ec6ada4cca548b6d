/** A node that gives no useful answer, as a pause: one that refuses us is up, and nobody should drive there for a dead one. */
import { CommandFailed } from '../clients/at.ts';
import { Pause } from '../model/pause.ts';
import { ShellFailure } from '../ports/shell.ts';

/** @param during ends the sentence, such as `, in the middle of pve/pve2/upgrade`; empty says nothing more */
export function silentPause(host: string, error: Error, during: string): Pause {
  const [what, next] = wordsFor(host, error);
  return new Pause('host.silent', { what: `${what}${during}`, seen: error.message, next: `${next}, then: proxroll resume` });
}

function wordsFor(host: string, error: Error): readonly [what: string, next: string] {
  if (error instanceof ShellFailure && error.kind === 'login')
    return [`${host} refuses the login over ssh`, `look at the console of ${host} why sshd does so (journalctl -u ssh)`];
  if (error instanceof ShellFailure && error.kind === 'host-key')
    return [
      `${host} answers with a host key that the cluster does not know`,
      `find out who answers there; if ${host} was installed anew: pvecm updatecerts`,
    ];
  if (error instanceof ShellFailure) return [`${host} does not answer any more`, `look at the console of ${host}`];
  if (error instanceof CommandFailed) return [`a command failed on ${host}`, `run it by hand on ${host} and mend what it says`];
  return [`${host} gives no useful answer any more`, `look at ${host}`];
}
