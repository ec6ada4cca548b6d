/** What `qm` and `pct` have in common: finding the guest by its config, and refusing what cannot be done. */
import type { SimGuest } from '../guest.ts';
import type { Process } from '../process.ts';

/** The program's words and options, `--key value` and flags alike. */
export interface GuestWords {
  readonly verb: string;
  readonly operands: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

export function wordsOf(argv: readonly string[]): GuestWords {
  const operands: string[] = [];
  const options: Record<string, string> = {};
  for (let at = 2; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (!word.startsWith('-')) {
      operands.push(word);
      continue;
    }
    const next = argv[at + 1];
    const value = next === undefined || next.startsWith('-') ? '1' : next;
    if (value === next) at++;
    options[word.replace(/^--?/, '')] = value;
  }
  return { verb: argv[1] ?? '', operands, options };
}

/** The guest with that id whose config lies on this node. Elsewhere and nowhere give the same message (measured). */
export function ownGuest(process: Process, kind: SimGuest['kind'], vmid: string | undefined): SimGuest | undefined {
  const guest = process.world.guests.find(Number(vmid));
  if (guest?.kind === kind && guest.node === process.node.name) return guest;
  process.err(
    `Configuration file 'nodes/${process.node.name}/${kind === 'qemu' ? 'qemu-server' : 'lxc'}/${vmid ?? ''}.conf' does not exist`,
  );
  return undefined;
}

/** Hands the work to the HA manager when the guest is in its hands. @returns the exit code then */
export function handedToHa(process: Process, guest: SimGuest, what: 'migration' | 'start' | 'stop', target = ''): number | undefined {
  const { world } = process;
  if (!world.ha.manages(guest)) return undefined;
  const quorate = world.corosync.quorate(process.node);
  // A migration and a start ask for quorum before they look who has the guest in hand.
  if (!quorate && what !== 'stop') return process.fail(2, 'cluster not ready - no quorum?');
  const kind = guest.kind === 'qemu' ? 'VM' : 'CT';
  process.out(`Requesting HA ${what} for ${kind} ${guest.vmid}${what === 'migration' ? ` to node ${target}` : ''}`);
  if (!quorate) return process.fail(255, "cfs-lock 'domain-ha' error: no quorum!");
  const task = world.tasks.start(
    process.node,
    what === 'migration' ? 'hamigrate' : what === 'start' ? 'hastart' : 'hastop',
    `${guest.vmid}`,
  );
  world.tasks.end(task, 'OK');
  const service = world.ha.services.find(guest.sid);
  if (what === 'migration') world.ha.ask({ kind: 'move', sid: guest.sid, node: target, atMs: world.timers.now() });
  else if (service !== undefined) service.requested = what === 'start' ? 'started' : 'stopped';
  world.ha.kick();
  return 0;
}

/** Refusals that start, stop and migration share. @returns the exit code when refused */
export function refused(process: Process, guest: SimGuest, noQuorumCode: number): number | undefined {
  if (!process.world.corosync.quorate(process.node)) return process.fail(noQuorumCode, 'cluster not ready - no quorum?');
  if (guest.lock !== undefined) return process.fail(255, `${guest.kind === 'qemu' ? 'VM' : 'CT'} is locked (${guest.lock})`);
  return undefined;
}
