/**
 * `journalctl --unit=UNIT --output=cat --no-pager --lines=N`: what a unit printed, and what systemd said of it; with `--dmesg --priority=err`
 * what the kernel complained of.
 */
import type { Process } from '../process.ts';

export function journalctl(process: Process): number {
  if (process.argv.includes('--dmesg')) {
    process.out(...process.node.kernelErrors);
    return 0;
  }
  const valueOf = (name: string): string | undefined => process.argv.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  const name = valueOf('--unit') ?? '';
  const lines = process.node.unitJournals.get(name.endsWith('.service') ? name : `${name}.service`) ?? [];
  if (lines.length === 0) process.out('-- No entries --');
  else process.out(...lines.slice(-Number(valueOf('--lines') ?? lines.length)));
  return 0;
}
