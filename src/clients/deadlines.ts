/**
 * How long each foreign command may take before its silence counts as no answer, in milliseconds. What takes longer than
 * this table allows runs as a transient unit and is followed, so no entry is about an upgrade or a migration itself.
 */
export const deadlines = {
  /** Reading a file or asking the kernel. On pmxcfs too: it answers at once or hangs. */
  file: 15_000,
  /** corosync-quorumtool: measured at 0.02 s. */
  quorum: 10_000,
  /** pvesh about cluster-wide paths: about 1 s idle, several seconds on a busy node. */
  pvesh: 60_000,
  /** `ha-manager crm-command` retries for 11 s when there is no quorum. */
  haManager: 30_000,
  /** qm and pct, when they only look. */
  guestTool: 30_000,
  /** dpkg's own data base and apt's small questions. */
  dpkg: 30_000,
  /** update-grub looks at every disk; kernels are copied to EFI partitions. */
  loader: 300_000,
  /** A simulated dist-upgrade: seconds on slow disks. */
  aptSimulate: 120_000,
  /** Removing files from apt's archive, of which there may be thousands. */
  aptClean: 120_000,
  /** Asking systemd, and starting a unit without waiting for its end. */
  systemd: 30_000,
  /** Stopping a unit: systemd waits up to 90 s before it kills. */
  systemdStop: 120_000,
  /** The last lines of a unit's log; a large journal on a slow disk takes a while. */
  journal: 60_000,
  /** zpool may wait for a disk. */
  zpool: 60_000,
  /** ceph waits 10 s for its monitors and may hang after that. */
  ceph: 45_000,
  /** Writing to the cluster file system: a message to all members. */
  pmxcfsWrite: 30_000,
} as const;
