/** A loan in a few words: the same in every line about it. */
import type { Loan } from '../model/loan.ts';

/** `pve1 maintenance`, `vm 101 (db) of pve1`. */
export function loanName(loan: Loan): string {
  switch (loan.kind) {
    case 'ha-maintenance':
      return `${loan.node} maintenance`;
    case 'noout':
      return `${loan.node} noout`;
    case 'proxlb':
      return `${loan.node} ProxLB`;
    case 'rebalance':
      return 'rebalancing of the HA manager';
    case 'kernel-trial':
      return `default kernel of ${loan.node}`;
    case 'guard':
      return `guard on ${loan.node}`;
    case 'guest-moved':
    case 'ha-moved':
      return `${loan.title} of ${loan.home}`;
    case 'guest-stopped':
    case 'ha-stopped':
      return `${loan.title} of ${loan.home}, stopped`;
    case 'guest-left':
      return `${loan.title} of ${loan.home}, left there`;
    default:
      return loan satisfies never;
  }
}
