import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needrestartQuery } from '../../src/clients/needrestart.ts';
import { recordedText } from '../recorded.ts';
import { assertUnparsable, parsed } from './said.ts';

test('services and containers that run with old libraries are told, each once', () =>
  assert.deepEqual(parsed(needrestartQuery, recordedText('debian-12', 'needrestart-b-services.CONSTRUCTED')), {
    services: ['LXC web1', 'cron.service', 'dbus.service', 'ssh.service'],
    microcode: 'unknown',
  }));

test('a host on which nothing waits is told as such, with its microcode', () =>
  assert.deepEqual(parsed(needrestartQuery, recordedText('debian-12', 'needrestart-b-current')), { services: [], microcode: 'current' }));

test('microcode that waits is told, and 0 is not known', () => {
  const of = (state: string) => parsed(needrestartQuery, `NEEDRESTART-VER: 3.8\nNEEDRESTART-UCSTA: ${state}\n`).microcode;
  assert.deepEqual([of('2'), of('1'), of('0')], ['pending', 'current', 'unknown']);
});

test('an answer without its version is refused', () =>
  assertUnparsable(() => parsed(needrestartQuery, ''), { command: 'needrestart -b', field: /VER/ }));
