/** `journalctl --unit=UNIT --output=cat --no-pager --lines=N`: what a unit printed, and what systemd said of it. */
import type { Process } from '../process.ts';

export function journalctl(process: Process): number {
  const valueOf = (name: string): string | undefined => process.argv.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  const name = valueOf('--unit') ?? '';
  const unit = process.node.units.get(name.endsWith('.service') ? name : `${name}.service`);
  const lines = unit?.journal ?? [];
  if (lines.length === 0) process.out('-- No entries --');
  else process.out(...lines.slice(-Number(valueOf('--lines') ?? lines.length)));
  return 0;
}
