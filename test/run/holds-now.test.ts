import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../../src/config/schema.ts';
import { holdText } from '../../src/model/hold.ts';
import { holdsNow } from '../../src/run/holds-now.ts';
import { SeededRandom } from '../../src/sim/random.ts';
import { simShell } from '../../src/sim/shell.ts';
import { SimDisk } from '../../src/sim/store.ts';
import { VirtualClock } from '../../src/sim/virtual-clock.ts';
import { World } from '../../src/sim/world.ts';
import { worlds } from '../../src/sim/worlds.ts';

test('holds must be told with their text, those that are over not at all, and a node that hangs as unknown within seconds', async () => {
  const clock = new VirtualClock();
  const base = worlds['five-nodes'] ?? { nodes: {} };
  const [one = '', two = '', three = ''] = Object.keys(base.nodes);
  const held = (name: string, hold: string) => ({ [name]: { ...base.nodes[name], hold } });
  const over = holdText({ reason: 'was for yesterday', untilMs: clock.now() - 1000 });
  const spec = { ...base, nodes: { ...base.nodes, ...held(one, 'reason: new disk'), ...held(two, over) } };
  const world = new World(spec, clock, new SeededRandom(0));
  world.hang(three, true);
  const shell = simShell(world, { ownNode: one });
  const ports = { shell, clock, random: world.random, store: new SimDisk(clock).open() };
  const site = { ports: ports as never, config: configSchema.parse({}), version: '0.1.0' };
  const holds = await clock.drive(holdsNow({ shell, host: { name: one, own: true } }, site));
  assert.deepEqual(
    holds.map((hold) => [hold.node, hold.known ? hold.text : hold.why]),
    [
      [one, 'reason: new disk'],
      [three, `${three} does not answer`],
    ],
  );
  assert.ok(clock.elapsed() <= 6000, `${clock.elapsed()}`);
});
