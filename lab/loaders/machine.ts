/** One emulated machine without a screen: it is switched on, says something on its serial port, and loses its power. */
import { readFile, rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { LoaderTools } from './tools.ts';

const patienceMs = 120_000;
const lookMs = 200;
/** What GRUB writes, it has written before it boots anything; a loader that would write later gets the chance. */
const afterwardsMs = 1500;

/**
 * Switches it on and waits until it says `LAB: …`, then pulls its plug.
 * @param folder holds its serial port's file
 * @returns what it said, and its complaints before
 * @throws Error when it says nothing
 */
export async function powerCycle(
  folder: string,
  disk: string,
  variables: string,
  { machine, env }: LoaderTools,
): Promise<{ readonly said: string; readonly complaint?: string }> {
  const serial = join(folder, 'serial.txt');
  await rm(serial, { force: true });
  const flash = (unit: number, file: string, more = '') => ['-drive', `if=pflash,format=raw,unit=${unit}${more},file=${file}`];
  const argv = [
    ...['-L', join(machine, 'usr/share/qemu'), '-L', join(machine, 'usr/share/seabios')],
    ...['-machine', 'q35', '-m', '256', '-display', 'none', '-nodefaults', '-serial', `file:${serial}`],
    ...flash(0, join(machine, 'usr/share/OVMF/OVMF_CODE_4M.fd'), ',readonly=on'),
    ...flash(1, variables),
    ...['-drive', `file=${disk},format=raw,if=none,id=disk`, '-device', 'virtio-blk-pci,drive=disk'],
  ];
  const emulator = execa(join(machine, 'usr/bin/qemu-system-x86_64'), argv, { env, reject: false, stdin: 'ignore' });
  try {
    for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += lookMs) {
      await setTimeout(lookMs);
      const text = await readFile(serial, 'latin1').catch(() => '');
      const [, said] = /^(?:.*[^"])?LAB: ([^\r\n\x1b"]+)/m.exec(text.replace(/echo LAB: .*/g, '')) ?? [];
      if (said === undefined) continue;
      await setTimeout(afterwardsMs);
      const [, complaint] = /error: ([^\r\n\x1b]+)/.exec(text) ?? [];
      return { said: said.trim(), ...(complaint === undefined ? {} : { complaint }) };
    }
    throw new Error(`the machine said nothing: ${await readFile(serial, 'latin1').catch(() => 'not even on its serial port')}`);
  } finally {
    emulator.kill('SIGKILL');
    await emulator;
  }
}
