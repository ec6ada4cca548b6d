/** Every key of `/etc/proxroll/config.yaml`. The descriptions are the reference documentation: `docs/configuration.md` is made from them. */
import { z } from 'zod';
import { guestPolicies } from '../model/policy.ts';
import { parseWindow } from '../model/window.ts';
import { receiverSchema } from './receivers.ts';

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/, 'must be the short name of a node');
const minutes = (instead: number, what: string) => z.number().int().min(1).max(1440).default(instead).describe(`${what}, in minutes.`);
const times = (instead: number, what: string) => z.number().int().min(1).max(20).default(instead).describe(`${what}.`);
const packageName = z.string().regex(/^[a-z0-9*][a-z0-9.+*-]*$/, 'must be the name of a package; * stands for anything');
const guestPolicy = z.enum(guestPolicies);

const keys = z.strictObject({
  ssh_user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]*$/, 'must be a user name')
    .default('root')
    .describe(
      'The user for ssh to the other nodes. With another user than root every command there goes through sudo; `proxroll config sudoers` prints the rules it needs.',
    ),
  ssh_keys: z
    .array(z.string().startsWith('/', 'must be an absolute path'))
    .default([])
    .describe(
      'Private key files for ssh. When empty: the keys of root that Proxmox VE itself uses (`/root/.ssh/id_rsa`, `/root/.ssh/id_ed25519`).',
    ),
  excluded_nodes: z
    .array(name)
    .default([])
    .describe('Nodes that are neither patched nor rebooted. They still count for quorum and may receive guests.'),
  deactivate_proxlb: z
    .boolean()
    .default(false)
    .describe(
      'Stop ProxLB for the time of the run on every node where it runs, and start it again at the end. Without this a running ProxLB keeps a run from starting, because it would move guests at the same time.',
    ),
  deactivate_rebalance: z
    .boolean()
    .default(false)
    .describe(
      "Switch the HA manager's own balancer (`crs: ha-auto-rebalance` of datacenter.cfg, Proxmox VE 9.2) off for the time of the run, and put the setting back as it was at the end. Without this a balancer that is on keeps a run from starting where HA is in use, because it would move guests at the same time.",
    ),
  drain: z
    .enum(['auto', 'always', 'when-rebooting'])
    .default('auto')
    .describe(
      'When to empty a node: `auto` before its upgrade when a reboot is foreseen or the packages are known to disturb running guests or the HA manager; `always` before every upgrade; `when-rebooting` only right before a reboot.',
    ),
  upgrade: z
    .enum(['full', 'security', 'none'])
    .default('full')
    .describe(
      'What is installed: `full` everything, as `apt-get dist-upgrade` would; `security` only versions from a security origin, as unattended-upgrades tells them, with what they need, and the packages of `upgrade_also`; `none` nothing, for a round of reboots.',
    ),
  upgrade_also: z
    .array(packageName)
    .default([])
    .describe(
      "Packages that `upgrade: security` installs whatever their origin, such as `pve-*`: Proxmox's repositories have no security origin of their own.",
    ),
  reboot: z
    .enum(['when-needed', 'always', 'never'])
    .default('when-needed')
    .describe(
      'Whether a node reboots: `when-needed` after an upgrade that takes effect with a boot, or when one is due already; `always` after every upgrade; `never` leaves a reboot due and says so in the report. `proxroll run --reboot-only` reboots every node once and installs nothing.',
    ),
  allow_removals: z
    .array(packageName)
    .default([])
    .describe(
      'Packages that an upgrade may remove, such as `libfoo*`. Any other removal stops the run, but for kernels that do not run. What a node cannot be without is never removed, whatever stands here.',
    ),
  moved_packages: z
    .enum(['pause', 'go-on'])
    .default('pause')
    .describe(
      'What to do when a node would get other packages than planned, because a repository has moved since: `pause` and tell the difference, or `go-on` with what it would get now, said in the log.',
    ),
  repair_dpkg: z
    .enum(['own', 'always', 'never'])
    .default('own')
    .describe(
      'When to run `dpkg --configure -a` on a node whose dpkg was interrupted: `own` only when the journal shows that it was the upgrade of this run; `always`; `never`.',
    ),
  clean_up: z
    .enum(['none', 'autoclean', 'autoremove'])
    .default('none')
    .describe(
      'What goes from a node at the end of its turn: `none` nothing; `autoclean` downloaded packages that no repository has any more; `autoremove` that, and packages that came for the sake of others that are gone. The kernel that runs, the one that would boot and the one before the turn stay, whatever apt says.',
    ),
  new_kernel: z
    .enum(['boot', 'try', 'try-or-block'])
    .default('boot')
    .describe(
      'How a node boots a kernel for the first time: `boot` as any reboot does; `try` has its boot loader take the new kernel for one boot only, so that a power cycle brings back the one before, and makes it the default once the node is whole again; a node whose boot loader cannot do that is booted as usual, and the check says so; `try-or-block` the same, but such a node keeps a run from starting. A kernel that somebody has pinned is booted as pinned. See `docs/packages.md`.',
    ),
  kernel_errors: z
    .enum(['pause', 'warn'])
    .default('pause')
    .describe(
      'What a message of priority error or worse in the kernel log of a rebooted node means, if it was not there before: `pause` until a person has looked, `warn` says it and goes on.',
    ),
  return_guests: z
    .boolean()
    .default(true)
    .describe(
      'Whether guests that were moved away go back to their node when it is whole again. HA guests go back by the rules of the HA manager, and those that it would leave where they are (failback switched off) because we ask it to.',
    ),
  accept_quorum_loss: z
    .boolean()
    .default(false)
    .describe(
      'For two nodes without a quorum device: let one reboot although the other has no quorum meanwhile (`/etc/pve` is read-only, no guest can be started). Never with HA resources.',
    ),
  guests: z
    .strictObject({
      default: guestPolicy
        .default('migrate')
        .describe(
          'What happens to a running guest whose node must be emptied: `migrate` moves it (a VM live, a container with a restart) from shared disks or to a fresh replica of them; `migrate-with-disks` the same, with local disks copied along; `restart` shuts it down, moves it and starts it there; `shutdown` stops it and starts it again on its node; `leave` does nothing, so that it goes down with its node; `block` keeps the node up. Who is stopped with `shutdown` goes down when all who move have left, in the reverse of its start order (`startup: order=N`; those without one first), and is started in it. Each has three minutes to shut down, or more where its `startup: down=S` says so, and is never killed. What cannot be moved as its policy says keeps the node up too.',
        ),
      by_tag: z
        .record(z.string(), guestPolicy)
        .default({})
        .describe(
          'The same for guests with a tag. A vmid comes before a tag, a tag before the default. A guest whose tags say different things keeps its node up until its vmid decides.',
        ),
      by_vmid: z
        .record(z.string().regex(/^[1-9][0-9]{2,8}$/, 'must be a vmid'), guestPolicy)
        .default({})
        .describe('The same for one guest.'),
    })
    .prefault({})
    .describe(
      'What may happen to guests. HA guests are moved by the HA manager, as its rules say; `shutdown` stops them by its means, and their requested state comes back afterwards.',
    ),
  harmless_ceph_checks: z
    .array(z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be the code of a health check, such as POOL_NO_REDUNDANCY'))
    .default([])
    .describe(
      'Codes of Ceph health checks that do not stop a run, besides those that Proxmox VE itself passes over in rolling restarts. Errors, OSDs that are down and placement groups that are not clean always stop it.',
    ),
  hold_paths: z
    .array(z.string().startsWith('/', 'must be an absolute path'))
    .min(1)
    .default(['/etc/proxroll/hold'])
    .describe('Files that, where they exist on a node, mean: leave this machine alone. Their text is shown as the reason.'),
  keep_runs: z
    .number()
    .int()
    .min(1)
    .default(100)
    .describe('How many earlier runs are kept below `/var/lib/proxroll/runs`; the oldest go first.'),
  keep_days: z
    .number()
    .int()
    .min(1)
    .default(730)
    .describe('How long a run is kept, in days, even where there are fewer than `keep_runs`. The newest is always kept.'),
  windows: z
    .array(
      z
        .string()
        .refine(
          (text) => parseWindow(text) !== undefined,
          'must be days and times, such as `sat,sun 04:00-08:00` or `mon-fri 22:00-02:00`',
        ),
    )
    .default([])
    .describe(
      'When nodes may be touched: days and times, such as `sat,sun 04:00-08:00`; one that ends before it begins ends on the next day. A node is only begun when its expected end lies inside. Without windows any time is right.',
    ),
  time_zone: z
    .string()
    .refine(isTimeZone, 'must be `local` or the name of a time zone, such as Europe/Berlin')
    .default('local')
    .describe("The time zone of the windows, as an IANA name; `local` is the node's own."),
  receivers: z
    .record(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'must be a short name: small letters, digits, - and _'), receiverSchema)
    .default({})
    .describe(
      'Who is told at the start of a run, before each reboot, when it pauses or fails, and at its end, each under a name of your own: mail, Discord, ntfy, Gotify, any webhook. `docs/messages.md` has the keys of each kind; `proxroll notify test` sends a message to all of them.',
    ),
  metrics: z
    .strictObject({
      textfile_folder: z
        .string()
        .startsWith('/', 'must be an absolute path')
        .default('/var/lib/prometheus/node-exporter')
        .describe(
          "The folder that node_exporter's textfile collector reads. `proxroll.prom` is written there at each turn of a run and by `proxroll metrics`; where there is no such folder, nothing is written.",
        ),
    })
    .prefault({})
    .describe('Figures for Prometheus; `docs/metrics.md` tells what each means.'),
  limits: z
    .strictObject({
      root_used_percent: z
        .number()
        .int()
        .min(1)
        .max(100)
        .default(90)
        .describe('A node whose root file system is fuller than this is not touched.'),
      boot_free_mib: z
        .number()
        .int()
        .min(0)
        .default(200)
        .describe('Free space wanted in `/boot` and the EFI partition, in MiB, for one more kernel with its initrd.'),
      memory_reserve_percent: z
        .number()
        .int()
        .min(0)
        .max(90)
        .default(10)
        .describe("Part of a node's memory that moved guests must leave free, in percent."),
      copied_disks_gib: z
        .number()
        .int()
        .min(1)
        .default(100)
        .describe('How large the local disks of one guest may be together to be copied (`migrate-with-disks`), in GiB.'),
      replica_age_minutes: z
        .number()
        .int()
        .min(1)
        .default(60)
        .describe('How old the last sync of a replica may be for its guest to follow it, in minutes.'),
      clock_offset_ms: z
        .number()
        .int()
        .min(100)
        .default(2000)
        .describe('How far the clocks of two nodes may be apart, in milliseconds. The HA manager complains from 2 s on.'),
      failed_nodes: z
        .number()
        .int()
        .min(0)
        .default(0)
        .describe(
          'How many nodes a run may give up because they could not be emptied, and go on with the others. A node that is half patched, or does not come back, always pauses the run.',
        ),
      moves_at_once: z
        .number()
        .int()
        .min(1)
        .max(16)
        .default(2)
        .describe(
          "How many guests are moved off one node at the same time, and how many go home to it. Never more than `max_workers` of the cluster's own datacenter.cfg, moves of the HA manager off that node included.",
        ),
      moves_to_one: z
        .number()
        .int()
        .min(1)
        .max(16)
        .default(2)
        .describe(
          'How many guests are moved onto one node at the same time, moves of the HA manager included; `max_workers` holds here too.',
        ),
    })
    .prefault({})
    .describe('Thresholds of the checks.'),
  deadlines: z
    .strictObject({
      refresh: minutes(10, 'How long `apt-get update` may take'),
      fetch: minutes(60, 'How long the download of packages may take'),
      maintenance: minutes(10, 'How long the HA manager may take to say that a node is in maintenance, or no longer'),
      drain: minutes(120, 'How long it may take to empty a node'),
      guest: minutes(30, 'How long the move, stop or start of one guest may take'),
      upgrade: minutes(120, 'How long `apt-get dist-upgrade` may take'),
      reboot: minutes(30, 'How long a node may take from the order to reboot until it answers with a new boot id'),
      run: minutes(1440, 'How long a whole run may take; after that no further node is begun'),
      rejoin: minutes(20, 'How long a node may take from its boot until it is whole again: member, services, storages, HA, Ceph'),
    })
    .prefault({})
    .describe('How long each step may take before the run pauses.'),
  attempts: z
    .strictObject({
      refresh: times(3, 'How often `apt-get update` is begun on a node'),
      fetch: times(3, 'How often the download of packages is begun on a node'),
      guest: times(
        2,
        'How often one guest is asked to leave its node, another time to another node where there is one, and how often to come home live',
      ),
      upgrade: times(3, 'How often `apt-get dist-upgrade` is begun when dpkg was locked; one that has failed is never repeated'),
      reboot: times(3, 'How often the order to reboot is given when the node is known not to have rebooted by it'),
      other: times(3, 'How often every other step is begun; all of them are safe to repeat'),
    })
    .prefault({})
    .describe('How often a step is begun before the run pauses. It is asked first whether it happened, and each retry is told.'),
});

/** Every key by itself, and then what two of them say together. */
export const configSchema = keys.superRefine(({ upgrade, upgrade_also, reboot }, { addIssue }) => {
  const together = (key: string, message: string) => addIssue({ code: 'custom', path: [key], message, params: { together: true } });
  if (upgrade === 'none' && reboot === 'never')
    together('reboot', 'is never and upgrade is none: then a run would do nothing; change one of them');
  if (upgrade_also.length > 0 && upgrade !== 'security')
    together('upgrade_also', `means nothing with upgrade: ${upgrade}; remove it, or set upgrade: security`);
});

function isTimeZone(name: string): boolean {
  if (name === 'local') return true;
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export type Config = z.infer<typeof configSchema>;
export type { GuestPolicy } from '../model/policy.ts';
