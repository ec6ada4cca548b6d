/** `od -An -v -tx1 FILE` of EFI variables, as bytes: what the boot loader and the system tell each other (systemd's boot loader interface). */
import { efiVariable } from '../boot-loader.ts';
import type { Process } from '../process.ts';

export function od(process: Process): number {
  const path = process.argv.at(-1) ?? '';
  const name = /^\/sys\/firmware\/efi\/efivars\/(\w+)-[0-9a-f-]{36}$/.exec(path)?.[1];
  const bytes = name === undefined ? undefined : efiVariable(process.node, name);
  if (bytes === undefined) return process.fail(1, `od: ${path}: No such file or directory`);
  for (let at = 0; at < bytes.length; at += 16)
    process.out(
      bytes
        .slice(at, at + 16)
        .map((byte) => ` ${byte.toString(16).padStart(2, '0')}`)
        .join(''),
    );
  return 0;
}
