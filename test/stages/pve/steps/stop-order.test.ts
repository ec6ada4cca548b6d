import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GuestFacts } from '../../../../src/model/guest.ts';
import { unknown } from '../../../../src/model/reading.ts';
import { mayGo, mayStart } from '../../../../src/stages/pve/steps/stop-order.ts';
import { config, guest, snapshot } from '../../../builders.ts';

const stopped = config({ guests: { by_tag: { stop: 'shutdown', dies: 'leave' } } });
const mover = guest(101);
const first = guest(102, { tags: ['stop'], configFacts: { startOrder: 1 } });
const second = guest(103, { tags: ['stop'], configFacts: { startOrder: 2 } });
const last = guest(104, { tags: ['stop'] });
const unread = guest(105, { tags: ['stop'], config: unknown('damaged') });
const leaving = guest(106, { tags: ['dies'] });

const going: readonly (readonly [obligation: string, left: readonly GuestFacts[], now: readonly number[]])[] = [
  ['who moves waits for nobody, and who is stopped waits for them', [mover, first, last], [101]],
  ['those without a start order go down first', [first, second, last], [104]],
  ['then those that start late, those that start first at the end', [first, second], [103]],
  ['one whose config cannot be read goes down with those without an order', [first, unread, last], [105, 104]],
  ['who may go down with the node is not waited for', [leaving, first], [106, 102]],
];
for (const [obligation, left, now] of going)
  test(obligation, () =>
    assert.deepEqual(
      left.filter((one) => mayGo(one, left, snapshot(), stopped)).map(({ vmid }) => vmid),
      now,
    ),
  );

test('guests are started in their order, those without one last', () => {
  const all = [last, second, first];
  assert.deepEqual(
    all.filter((one) => mayStart(one, all)).map(({ vmid }) => vmid),
    [102],
  );
  assert.ok(mayStart(second, [last, second]));
  assert.ok(!mayStart(last, [last, second]));
});
