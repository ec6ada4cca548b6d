/** `sh -c`, for the one script that proxroll gives to others: the guard on a peer (`clients/guard.ts`). */
import { guardScript } from '../../clients/guard.ts';
import type { Process } from '../process.ts';
import { haManager } from './ha-manager.ts';

export async function sh(process: Process): Promise<number> {
  const [, flag, script, , awaited = '', run = '', ha] = process.argv;
  if (flag !== '-c' || script !== guardScript) return process.fail(2, 'sh: 0: this world knows one script only');
  process.world.log.tell({ type: 'guard.spoke', node: process.node.name, awaited, run });
  if (ha !== 'ha') return 0;
  const command = ['ha-manager', 'crm-command', 'node-maintenance', 'disable', awaited] as const;
  return haManager(Object.assign(Object.create(process) as Process, { argv: command }));
}
