/** The two Debian releases Proxmox VE stands on. */
export const suites = ['bookworm', 'trixie'] as const;

export type Suite = (typeof suites)[number];

export function isSuite(text: string): text is Suite {
  return suites.some((suite) => suite === text);
}
