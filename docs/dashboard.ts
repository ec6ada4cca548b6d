/**
 * Makes `docs/img/dashboard.svg`: `node --import tsx docs/dashboard.ts`. What the panels of the shipped dashboard show of two simulated runs, a
 * week apart, of which the second one has paused. Their queries are answered by a real Prometheus (Debian's `prometheus`); drawn by us, as
 * panels of that place, kind and unit, and not by Grafana.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aptFaults } from '../src/sim/faults/apt.ts';
import type { Scene } from '../src/sim/faults/fault.ts';
import { fiveNodes, packageSets } from '../src/sim/worlds.ts';
import { AService } from '../test/cli/a-service.ts';
import { freePort, got, ran, started } from '../test/monitoring/programs.ts';
import { dashboardPicture, type PanelAnswers, type Panel } from './dashboard-picture.ts';

const shipped = new URL('../share/grafana/proxroll.json', import.meta.url);
const picture = new URL('img/dashboard.svg', import.meta.url);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** How often node_exporter would be asked, more or less. */
const scrapeMs = 120_000;

/** A run that ends well, six days with a look an hour, new packages, and a run that pauses. */
async function twoRuns(): Promise<AService['figures']> {
  const service = await AService.make({
    world: fiveNodes,
    ownNode: 'pve1',
    config: 'guests: { by_vmid: { "111": shutdown } }\n',
  });
  const scene = { world: service.world } as Scene;
  const wait = async (hours: number): Promise<void> => {
    for (let hour = 0; hour < hours; hour++) {
      await service.clock.pass(hourMs);
      await service.calls(['metrics', '--textfile']);
    }
  };
  await service.calls(['metrics', '--textfile']);
  await wait(6);
  if ((await service.runs()) !== 0) throw new Error(service.log);
  await wait(5 * 24);
  aptFaults.published(['pve1', 'pve2', 'pve3', 'pve4', 'pve5'], later()).strike(scene);
  await wait(30);
  aptFaults.failingPostinst('pve3', 'qemu-server').strike(scene);
  if ((await service.runs()) !== 4) throw new Error(service.log);
  await wait(8);
  return service.figures;
}

/** The same packages once more, one version further. */
function later() {
  return (packageSets['month-9'] ?? []).map(({ to, ...rest }) => ({ ...rest, from: to, to: `${to}.1` }));
}

/** @returns what Prometheus says to each panel's queries */
async function answers(panels: readonly Panel[], figures: AService['figures']): Promise<readonly PanelAnswers[]> {
  const folder = mkdtempSync(join(tmpdir(), 'proxroll-dashboard-'));
  const [first, last] = [figures[0]?.atMs ?? 0, figures.at(-1)?.atMs ?? 0];
  try {
    writeFileSync(join(folder, 'figures'), openMetrics(figures, first, last));
    const made = ran('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'figures'), join(folder, 'tsdb')]);
    if (made.exit !== 0) throw new Error(made.out);
    writeFileSync(join(folder, 'prometheus.yml'), '{}');
    const port = await freePort();
    const api = `http://127.0.0.1:${port}/api/v1`;
    const ask = async (path: string, words: Readonly<Record<string, string>>) =>
      (JSON.parse(await got(`${api}/${path}?${new URLSearchParams(words).toString()}`)) as { data: { result: PanelAnswers } }).data.result;
    const prometheus = await started(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'tsdb')}`,
        '--storage.tsdb.retention.time=100y',
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      () => got(`${api}/status/buildinfo`),
    );
    try {
      const cluster = fiveNodes.name ?? '';
      return await Promise.all(
        panels.map(async ({ type, targets }) =>
          (
            await Promise.all(
              targets.map(({ expr }) => {
                const query = expr.replaceAll('$cluster', cluster);
                const [start, end] = [String(first / 1000), String(last / 1000)];
                return type === 'timeseries' ? ask('query_range', { query, start, end, step: '1800' }) : ask('query', { query, time: end });
              }),
            )
          ).flatMap((result, at) => result.map((one) => ({ ...one, target: at }))),
        ),
      );
    } finally {
      await prometheus.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The file as it stood at each scrape. */
function openMetrics(figures: AService['figures'], firstMs: number, lastMs: number): string {
  const series = new Map<string, string[]>();
  for (let atMs = firstMs; atMs <= lastMs; atMs += scrapeMs) {
    const { text = '' } = figures.filter((one) => one.atMs <= atMs).at(-1) ?? {};
    for (const [, name = '', value = ''] of text.matchAll(/^(proxroll_\S*(?:\{.*\})?) (\S+)$/gm))
      series.set(name, [...(series.get(name) ?? []), `${name} ${value} ${(atMs / 1000).toFixed(3)}`]);
  }
  return `${[...series.values()].flat().join('\n')}\n# EOF\n`;
}

const { panels } = JSON.parse(readFileSync(shipped, 'utf8')) as { panels: readonly Panel[] };
const figures = await twoRuns();
writeFileSync(
  picture,
  dashboardPicture(panels, await answers(panels, figures), ((figures.at(-1)?.atMs ?? 0) - (figures[0]?.atMs ?? 0)) / dayMs),
);
