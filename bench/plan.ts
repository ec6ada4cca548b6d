/**
 * CPU time and memory of deciding: all checks and the plan, on generated clusters. Deciding is pure, so the clock on the wall adds nothing.
 * Memory is that of a process of its own, bundled as the program is: one that compiles TypeScript and decides five times tells of itself.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { check } from '../src/run/preflight.ts';
import { makePlan } from '../src/stages/pve/plan.ts';
import { config } from '../test/builders.ts';
import { withPeak } from './child.ts';
import { atMost, mebibytesText, medianOf, type Bench, type Figure } from './figure.ts';
import { largeSite, type SiteSize } from './large-site.ts';

const sizes: readonly (SiteSize & { readonly limitMs: number })[] = [
  { nodes: 32, guests: 1_000, limitMs: 1_000 },
  { nodes: 64, guests: 10_000, limitMs: 5_000 },
];

export const plan: Bench = {
  name: 'plan',
  about: 'CPU time of all checks and the plan for 32 nodes with 1,000 guests and 64 with 10,000',
  measure: async (_args, size) => {
    const measured = size === 'tiny' ? [{ nodes: 4, guests: 20, limitMs: 1_000 }] : sizes;
    const figures = measured.flatMap((each) => decide(each, size === 'tiny' ? 1 : 5));
    return [...figures, ...(await memoryOf(measured))];
  },
};

async function memoryOf(measured: readonly SiteSize[]): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'proxroll-bench-'));
  try {
    const outfile = join(folder, 'decide-once.mjs');
    const source = fileURLToPath(new URL('decide-once.ts', import.meta.url));
    await build({ entryPoints: [source], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node18.19', logLevel: 'error' });
    const figures: Figure[] = [];
    for (const { nodes, guests } of measured) {
      const { peakBytes } = await withPeak([outfile, `${nodes}`, `${guests}`]);
      const budget = atMost(peakBytes, 200 * 1024 ** 2, '200 MiB');
      figures.push({ what: `${titleOf({ nodes, guests })}: peak memory`, measured: mebibytesText(peakBytes), budget });
    }
    return figures;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function titleOf({ nodes, guests }: SiteSize): string {
  return `${nodes} nodes, ${guests.toLocaleString('en')} guests`;
}

function decide({ limitMs, ...size }: (typeof sizes)[number], rounds: number): readonly Figure[] {
  const site = largeSite(size);
  const policy = config();
  const title = titleOf(size);
  const checkMs: number[] = [];
  const planMs: number[] = [];
  let found = '';
  for (let round = 0; round < rounds; round++) {
    // Another object each time: what was found out about one snapshot is remembered.
    const seen = { ...site };
    let findings: ReturnType<typeof check> = [];
    let made: ReturnType<typeof makePlan> | undefined;
    checkMs.push(cpuMs(() => (findings = check(seen, policy, { when: 'start', run: 'bench' }))));
    planMs.push(cpuMs(() => (made = makePlan(seen, policy, []))));
    found = `${made?.tracks.length ?? 0} nodes planned, ${findings.length} findings`;
  }
  const both = medianOf(checkMs) + medianOf(planMs);
  return [
    { what: `${title}: checks`, measured: `${medianOf(checkMs).toFixed(0)} ms` },
    { what: `${title}: plan`, measured: `${medianOf(planMs).toFixed(0)} ms` },
    { what: `${title}: both`, measured: `${both.toFixed(0)} ms of CPU`, budget: atMost(both, limitMs, `${limitMs / 1000} s`) },
    { what: `${title}: the first time, nothing compiled yet`, measured: `${((checkMs[0] ?? 0) + (planMs[0] ?? 0)).toFixed(0)} ms` },
    { what: `${title}: outcome`, measured: found },
  ];
}

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1000;
}
