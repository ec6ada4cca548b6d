/** `apt-mark showhold`: packages apt is told to keep back. */
import type { Process } from '../process.ts';

export function aptMark(process: Process): number {
  if (process.argv[1] !== 'showhold') return process.fail(100, `E: Invalid operation ${process.argv[1] ?? ''}`);
  process.out(...[...process.node.apt.held].sort());
  return 0;
}
