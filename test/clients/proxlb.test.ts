import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxlbQuery, startProxlbCommand, stopProxlbCommand } from '../../src/clients/proxlb.ts';
import { assertUnparsable, parsed } from './said.ts';

test('a balancer that runs, comes or goes is there; one that is stopped or not installed is not', () => {
  assert.deepEqual(
    ['active', 'activating', 'deactivating'].map((word) => parsed(proxlbQuery, `${word}\n`, { exitCode: 3 })),
    [true, true, true],
  );
  assert.deepEqual(
    ['inactive', 'failed', 'unknown'].map((word) => parsed(proxlbQuery, `${word}\n`, { exitCode: 3 })),
    [false, false, false],
  );
});

test('no word at all is refused', () =>
  assertUnparsable(() => parsed(proxlbQuery, '', { exitCode: 1, stderr: 'Failed to connect to bus' }), {
    command: 'systemctl is-active proxlb.service',
    field: /^proxlb\.service$/,
  }));

test('stopping and starting it are changes', () =>
  assert.deepEqual([stopProxlbCommand().effect, startProxlbCommand().effect], ['changes', 'changes']));
