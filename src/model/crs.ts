/** The HA manager's own balancer, as `crs` of datacenter.cfg sets it (facts 3.7, 4.9). Pure. */

/** Whether it lets the manager move guests by itself. Off is the default. */
export function rebalances(crs: string | undefined): boolean {
  return /(^|,)ha-auto-rebalance=(1|yes|on|true)(,|$)/.test(crs ?? '');
}

/** Whether it chooses nodes by the number of services there alone, as it does unless told otherwise. */
export function countsServices(crs: string | undefined): boolean {
  return !/(^|,)(ha=)?(static|dynamic)(,|$)/.test(crs ?? '');
}

/** @returns the same setting with that one word switched off; the words that belong to it stay */
export function withoutRebalance(crs: string): string {
  return crs
    .split(',')
    .map((word) => (word.startsWith('ha-auto-rebalance=') ? 'ha-auto-rebalance=0' : word))
    .join(',');
}
