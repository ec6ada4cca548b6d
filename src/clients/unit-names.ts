/** Names of our transient units. They hold the run, so that two runs never mistake each other's work; sudo rules know their shape. */

/** `proxroll-refresh-RUN`: fresh package lists for one node. */
export function refreshUnit(run: string): string {
  return `proxroll-refresh-${checked(run)}`;
}

/** `proxroll-fetch-RUN`: the downloads of one node. */
export function fetchUnit(run: string): string {
  return `proxroll-fetch-${checked(run)}`;
}

/** `proxroll-upgrade-RUN` */
export function upgradeUnit(run: string): string {
  return `proxroll-upgrade-${checked(run)}`;
}

/** `proxroll-repair-RUN`: dpkg brought to an end after its upgrade was interrupted. */
export function repairUnit(run: string): string {
  return `proxroll-repair-${checked(run)}`;
}

/** `proxroll-clean-RUN`: packages that nobody needs any more go from one node. */
export function cleanUnit(run: string): string {
  return `proxroll-clean-${checked(run)}`;
}

/** `proxroll-reboot-RUN` */
export function rebootUnit(run: string): string {
  return `proxroll-reboot-${checked(run)}`;
}

/** `proxroll-guard-RUN`: what a peer does when the node that carries the run does not come back. */
export function guardUnit(run: string): string {
  return `proxroll-guard-${checked(run)}`;
}

/** `proxroll-guest-VMID-RUN-N`: the n-th thing this run does to a guest, so that a second try does not meet the first one's unit. */
export function guestUnit(vmid: number, run: string, attempt: number): string {
  return `proxroll-guest-${vmid}-${checked(run)}-${attempt}`;
}

/** What a run id looks like, as the source of a regular expression that sudo and JavaScript read alike. */
export const runPattern = '[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?';

/** A name without a suffix, or with it: what `systemctl list-units` prints. */
export const ownUnit = new RegExp(
  `^proxroll-((refresh|fetch|upgrade|repair|clean|reboot|guard)-|guest-[0-9]+-)${runPattern}(\\.service|\\.timer)?$`,
);

const wholeRun = new RegExp(`^${runPattern}$`);

function checked(run: string): string {
  if (!wholeRun.test(run)) throw new Error(`not a run id: ${run}`);
  return run;
}
