// `node --import ./test/plain.mjs FILE.ts`: TypeScript without its types, as tsx makes it, but without the code by which tsx keeps the
// name of every function that is ever made. Simulated runs make millions of them, and that code takes a fifth of their time.
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.setSourceMapsEnabled(true);
  register(import.meta.url);
}

/** Node's hook for what it imports; runs in a thread of its own. */
export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  const { transform } = await import('esbuild');
  const { code } = await transform(await readFile(fileURLToPath(url)), {
    loader: 'ts',
    format: 'esm',
    target: 'node18.19',
    sourcemap: 'inline',
    sourcefile: fileURLToPath(url),
  });
  return { format: 'module', source: code, shortCircuit: true };
}
