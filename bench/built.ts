/** What the build left: the bundle and the package. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @returns Node's arguments that start the built program; for `tiny` those of a Node that does nothing @throws Error saying how to get it */
export function builtProgram(size: 'whole' | 'tiny'): readonly string[] {
  if (size === 'tiny') return ['-e', '0'];
  const path = `${root}dist/proxroll.mjs`;
  if (!existsSync(path)) throw new Error('there is no dist/proxroll.mjs: npm run build');
  return [path];
}

/** The size of the whole bundle; nothing before the first build. */
export function bundleBytes(): number | undefined {
  return statSync(`${root}dist/program.mjs`, { throwIfNoEntry: false })?.size;
}

/** The newest package in the working tree; nothing before the first `./build.sh`. */
export function newestPackage(): { readonly name: string; readonly bytes: number } | undefined {
  const packages = readdirSync(root).filter((name) => /^proxroll_.*\.deb$/.test(name));
  const found = packages.map((name) => ({ name, stat: statSync(root + name) })).sort((a, b) => b.stat.mtimeMs - a.stat.mtimeMs)[0];
  return found === undefined ? undefined : { name: found.name, bytes: found.stat.size };
}
