/** Which file system a path lies on. */
import type { FileSystemFacts } from './node.ts';

/** The one with the longest mount point above the path; nothing when not even the root is known. */
export function holding(path: string, rows: readonly FileSystemFacts[]): FileSystemFacts | undefined {
  return rows
    .filter((row) => row.mountPoint === '/' || row.mountPoint === path || path.startsWith(`${row.mountPoint}/`))
    .sort((a, b) => b.mountPoint.length - a.mountPoint.length)[0];
}

/** Where apt puts what it downloads. */
export const archivePath = '/var/cache/apt/archives';

/** Bytes free there; 0 when nobody can say. */
export function archiveFreeBytes(rows: readonly FileSystemFacts[]): number {
  return holding(archivePath, rows)?.freeBytes ?? 0;
}
