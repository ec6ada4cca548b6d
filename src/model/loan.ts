import type { KernelTrial } from './kernel-trial.ts';

/**
 * A loan is a setting we changed and will put back. It is journaled before it is taken, so that any later process can
 * return it; memory and `finally` do not survive a power cut.
 */
export type Loan =
  | { readonly kind: 'ha-maintenance'; readonly node: string }
  | { readonly kind: 'noout'; readonly node: string }
  | { readonly kind: 'proxlb'; readonly node: string }
  /** The HA manager's balancer, switched off from `node`; `crs`: what stood in datacenter.cfg, `during`: what stands there meanwhile. */
  | { readonly kind: 'rebalance'; readonly node: string; readonly crs: string; readonly during: string }
  /** `before` is the default of its boot loader; `bootId`: of the boot in which that was set. */
  | ({ readonly kind: 'kernel-trial'; readonly node: string; readonly bootId: string } & KernelTrial)
  /** A timer on `node` that speaks up when `awaited` does not come back. `told`: it may hold messages, with the secrets to send them. */
  | { readonly kind: 'guard'; readonly node: string; readonly awaited: string; readonly unit: string; readonly told?: true }
  | {
      readonly kind: 'guest-moved';
      readonly vmid: number;
      readonly guest: 'qemu' | 'lxc';
      readonly title: string;
      readonly home: string;
      readonly to: string;
      /** It made room for the guests of this node, and goes home when that one is back. Missing: it left its own node for its turn. */
      readonly sake?: string;
    }
  | {
      readonly kind: 'guest-stopped';
      readonly vmid: number;
      readonly guest: 'qemu' | 'lxc';
      readonly title: string;
      readonly home: string;
    }
  /** Its policy lets it go down with its node; then it must run again. */
  | {
      readonly kind: 'guest-left';
      readonly vmid: number;
      readonly guest: 'qemu' | 'lxc';
      readonly title: string;
      readonly home: string;
    }
  /** The HA manager was told to stop it; `requested` is what was asked of it before. */
  | {
      readonly kind: 'ha-stopped';
      readonly vmid: number;
      readonly guest: 'qemu' | 'lxc';
      readonly title: string;
      readonly home: string;
      readonly requested: string;
    }
  /** The HA manager moves it away and would leave it there: it is not to fail back, so the way home is asked for by us. */
  | {
      readonly kind: 'ha-moved';
      readonly vmid: number;
      readonly guest: 'qemu' | 'lxc';
      readonly title: string;
      readonly home: string;
    };

/** A loan that is a guest. */
export type GuestLoan = Extract<Loan, { vmid: number }>;

/** One id for each thing that can be borrowed, the same in journal, log and report. */
export function loanId(loan: Loan): string {
  switch (loan.kind) {
    case 'ha-maintenance':
    case 'noout':
    case 'proxlb':
    case 'kernel-trial':
    case 'guard':
      return `${loan.kind}/${loan.node}`;
    case 'rebalance':
      return 'rebalance/cluster';
    case 'guest-moved':
    case 'guest-stopped':
    case 'guest-left':
    case 'ha-stopped':
    case 'ha-moved':
      return `guest/${loan.vmid}`;
    default:
      return loan satisfies never;
  }
}

/** What is borrowed, in the operator's words. */
export function loanText(loan: Loan): string {
  switch (loan.kind) {
    case 'ha-maintenance':
      return `${loan.node} is in HA maintenance`;
    case 'noout':
      return `Ceph noout is set for ${loan.node}`;
    case 'proxlb':
      return `ProxLB is stopped on ${loan.node}`;
    case 'rebalance':
      return `the HA manager does not rebalance by itself (crs was ${loan.crs})`;
    case 'kernel-trial':
      return `${loan.node} boots kernel ${loan.before} by default, although ${loan.kernel} is newer`;
    case 'guard':
      return `${loan.node} waits for ${loan.awaited} to come back`;
    case 'guest-moved':
      return `${loan.title} is away from ${loan.home}, on ${loan.to}`;
    case 'guest-stopped':
      return `${loan.title} is stopped on ${loan.home}`;
    case 'guest-left':
      return `${loan.title} may go down with ${loan.home}`;
    case 'ha-stopped':
      return `${loan.title} is stopped on ${loan.home} by the HA manager`;
    case 'ha-moved':
      return `${loan.title} was moved away from ${loan.home} by the HA manager`;
    default:
      return loan satisfies never;
  }
}

/** How a person returns it without us. */
export function loanReturnText(loan: Loan): string {
  const tool = 'guest' in loan && loan.guest === 'lxc' ? 'pct' : 'qm';
  switch (loan.kind) {
    case 'ha-maintenance':
      return `ha-manager crm-command node-maintenance disable ${loan.node}`;
    case 'noout':
      return `ceph osd unset-group noout ${loan.node}`;
    case 'proxlb':
      return `on ${loan.node}: systemctl start proxlb.service`;
    case 'rebalance':
      return `pvesh set /cluster/options --crs ${loan.crs}`;
    case 'kernel-trial':
      return `on ${loan.node}: proxmox-boot-tool kernel unpin${loan.by === 'systemd-boot' ? '; proxmox-boot-tool refresh' : ''}`;
    case 'guard':
      return `on ${loan.node}: systemctl stop ${loan.unit}.timer${loan.told === true ? `; rm -f /run/${loan.unit}` : ''}`;
    case 'guest-moved':
      return `on ${loan.to}: ${tool} migrate ${loan.vmid} ${loan.home} ${tool === 'qm' ? '--online 1' : '--restart 1'}`;
    case 'guest-stopped':
    case 'guest-left':
      return `on ${loan.home}: ${tool} start ${loan.vmid}`;
    case 'ha-stopped':
      return `ha-manager set ${loan.guest === 'lxc' ? 'ct' : 'vm'}:${loan.vmid} --state ${loan.requested}`;
    case 'ha-moved':
      return `ha-manager crm-command migrate ${loan.guest === 'lxc' ? 'ct' : 'vm'}:${loan.vmid} ${loan.home}`;
    default:
      return loan satisfies never;
  }
}
