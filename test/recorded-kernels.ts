/** Whole layouts of kernels and boot loaders, from the files below `recorded/kernels`, read as a run reads them. */
import { readdirSync } from 'node:fs';
import { bootableKernelsQuery, bootLoaderQuery, kernelFacts, kernelPinsQuery, runningKernelQuery } from '../src/clients/kernel.ts';
import type { KernelPins } from '../src/clients/kernel.ts';
import { read, type Query } from '../src/clients/query.ts';
import type { KernelFacts } from '../src/model/node.ts';
import type { Reading } from '../src/model/reading.ts';
import { recordedText } from './recorded.ts';

export interface KernelLayout {
  readonly kernel: Reading<KernelFacts>;
  readonly pins: Reading<KernelPins>;
  readonly bootable: Reading<readonly string[]>;
  readonly running: Reading<string>;
}

/** The names of all that lie there, sorted. */
export function kernelLayoutNames(): readonly string[] {
  return readdirSync(new URL('./recorded/kernels/', import.meta.url))
    .filter((name) => !name.endsWith('.md'))
    .sort();
}

export function kernelLayout(name: string): KernelLayout {
  const asked = <T>(query: Query<T>, file: string) => {
    const [, exit, text] = /^(?:# exit (\d+)\n)?([^]*)$/.exec(recordedText(`kernels/${name}`, file)) ?? [];
    const exitCode = Number(exit ?? 0);
    return read(
      query,
      { exitCode, stdout: exitCode === 0 ? (text ?? '') : '', stderr: exitCode === 0 ? '' : (text ?? ''), tookMs: 0 },
      'pve1',
    );
  };
  const running = asked(runningKernelQuery, 'uname-r');
  const pins = asked(kernelPinsQuery, 'kernel-list');
  const bootable = asked(bootableKernelsQuery, 'boot');
  return { running, pins, bootable, kernel: kernelFacts(running, pins, bootable, asked(bootLoaderQuery, 'status')) };
}
