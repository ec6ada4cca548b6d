/** The boot loader of a simulated host: what it keeps between boots, and what it takes. */
import type { SimNode } from './node.ts';

/** @returns the bytes of the variable as efivarfs shows them, its attributes first; nothing where there is none */
export function efiVariable(node: SimNode, name: string): readonly number[] | undefined {
  if (node.loader !== 'systemd-boot') return undefined;
  // What systemd-boot 252 can do, among it an entry for one boot.
  if (name === 'LoaderFeatures') return [6, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0];
  return undefined;
}
