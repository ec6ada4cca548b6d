// Bundles src/main.ts and every library it uses into dist/program.mjs, puts the small dist/proxroll.mjs in front of it, and collects the
// licences of those libraries into dist/third-party.copyright (Debian's machine-readable format; debian/rules appends it to the package's copyright file).
// Same sources, same bytes: nothing of the machine, the path or the time gets in.
import { chmod, readFile, readdir, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));

// ssh2 tries two native addons and goes on without them. Ours is a package for all architectures, and a stray copy that
// Node might find on the machine must not be loaded: so the attempt fails inside the bundle.
const withoutNativeAddons = {
  name: 'without-native-addons',
  setup(api) {
    api.onResolve({ filter: /^cpu-features$|\.node$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    api.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not part of this build`)});`,
    }));
  },
};

// zod's name for itself drags its messages in some fifty languages along, a fifth of the bundle; we speak English.
const englishOnly = {
  name: 'english-only',
  setup(api) {
    api.onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents: `export { default as en } from './en.js';` }));
  },
};

// prom-client asks for these for summaries and for traces beside samples; our figures are gauges, and never touch them.
const gaugesOnly = {
  name: 'gauges-only',
  setup(api) {
    api.onResolve({ filter: /^(@opentelemetry\/api|tdigest)$/ }, ({ path }) => ({ path, namespace: 'not-needed' }));
    api.onLoad({ filter: /.*/, namespace: 'not-needed' }, () => ({ contents: 'module.exports = {};' }));
  },
};

// CommonJS libraries inside an ES module still expect these three names. The bundle stays one file, lazy imports included:
// an upgrade of the package may replace it while a run is in progress, and a chunk read late would be of another version.
const banner = `import { createRequire as __createRequire } from 'node:module';
import { fileURLToPath as __fileURLToPath } from 'node:url';
const require = __createRequire(import.meta.url), __filename = __fileURLToPath(import.meta.url), __dirname = __filename.replace(/\\/[^/]*$/, '');`;

// Most of a start is Node reading the program; what merely asks for the version need not wait for that.
const front = `#!/usr/bin/node
if (process.argv.length === 3 && process.argv[2] === '--version') process.stdout.write('${version}\\n');
else {
  // The service is small before it is fast: the machine belongs to the guests, and only what is very hot (the search for a plan) is worth
  // machine code. These are not options of Node, so they cannot stand in the unit; a V8 that does not know one says so and goes on.
  if (process.argv.includes('--service')) {
    const { setFlagsFromString } = await import('node:v8');
    for (const flag of ['--optimize-for-size', '--no-sparkplug', '--interrupt-budget=2000000']) setFlagsFromString(flag);
  }
  await import('./program.mjs');
}
`;

const { metafile } = await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/program.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node18.19',
  define: { __PROXROLL_VERSION__: JSON.stringify(version) },
  plugins: [withoutNativeAddons, englishOnly, gaugesOnly],
  banner: { js: banner },
  // Names stay as they are, for readable stacks, but for the few that two files share (keepNames would have every function told its name
  // again at each start, 4 MiB of them); comments go, their licences are kept below.
  minifySyntax: true,
  minifyWhitespace: true,
  minifyIdentifiers: false,
  legalComments: 'none',
  // Node reads a file of plain ASCII a good deal faster.
  charset: 'ascii',
  // node_modules may be a link when the package is built in a copy of the tree; its target's path would get into the bundle.
  preserveSymlinks: true,
  metafile: true,
  logLevel: 'warning',
});
// One other character makes Node keep all of it in two bytes a character, 2.7 MiB more for as long as it runs. A template is not escaped.
const strange = /.{0,40}[^\x00-\x7f]/.exec(await readFile('dist/program.mjs', 'latin1'));
if (strange !== null) throw new Error(`dist/program.mjs is not plain ASCII at: ${strange[0]}`);
await writeFile('dist/proxroll.mjs', front);
await chmod('dist/proxroll.mjs', 0o755);

const folders = Object.keys(metafile.inputs).map((input) => /^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]);
const libraries = await Promise.all(
  [...new Set(folders)]
    .filter((folder) => folder !== undefined)
    .sort()
    .map(library),
);
await writeFile('dist/third-party.copyright', libraries.map((text) => `\n${text}\n`).join(''));

/** The `Files` paragraph of one bundled library, its licence word for word. @throws when it names no licence: we could not ship it */
async function library(folder) {
  const { name, version: itsVersion, author, license, licenses } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
  const id = license ?? licenses?.[0]?.type;
  if (file === undefined || id === undefined) throw new Error(`${folder} says nothing of its licence: proxroll cannot ship it`);
  const lines = (await readFile(`${folder}/${file}`, 'utf8')).trim().split(/\r?\n/);
  const claim = /^[\s>]*copyright (?:notice )?(?=.*(?:\d{4}|\(c\)|©|@))(?:\(c\)|©)?\s*/i;
  const holders = lines.filter((line) => claim.test(line)).map((line) => line.replace(claim, '').trim());
  if (holders.length === 0) holders.push(author?.name ?? author ?? `the authors of ${name}`);
  return [
    `Files: ${folder}/*`,
    `Comment: ${name} ${itsVersion}, part of /usr/share/proxroll/program.mjs`,
    `Copyright: ${holders.join('\n           ')}`,
    `License: ${id === 'MIT' ? 'Expat' : id}`,
    // Every Debian system has the Apache licence already.
    ...(id === 'Apache-2.0' ? ['On Debian systems, its text is in /usr/share/common-licenses/Apache-2.0.'] : lines).map(
      (line) => ` ${line.trimEnd() || '.'}`,
    ),
  ].join('\n');
}
