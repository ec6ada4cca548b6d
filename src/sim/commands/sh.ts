/** `sh -c`, for the one script that proxroll gives to others: the guard on a peer (`clients/guard.ts`). */
import { guardScript } from '../../clients/guard.ts';
import { guardUnit } from '../../clients/unit-names.ts';
import type { Process } from '../process.ts';
import { ceph } from './ceph.ts';
import { haManager } from './ha-manager.ts';

export async function sh(process: Process): Promise<number> {
  const [, flag, script, , awaited = '', run = '', ha, noout] = process.argv;
  if (flag !== '-c' || script !== guardScript) return process.fail(2, 'sh: 0: this world knows one script only');
  const { world, node } = process;
  // What curl is given has an address for each whom it tells.
  const messages = `/run/${guardUnit(run)}`;
  const told = node.files.get(messages)?.match(/^url = /gm)?.length ?? 0;
  node.files.delete(messages);
  world.log.tell({ type: 'guard.spoke', node: node.name, awaited, run, told });
  const inside = (...argv: readonly [string, ...string[]]): Process => Object.assign(Object.create(process) as Process, { argv });
  if (ha === 'ha') await haManager(inside('ha-manager', 'crm-command', 'node-maintenance', 'disable', awaited));
  if (noout === 'noout') ceph(inside('ceph', 'osd', 'unset-group', 'noout', awaited));
  return 0;
}
