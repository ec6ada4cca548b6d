/** `df --block-size=1 --output=target,size,avail PATH...`: a path that is no mount point is told as the one it lies on. */
import type { Process } from '../process.ts';

export function df(process: Process): number {
  const { fileSystems } = process.node;
  const rows: string[][] = [['Mounted on', '1B-blocks', 'Avail']];
  let exitCode = 0;
  for (const path of process.argv.slice(1)) {
    if (path.startsWith('-')) continue;
    if (path === '/boot/efi' && fileSystems['/boot/efi'] === undefined) {
      exitCode = process.fail(1, `df: ${path}: No such file or directory`);
      continue;
    }
    const target = mountPoint(path, Object.keys(fileSystems));
    const system = fileSystems[target];
    if (system !== undefined) rows.push([target, `${system.totalBytes}`, `${system.freeBytes}`]);
  }
  if (rows.length === 1) return process.fail(1, 'df: no file systems processed');
  const [a, b, c] = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const [target = '', size = '', free = ''] of rows)
    process.out(`${target.padEnd(a ?? 0)} ${size.padStart(b ?? 0)} ${free.padStart(c ?? 0)}`);
  return exitCode;
}

function mountPoint(path: string, mountPoints: readonly string[]): string {
  const holding = mountPoints.filter((point) => point === '/' || path === point || path.startsWith(`${point}/`));
  return holding.sort((a, b) => b.length - a.length)[0] ?? '/';
}
