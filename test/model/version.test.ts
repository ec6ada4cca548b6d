import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions, majorOf, upstreamOf } from '../../src/model/version.ts';

/** Each pair was asked of `dpkg --compare-versions A lt B`. */
const older: readonly [a: string, b: string][] = [
  ['9.0.3', '9.0.10'],
  ['10.0.2-4', '10.0.2-5'],
  ['8.4.1', '9.0.3'],
  ['1.0~rc1', '1.0'],
  ['1.0', '1.0+deb13u1'],
  ['9.0.0~16', '9.0.0'],
  ['1.2', '1:1.0'],
  ['6.14.8-2-pve', '6.14.11-1-pve'],
  ['1.0', '1.0a'],
  ['1.0-1', '1.0-1.1'],
  ['257.8-1~deb13u1', '257.8-1~deb13u2'],
];
for (const [a, b] of older)
  test(`${a} is older than ${b}`, () => {
    assert.ok(compareVersions(a, b) < 0);
    assert.ok(compareVersions(b, a) > 0);
    assert.equal(compareVersions(a, a), 0);
  });

test('the upstream part of a version leaves the revision out', () => assert.equal(upstreamOf('10.0.2-4'), '10.0.2'));
test('the major of a version is its first number, epoch aside', () => {
  assert.equal(majorOf('9.0.3'), 9);
  assert.equal(majorOf('1:8.2'), 8);
  assert.equal(majorOf('unknown'), undefined);
});
