import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { Query } from '../../src/clients/query.ts';
import { askNamed } from '../../src/clients/query.ts';
import { holdQuery } from '../../src/clients/host.ts';
import { pctStatusQuery } from '../../src/clients/pct.ts';
import { qmStatusQuery } from '../../src/clients/qm.ts';
import { unitStateQuery } from '../../src/clients/systemd.ts';
import { simShell } from '../../src/sim/shell.ts';
import { worlds } from '../../src/sim/worlds.ts';
import { aWorld } from '../sim/a-world.ts';

/** Every question that takes no argument, by name, and some of the others. */
async function allQueries(): Promise<Readonly<Record<string, Query<unknown>>>> {
  const folder = new URL('../../src/clients/', import.meta.url);
  const modules = await Promise.all(
    readdirSync(folder).map((file) => import(new URL(file, folder).href) as Promise<Readonly<Record<string, unknown>>>),
  );
  const constants = modules.flatMap((module) =>
    Object.entries(module).filter(([name, value]) => name.endsWith('Query') && typeof value === 'object'),
  );
  return {
    ...(Object.fromEntries(constants) as Readonly<Record<string, Query<unknown>>>),
    hold: holdQuery(['/etc/proxroll/hold']),
    qmStatus: qmStatusQuery(101),
    pctStatus: pctStatusQuery(200),
    unitState: unitStateQuery('proxroll-upgrade-1'),
  };
}

/** Not asked on a lone node, or without Ceph: there they fail as the real ones do. */
const onlyInClusters = ['quorumQuery', 'corosyncLinksQuery', 'configNodesQuery', 'qdeviceQuery'];
const onlyWithCeph = ['cephStatusQuery', 'osdTreeQuery', 'nooutHostsQuery', 'cephManagersQuery'];

for (const [name, spec] of Object.entries(worlds).filter(([, { nodes }]) => Object.keys(nodes).length > 0))
  test(`every question gets an answer that can be read on every node of the simulated ${name}`, async () => {
    const { world, clock } = aWorld(spec);
    const ownNode = world.nodes[0]?.name ?? '';
    const shell = simShell(world, { ownNode });
    const queries = await allQueries();
    const asked = Object.entries(queries).filter(
      ([query]) =>
        (world.nodes.length > 1 || !onlyInClusters.includes(query)) && (spec.ceph !== undefined || !onlyWithCeph.includes(query)),
    );
    for (const node of world.nodes) {
      const at = { shell, host: { name: node.name, own: node.name === ownNode } };
      const readings = await clock.drive(askNamed(at, Object.fromEntries(asked)));
      for (const [query, reading] of Object.entries(readings)) assert.ok(reading.known, `${query}: ${reading.known ? '' : reading.why}`);
    }
  });
