/** `pveversion`: the installed pve-manager and the running kernel (capture pveversion). */
import type { Process } from '../process.ts';

export function pveversion(process: Process): number {
  const { node } = process;
  const version = node.apt.installed.get('pve-manager') ?? '0';
  if (process.argv.includes('-v') || process.argv.includes('--verbose')) {
    process.out(`pve-manager: ${version} (running version: ${version}/14a22df3e8f0c5e1)`);
    for (const [name, installed] of node.apt.installed) if (name !== 'pve-manager') process.out(`${name}: ${installed}`);
  } else process.out(`pve-manager/${version}/14a22df3e8f0c5e1 (running kernel: ${node.runningKernel})`);
  return 0;
}
