import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guestsPage, standingPage } from '../docs/guests.ts';
import { kinds } from '../lab/guests/kinds.ts';
import { guestOutcomes } from '../lab/guests/outcomes.ts';
import { guestPolicies } from '../src/model/policy.ts';

test('docs/guests.md must be what happens in the simulator (run: node --import tsx docs/guests.ts)', async () =>
  assert.equal(standingPage(), await guestsPage()));

test('each kind of guest and each HA rule of both releases must have been tried under each policy', () => {
  const sections = standingPage().split('\n## ').slice(1);
  for (const major of [9, 8])
    for (const title of [`Proxmox VE ${major}`, `HA manager, Proxmox VE ${major}`]) {
      const section = sections.find((text) => text.startsWith(`${title}\n`)) ?? '';
      const [columns = '', , ...rows] = section.split('\n').filter((line) => line.startsWith('|'));
      assert.deepEqual(columns.match(/(?<=`)[a-z-]+(?=`)/g), [...guestPolicies]);
      assert.ok(rows.length > 10, title);
      for (const row of rows) assert.equal(row.split('|').filter((cell) => cell.trim() !== '').length, 1 + guestPolicies.length, row);
    }
});

test('what the lab saw must be on record for each of its guests on both releases', async () => {
  const { bookworm, trixie } = await guestOutcomes.read();
  const titles = kinds.map(({ title }) => title);
  for (const rows of [bookworm, trixie]) {
    assert.deepEqual(
      rows.map(({ guest }) => guest),
      titles,
    );
    for (const { guest, refused } of rows)
      assert.equal(refused !== '', kinds.find(({ title }) => title === guest)?.refused !== undefined, guest);
  }
});
