import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootableKernelsQuery, kernelFacts, kernelPinsQuery, runningKernelQuery } from '../../src/clients/kernel.ts';
import type { KernelPins } from '../../src/clients/kernel.ts';
import { known, unknown } from '../../src/model/reading.ts';
import { assertUnparsable, parsed } from './said.ts';

function boot(...releases: readonly string[]): string {
  return releases.flatMap((release) => [`vmlinuz-${release}`, `initrd.img-${release}`]).join('\n');
}

function expected(pins: KernelPins, ...releases: readonly string[]): unknown {
  const facts = kernelFacts(known('6.8.4-2-pve'), known(pins), known(parsed(bootableKernelsQuery, boot(...releases))));
  return facts.known ? [facts.value.expected, facts.value.pinned] : facts.why;
}

test('kernels are ordered by number, newest first', () =>
  assert.deepEqual(parsed(bootableKernelsQuery, boot('6.8.9-1-pve', '6.8.12-10-pve', '6.17.2-1-pve', '6.8.12-4-pve', '6.2.16-20-pve')), [
    '6.17.2-1-pve',
    '6.8.12-10-pve',
    '6.8.12-4-pve',
    '6.8.9-1-pve',
    '6.2.16-20-pve',
  ]));

test('a kernel without an initrd cannot be booted, and leftovers of an initrd are no kernel', () =>
  assert.deepEqual(parsed(bootableKernelsQuery, `${boot('6.8.4-2-pve')}\nvmlinuz-6.17.2-1-pve\ninitrd.img-6.5.1-1-pve\n`), [
    '6.8.4-2-pve',
  ]));

test('a /boot without any kernel is refused', () =>
  assertUnparsable(() => parsed(bootableKernelsQuery, ''), {
    command: bootableKernelsQuery.command.argv.join(' '),
    field: /^kernels with an initrd$/,
  }));

const newest = ['6.8.4-2-pve', '6.17.2-1-pve', '6.14.8-2-pve'] as const;
test('without a pin the newest comes up', () => assert.deepEqual(expected({}, ...newest), ['6.17.2-1-pve', false]));
test('a pin wins over the newest', () => assert.deepEqual(expected({ pinned: '6.8.4-2-pve' }, ...newest), ['6.8.4-2-pve', true]));
test('a pin for the next boot wins over a lasting one', () =>
  assert.deepEqual(expected({ pinned: '6.8.4-2-pve', pinnedForNextBoot: '6.14.8-2-pve' }, ...newest), ['6.14.8-2-pve', true]));
test('a newer kernel of Debian does not count beside those of Proxmox', () =>
  assert.deepEqual(expected({}, '6.8.4-2-pve', '7.1.0-1-amd64'), ['6.8.4-2-pve', false]));
test('where there are only kernels of Debian, the newest of them comes up', () =>
  assert.deepEqual(expected({}, '6.1.0-29-amd64', '6.1.0-31-amd64'), ['6.1.0-31-amd64', false]));
test('a pin on a kernel that is not there leaves unknown what comes up', () =>
  assert.match(String(expected({ pinned: '5.0.0-1-pve' }, ...newest)), /5\.0\.0-1-pve is pinned/));

test('one unknown part makes the whole unknown, with its reason', () => {
  const why = unknown('pve2 did not say');
  assert.deepEqual(kernelFacts(why, known({}), known(['a'])), why);
  assert.deepEqual(kernelFacts(known('a'), why, known(['a'])), why);
  assert.deepEqual(kernelFacts(known('a'), known({}), why), why);
});

const list = 'Manually selected kernels:\nNone.\n\nAutomatically selected kernels:\n6.14.8-2-pve\n6.17.2-1-pve\n';
test('pins are read from their sections', () => {
  assert.deepEqual(parsed(kernelPinsQuery, list), {});
  assert.deepEqual(parsed(kernelPinsQuery, `${list}\nPinned kernel:\n6.14.8-2-pve\n\nKernel pinned on next-boot:\n6.8.4-2-pve\n`), {
    pinned: '6.14.8-2-pve',
    pinnedForNextBoot: '6.8.4-2-pve',
  });
});

test('an answer that is no kernel list is refused, and so is a pin without a name', () => {
  const command = 'proxmox-boot-tool kernel list';
  assertUnparsable(() => parsed(kernelPinsQuery, ''), { command, field: /^Automatically selected kernels$/ });
  assertUnparsable(() => parsed(kernelPinsQuery, `${list}\nPinned kernel:\n`), { command, field: /^Pinned kernel$/ });
});

test('the running kernel is one word', () => {
  assert.equal(parsed(runningKernelQuery, '6.17.2-1-pve\n'), '6.17.2-1-pve');
  assertUnparsable(() => parsed(runningKernelQuery, ''), { command: 'uname -r', field: /^the release$/ });
});
