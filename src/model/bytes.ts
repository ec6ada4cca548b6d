/** Amounts of memory and disk as people read them. */

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

export const mib = 1024 ** 2;
export const gib = 1024 ** 3;

/** `24 GiB`, `3.1 GiB`, `512 MiB`: at most two or three figures, one decimal below 10. Binary units, as Proxmox VE prints them. */
export function bytesText(bytes: number): string {
  if (bytes < 0) return `-${bytesText(-bytes)}`;
  let amount = bytes;
  let unit = 0;
  // Rounded first, so that 1023.9 MiB reads `1 GiB` and not `1024 MiB`.
  while (rounded(amount) >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${rounded(amount)} ${units[unit] ?? 'B'}`;
}

function rounded(amount: number): number {
  return amount < 9.95 ? Math.round(amount * 10) / 10 : Math.round(amount);
}
