/** `needrestart -b`: who runs with libraries from before, as its README.batch.md has it. Only called where it is installed. */
import type { Process } from '../process.ts';

export function needrestart(process: Process): number {
  const { node } = process;
  const since = node.bootedAtMs + node.clockOffsetMs;
  const old = (node.apt.installedAtMs.get('libc6') ?? Number.NEGATIVE_INFINITY) > since;
  process.out('NEEDRESTART-VER: 3.6', `NEEDRESTART-KCUR: ${node.runningKernel}`, 'NEEDRESTART-KSTA: 1');
  if (old) process.out('NEEDRESTART-SVC: cron.service', 'NEEDRESTART-SVC: dbus.service', 'NEEDRESTART-SVC: pvestatd.service');
  process.out('NEEDRESTART-UCSTA: 1');
  return 0;
}
