/** A kernel that a node boots for the first time, with a way back: only one boot takes it before it has proven itself. */

/** The loaders that forget an entry for one boot before they start it. */
export type TrialLoader = 'systemd-boot' | 'grub';

export interface KernelTrial {
  readonly by: TrialLoader;
  readonly kernel: string;
  /** The kernel that stays the default meanwhile. */
  readonly before: string;
}
