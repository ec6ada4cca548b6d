/** Where guests are once a run is over, where that is not what its plan said, and who still runs an old QEMU. Plain data. */
import type { Loan } from './loan.ts';

export interface GuestsAfter {
  /** Not where the plan had them, or not running although they ran before. */
  readonly elsewhere: readonly GuestElsewhere[];
  /** VMs whose QEMU was replaced on disk since they started: they run on with the old one (facts 3.9). */
  readonly oldQemu: readonly { readonly vmid: number; readonly title: string; readonly on: string }[];
  /** Why some of it could not be seen; missing when all was. */
  readonly unseen?: string;
}

export interface GuestElsewhere {
  readonly vmid: number;
  readonly title: string;
  /** Missing when it is gone. */
  readonly on?: string;
  readonly planned: string;
  readonly why: string;
}

/** Why a guest of the HA manager is where it is: its rules and its failback are not ours. */
export const keptByManager = 'the HA manager has it there';

/** What is left for a person to look at. Who is still on loan is named at the end of a run already. */
export function afterTexts({ elsewhere, unseen }: GuestsAfter, loans: readonly Loan[]): readonly string[] {
  const onLoan = new Set(loans.flatMap((loan) => ('vmid' in loan ? [loan.vmid] : [])));
  const ours = elsewhere.filter(({ vmid, why }) => !onLoan.has(vmid) && why !== keptByManager);
  return [
    ...ours.map((guest) => `${guest.title} is ${elsewhereText(guest)}`),
    ...(unseen === undefined ? [] : [`where guests are was not wholly seen: ${unseen}`]),
  ];
}

/** What is good to know and asks nothing of anybody. */
export function remarkTexts({ elsewhere, oldQemu }: GuestsAfter): readonly string[] {
  const kept = elsewhere.filter(({ why }) => why === keptByManager).map((guest) => `${guest.title} is ${elsewhereText(guest)}`);
  const old = oldQemu.map(({ title, on }) => `${title} on ${on}`);
  return [...kept, ...(old.length === 0 ? [] : [`the QEMU of before still runs: ${old.join(', ')}`])];
}

/** `on pve3 and not on pve2: pve2: it is on hold`. */
export function elsewhereText({ on, planned, why }: GuestElsewhere): string {
  if (on === undefined) return `gone: ${why}`;
  return on === planned ? `on ${on}, but ${why}` : `on ${on} and not on ${planned}: ${why}`;
}

export function oldQemuText({ on }: { readonly on: string }): string {
  return `on ${on}, on the QEMU of before; it gets the new one when it moves or is stopped and started`;
}
