import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdOf } from '../../src/model/hold.ts';

const nowMs = Date.parse('2026-03-01T04:00:00Z');
const over = { path: '/etc/proxroll/hold', text: 'until: 2026-02-01T06:00Z\nreason: new disk' };
const site = { path: '/srv/maintenance', text: '' };

test('a hold whose time is over holds no more, and hides no other file that does', () => {
  assert.equal(holdOf([], nowMs), 'none');
  assert.equal(holdOf([over], nowMs), 'none');
  assert.equal(holdOf([over, site], nowMs), site);
  assert.equal(holdOf([site, over], nowMs), site);
});
