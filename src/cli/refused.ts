/** Reasons why proxroll does not even begin: nothing was touched. */
import { configProblemText, type ConfigProblem } from '../config/load.ts';
import { Exit, type ExitCode } from './exit-codes.ts';

export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly what: string,
    readonly seen: string,
    readonly next: string,
    readonly exit: ExitCode = Exit.usage,
  ) {
    super([what, seen, next].filter((part) => part !== '').join('; '));
  }
}

export function notRoot(): Refused {
  return new Refused('this works only as root on a Proxmox VE node', '', 'log in there as root and call the same command again');
}

/** @param seen what is missing here: `/etc/pve/.members is not there`, `pveversion is not installed` */
export function notProxmox(seen: string): Refused {
  return new Refused(
    'this machine is not a Proxmox VE node',
    seen,
    'install and run proxroll on one node of the cluster; what it does can be seen anywhere: proxroll demo',
  );
}

/** @param version as `pveversion` told it: `7.4-3` */
export function tooOld(node: string, version: string): Refused {
  return new Refused(`${node} runs Proxmox VE ${version}, and proxroll needs 8 or newer`, '', 'bring the cluster to Proxmox VE 8 first');
}

export function noSuchNode(names: readonly string[], known: readonly string[]): Refused {
  const which = names.length === 1 ? `there is no node ${names.join('')}` : `there are no nodes ${names.join(', ')}`;
  return new Refused(which, `nodes of this cluster: ${known.join(', ')}`, 'name nodes by their short names');
}

export function noSuchRun(run: string): Refused {
  return new Refused(`there is no run ${run}`, '', 'see the runs with: proxroll history');
}

export class ConfigRejected extends Error {
  override readonly name = 'ConfigRejected';
  constructor(readonly problems: readonly ConfigProblem[]) {
    super(problems.map(configProblemText).join('\n'));
  }
}
