/** What is shipped for Prometheus and Grafana, held against the real programs. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serveMetrics } from '../../src/adapters/metrics-server.ts';
import { writeTextfile } from '../../src/adapters/textfile.ts';
import type { Figures } from '../../src/model/metrics.ts';
import { metricsText } from '../../src/report/metrics-text.ts';
import { freePort, got, missing, ran, started } from './programs.ts';

const shipped = (path: string): string => fileURLToPath(new URL(`../../share/${path}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'proxroll-monitoring-'));
after(() => rmSync(folder, { recursive: true }));

/** Every figure there is, with a run that waits for a person. */
const figures: Figures = {
  version: '0.1.0',
  cluster: 'homelab',
  lookedAtMs: 1_763_784_000_000,
  lastSuccessMs: 1_763_784_000_000,
  refusedAtMs: 1_763_700_000_000,
  lastRun: {
    beganAtMs: 1_763_780_000_000,
    tookMs: 4_000_000,
    result: 'paused',
    pausedAtMs: 1_763_784_000_000,
    movedBytes: 24 * 1024 ** 3,
    guestsInterrupted: 1,
    loans: [{ kind: 'noout', takenAtMs: 1_763_781_000_000 }],
  },
  nodes: ['pve1', 'pve2', 'pve3'].map((node) => ({
    node,
    answers: true,
    rebootDue: { kernel: true, system: false },
    rebootDueSinceMs: 1_763_000_000_000,
    packages: 12,
    security: 2,
    securitySinceMs: 1_763_000_000_000,
    held: false,
    patchedAtMs: 1_763_000_000_000,
    exposureMs: 90_000_000,
  })),
};

test('the textfile must be replaced at once, be readable, and leave nothing beside it', async () => {
  const here = join(folder, 'textfile');
  mkdirSync(here);
  const before = process.umask(0o077);
  try {
    assert.equal(await writeTextfile(here, 'a 1\n'), join(here, 'proxroll.prom'));
    assert.equal(await writeTextfile(here, 'a 2\n'), join(here, 'proxroll.prom'));
  } finally {
    process.umask(before);
  }
  assert.deepEqual(readdirSync(here), ['proxroll.prom']);
  assert.equal(statSync(join(here, 'proxroll.prom')).mode & 0o777, 0o644);
  assert.equal(readFileSync(join(here, 'proxroll.prom'), 'utf8'), 'a 2\n');
});

test('where there is no folder nothing must be written, and nothing be wrong', async () => {
  assert.equal(await writeTextfile(join(folder, 'absent'), 'a 1\n'), undefined);
});

test('a textfile that cannot be written must leave the old one and say why', async () => {
  const here = join(folder, 'taken');
  mkdirSync(join(here, `proxroll.prom.${process.pid}`), { recursive: true });
  writeFileSync(join(here, 'proxroll.prom'), 'old 1\n');
  await assert.rejects(writeTextfile(here, 'new 1\n'));
  assert.equal(readFileSync(join(here, 'proxroll.prom'), 'utf8'), 'old 1\n');
});

test('scrapes must be answered at /metrics and nowhere else, several at a time by one look', async () => {
  let looks = 0;
  const server = await serveMetrics('127.0.0.1:0', async () => {
    looks++;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return 'proxroll_info 1\n';
  });
  const url = `http://${server.address}`;
  assert.deepEqual(await Promise.all([got(`${url}/metrics`), got(`${url}/metrics?x=1`)]), ['proxroll_info 1\n', 'proxroll_info 1\n']);
  assert.equal(looks, 1);
  assert.equal((await fetch(`${url}/`)).status, 404);
  assert.equal((await fetch(`${url}/metrics`, { method: 'POST' })).status, 404);
  await server.close();
});

test('a look that fails must be an error of that scrape and not the end of the server', async () => {
  let fails = true;
  const server = await serveMetrics('[::1]:0', () => (fails ? Promise.reject(new Error('no quorum')) : Promise.resolve('a 1\n')));
  const answer = await fetch(`http://${server.address}/metrics`);
  assert.deepEqual([answer.status, await answer.text()], [500, 'no quorum\n']);
  fails = false;
  assert.equal(await got(`http://${server.address}/metrics`), 'a 1\n');
  await server.close();
});

test('the alert rules must be valid, without anything that promtool would frown at', { skip: missing('promtool') }, () => {
  const { exit, out } = ran('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', shipped('prometheus/proxroll.rules.yml')]);
  assert.equal(exit, 0, out);
});

test('every alert must fire when it should and only then', { skip: missing('promtool') }, () => {
  const { exit, out } = ran('promtool', ['test', 'rules', fileURLToPath(new URL('proxroll.rules.test.yml', import.meta.url))]);
  assert.equal(exit, 0, out);
  const rules = readFileSync(shipped('prometheus/proxroll.rules.yml'), 'utf8');
  const cases = readFileSync(fileURLToPath(new URL('proxroll.rules.test.yml', import.meta.url)), 'utf8');
  for (const [, alert] of rules.matchAll(/- alert: (\w+)/g))
    assert.match(cases, new RegExp(`alertname: ${alert}\\n[^]*?exp_alerts`), alert);
});

/** Names of metrics in an expression of Prometheus. */
function namesIn(text: string): readonly string[] {
  return [...new Set(text.match(/\bproxroll_\w+/g) ?? [])];
}

test('alerts and dashboard must only speak of figures that there are, and the documentation of all', async () => {
  const text = await metricsText(figures);
  const there = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name ?? '');
  const dashboard = readFileSync(shipped('grafana/proxroll.json'), 'utf8');
  for (const source of [
    readFileSync(shipped('prometheus/proxroll.rules.yml'), 'utf8').replaceAll(/description: .*|summary: .*/g, ''),
    dashboard,
  ])
    assert.deepEqual(
      namesIn(source).filter((name) => !there.includes(name)),
      [],
    );
  const page = readFileSync(fileURLToPath(new URL('../../docs/metrics.md', import.meta.url)), 'utf8');
  assert.deepEqual(
    there.filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
});

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource: { readonly uid: string };
  readonly targets: readonly { readonly refId: string; readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

test('the dashboard must load as it is: no input to fill in, every panel in its place', () => {
  const text = readFileSync(shipped('grafana/proxroll.json'), 'utf8');
  const dashboard = JSON.parse(text) as {
    id: unknown;
    uid: string;
    title: string;
    schemaVersion: number;
    version: number;
    templating: { list: readonly { name: string; type: string; query: unknown }[] };
    panels: readonly Panel[];
  };
  assert.doesNotMatch(text, /__inputs|\$\{DS_/);
  assert.equal(dashboard.id, null);
  assert.match(dashboard.uid, /^[a-z0-9-]{1,40}$/);
  assert.ok(dashboard.schemaVersion >= 36 && dashboard.schemaVersion <= 41);
  const variables = dashboard.templating.list.map(({ name }) => name);
  assert.deepEqual(variables, ['datasource', 'cluster']);
  assert.equal(dashboard.templating.list[0]?.type, 'datasource');
  assert.equal(dashboard.templating.list[0]?.query, 'prometheus');
  const { panels } = dashboard;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const { title, type, gridPos, datasource, targets } of panels) {
    assert.match(type, /^(stat|table|timeseries)$/, title);
    assert.ok(gridPos.x >= 0 && gridPos.x + gridPos.w <= 24 && gridPos.h > 0, title);
    assert.equal(datasource.uid, '${datasource}', title);
    assert.ok(targets.length > 0, title);
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
    for (const { expr, datasource: its } of targets) {
      assert.equal(its.uid, '${datasource}');
      for (const [, variable] of expr.matchAll(/\$(\w+)/g)) assert.ok(variables.includes(variable ?? ''), expr);
    }
  }
  const overlap = (a: Panel['gridPos'], b: Panel['gridPos']): boolean =>
    a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
  for (const [index, panel] of panels.entries())
    for (const other of panels.slice(index + 1))
      assert.ok(!overlap(panel.gridPos, other.gridPos), `${panel.title} lies over ${other.title}`);
});

describe('a real node exporter and a real Prometheus', { skip: missing('prometheus', 'prometheus-node-exporter') }, () => {
  test('every figure must be scraped, the rules be loaded and fire, and every query of the dashboard be answered', async () => {
    const textfiles = join(folder, 'collector');
    mkdirSync(textfiles);
    chmodSync(folder, 0o755);
    await writeTextfile(textfiles, await metricsText(figures));
    const [exporterPort, prometheusPort] = [await freePort(), await freePort()];
    const exporter = await started(
      'prometheus-node-exporter',
      [
        '--collector.disable-defaults',
        '--collector.textfile',
        `--collector.textfile.directory=${textfiles}`,
        `--web.listen-address=127.0.0.1:${exporterPort}`,
      ],
      () => got(`http://127.0.0.1:${exporterPort}/metrics`),
    );
    after(() => exporter.stop());
    const scraped = await got(`http://127.0.0.1:${exporterPort}/metrics`);
    assert.match(scraped, /^node_textfile_scrape_error 0$/m);
    const series = (text: string): readonly string[] =>
      text
        .match(/^proxroll_\S+(?= )/gm)
        ?.map(sortedLabels)
        .sort() ?? [];
    assert.deepEqual(series(scraped), series(await metricsText(figures)));

    const configFile = join(folder, 'prometheus.yml');
    writeFileSync(
      configFile,
      JSON.stringify({
        global: { scrape_interval: '1s', evaluation_interval: '1s' },
        // So that a test need not wait: otherwise as shipped.
        rule_files: [join(folder, 'rules.yml')],
        scrape_configs: [{ job_name: 'node', static_configs: [{ targets: [`127.0.0.1:${exporterPort}`] }] }],
      }),
    );
    writeFileSync(
      join(folder, 'rules.yml'),
      readFileSync(shipped('prometheus/proxroll.rules.yml'), 'utf8').replaceAll(/for: \d+m/g, 'for: 0s'),
    );
    const api = `http://127.0.0.1:${prometheusPort}/api/v1`;
    const prometheus = await started(
      'prometheus',
      [`--config.file=${configFile}`, `--storage.tsdb.path=${join(folder, 'tsdb')}`, `--web.listen-address=127.0.0.1:${prometheusPort}`],
      async () => {
        const { data } = JSON.parse(await got(`${api}/query?query=proxroll_info`)) as { data: { result: readonly unknown[] } };
        if (data.result.length === 0) throw new Error('nothing scraped yet');
      },
    );
    after(() => prometheus.stop());

    const { panels } = JSON.parse(readFileSync(shipped('grafana/proxroll.json'), 'utf8')) as { panels: readonly Panel[] };
    for (const { title, targets } of panels)
      for (const { expr } of targets) {
        const query = new URLSearchParams({ query: expr.replaceAll('$cluster', 'homelab') });
        const { data } = JSON.parse(await got(`${api}/query?${query.toString()}`)) as { data: { result: readonly unknown[] } };
        assert.ok(data.result.length > 0, `${title}: ${expr}`);
      }

    const firing = async (): Promise<readonly string[]> => {
      const { data } = JSON.parse(await got(`${api}/alerts`)) as {
        data: { alerts: readonly { state: string; labels: { alertname: string } }[] };
      };
      return [...new Set(data.alerts.flatMap(({ state, labels }) => (state === 'firing' ? [labels.alertname] : [])))].sort();
    };
    const expected = [
      'ProxrollFiguresOld',
      'ProxrollLoanOutstanding',
      'ProxrollPaused',
      'ProxrollRebootPending',
      'ProxrollSecurityPending',
      'ProxrollStale',
    ];
    let seen = await firing();
    for (let attempt = 0; attempt < 100 && seen.length < expected.length; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      seen = await firing();
    }
    assert.deepEqual(seen, expected);
  });
});

/** The exporter puts labels in an order of its own. */
function sortedLabels(series: string): string {
  return series.replace(/\{(.*)\}/, (_all, labels: string) => `{${labels.split(',').sort().join(',')}}`);
}
