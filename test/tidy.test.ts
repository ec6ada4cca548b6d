import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Source {
  /** Path in the repository: `src/model/plan.ts`. */
  readonly path: string;
  readonly text: string;
  /** Paths of our own files that it imports, lazily or not. */
  readonly imports: readonly string[];
}

function sourcesIn(folder: string): readonly Source[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesIn(path);
    return entry.name.endsWith('.ts') && !entry.name.startsWith('.') ? [sourceOf(path)] : [];
  });
}

function sourceOf(path: string): Source {
  const text = withoutComments(readFileSync(join(root, path), 'utf8'));
  const specifiers = [...text.matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1] ?? '');
  return { path, text, imports: specifiers.map((specifier) => relative(root, join(root, dirname(path), specifier))) };
}

/** Comments may name what code may not use. A `//` in a string is preceded by a colon or a quote in all that we write. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/(^|[\s;{}(),])\/\/.*$/gm, '$1');
}

const sources = sourcesIn('src');
const outside = ['test', 'lab', 'bench', 'docs'].flatMap(sourcesIn);

/** Each folder and what it may import beside itself. A path with `.ts` is that file alone. */
const maySee: Readonly<Record<string, readonly string[]>> = {
  'src/model/': [],
  'src/ports/': ['src/model/'],
  'src/config/': ['src/model/', 'src/report/paragraph.ts'],
  'src/clients/': ['src/model/', 'src/ports/'],
  // Stages are carried by the run, and their handlers name what they get from it.
  'src/stages/': ['src/model/', 'src/ports/', 'src/clients/', 'src/config/', 'src/run/'],
  // Whether a turn fits into a window is judged by the times that are shown.
  'src/run/': ['src/model/', 'src/ports/', 'src/clients/', 'src/config/', 'src/stages/', 'src/report/usual-times.ts'],
  // Of a run, reports see only what its journal adds up to.
  'src/report/': ['src/model/', 'src/ports/', 'src/clients/', 'src/config/', 'src/run/state.ts'],
  'src/adapters/': ['src/model/', 'src/ports/', 'src/clients/', 'src/config/'],
  'src/sim/': ['src/model/', 'src/ports/', 'src/clients/', 'src/config/', 'src/stages/', 'src/run/', 'src/report/', 'src/cli/actions.ts'],
  'src/cli/': ['src/model/', 'src/ports/', 'src/clients/', 'src/config/', 'src/stages/', 'src/run/', 'src/report/'],
};

for (const [folder, others] of Object.entries(maySee))
  test(`${folder} must import only itself${others.length === 0 ? '' : ` and ${others.join(', ')}`}`, () => {
    const allowed = [folder, ...others];
    const wrong = sources
      .filter((source) => source.path.startsWith(folder) && !mayPlaySimulator(source.path))
      .flatMap((source) =>
        source.imports.filter((path) => !allowed.some((start) => path.startsWith(start))).map((path) => `${source.path} imports ${path}`),
      );
    assert.deepEqual(wrong, []);
  });

/** The two commands that run on the simulated cluster. */
function mayPlaySimulator(path: string): boolean {
  return path === 'src/cli/rehearse.ts' || path === 'src/cli/demo.ts';
}

test('every folder of src must have a rule', () => {
  const folders = new Set(sources.map((source) => source.path.split('/').slice(0, 2).join('/')));
  assert.deepEqual(
    [...folders].filter((folder) => !(`${folder}/` in maySee) && folder !== 'src/main.ts'),
    [],
  );
});

test('only main.ts must know the real adapters', () => {
  const wrong = sources.filter(
    ({ path, imports }) =>
      path !== 'src/main.ts' && !path.startsWith('src/adapters/') && imports.some((other) => other.startsWith('src/adapters/')),
  );
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  );
});

test('every import must lead to a file', () => {
  const wrong = [...sources, ...outside].flatMap(({ path, imports }) =>
    imports.filter((other) => !existsSync(join(root, other))).map((other) => `${path} imports ${other}`),
  );
  assert.deepEqual(wrong, []);
});

/** The world's own edges: only they may reach for time, chance and the environment of the process. */
const edges: readonly RegExp[] = [/^src\/main\.ts$/, /^src\/adapters\//, /^src\/sim\/(virtual-clock|timers)\.ts$/];
const ambient: readonly [name: string, pattern: RegExp][] = [
  ['Date.now()', /\bDate\.now\b/],
  ['new Date() without a time', /\bnew Date\(\s*\)/],
  ['performance.now()', /\bperformance\.now\b/],
  ['process.hrtime', /\bprocess\.hrtime\b/],
  ['setTimeout', /\bsetTimeout\b/],
  ['setInterval', /\bsetInterval\b/],
  ['AbortSignal.timeout', /\bAbortSignal\.timeout\b/],
  ['Math.random()', /\bMath\.random\b/],
  ['random bytes', /\b(randomBytes|randomUUID|getRandomValues)\b/],
  ['process.env', /\bprocess\.env\b/],
  ['process.argv', /\bprocess\.argv\b/],
  ['process.exit', /\bprocess\.(exit|exitCode|kill)\b/],
  ['console', /\bconsole\.\w/],
];
for (const [name, pattern] of ambient)
  test(`only main.ts, the adapters and the simulated clock must use ${name}`, () => {
    const wrong = sources.filter(
      ({ path, text }) => !edges.some((edge) => edge.test(path)) && pattern.test(withoutSimulatedProcess(path, text)),
    );
    assert.deepEqual(
      wrong.map(({ path }) => path),
      [],
    );
  });

/** What the simulator calls `process` is a process of the simulated node. */
function withoutSimulatedProcess(path: string, text: string): string {
  return path.startsWith('src/sim/') ? text.replaceAll(/\bprocess\.argv\b/g, '') : text;
}

test('there must be no default exports and no enums', () => {
  const wrong = [...sources, ...outside].filter(({ text }) => /^export default\b|^(export )?(const )?enum\b/m.test(text));
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  );
});

test('no file must be a drawer for everything', () => {
  const wrong = [...sources, ...outside].filter(({ path }) => /(^|\/)(utils?|helpers?|common|misc)(\/|\.|-)/.test(path));
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  );
});

test('only the build knows the bundler: dist must not be imported', () => {
  const wrong = [...sources, ...outside].filter(({ imports }) => imports.some((other) => other.startsWith('dist/')));
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  );
});

test('the simulator must not be shipped with what changes the real world: sim must see no adapter', () => {
  const wrong = sources.filter(
    ({ path, imports }) => path.startsWith('src/sim/') && imports.some((other) => other.startsWith('src/adapters/')),
  );
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  );
});
