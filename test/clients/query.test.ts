import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandFailed, Unparsable } from '../../src/clients/at.ts';
import { bootIdQuery, codenameQuery, uptimeQuery } from '../../src/clients/host.ts';
import { membersQuery } from '../../src/clients/pmxcfs.ts';
import { pveVersionQuery } from '../../src/clients/pveversion.ts';
import { ask, askAll, askNamed } from '../../src/clients/query.ts';
import type { Shell } from '../../src/ports/shell.ts';
import { ShellFailure } from '../../src/ports/shell.ts';
import { recordedShell, recordings } from '../recorded.ts';
import { said } from './said.ts';

const host = { name: 'pve1', own: true };

function shellSaying(...answers: readonly ReturnType<typeof said>[]): Shell {
  return {
    run: async () => answers[0] ?? said(''),
    runAll: async () => answers,
    disconnect: async () => undefined,
  };
}

test('a query asked of recorded answers gives what the host said', async () => {
  const at = { host, shell: recordedShell(recordings('pve-9.2')) };
  assert.equal(await ask(at, pveVersionQuery), '9.2.11');
  const { members, version } = await askNamed(at, { members: membersQuery, version: pveVersionQuery });
  assert.ok(members.known && members.value.ownNode === 'pve1');
  assert.deepEqual(version, { known: true, value: '9.2.11' });
});

test('an answer of a batch that makes no sense is unknown with its reason and leaves the others alone', async () => {
  const at = { host, shell: shellSaying(said('nonsense'), said('12.50 3.1\n'), said('', { exitCode: 1, stderr: 'cat: broken' })) };
  const [bootId, uptime, codename] = await askAll(at, [bootIdQuery, uptimeQuery, codenameQuery]);
  assert.deepEqual(uptime, { known: true, value: 12.5 });
  assert.ok(!bootId.known && /pve1.*boot id.*nonsense/.test(bootId.why));
  assert.ok(!codename.known && /exit code 1: cat: broken/.test(codename.why));
});

test('an answer that a batch left out is unknown', async () => {
  const [, uptime] = await askAll({ host, shell: shellSaying(said('x')) }, [bootIdQuery, uptimeQuery]);
  assert.ok(!uptime.known && /no answer/.test(uptime.why));
});

test('no answer at all is the failure itself, so that nobody takes silence for a finding', async () => {
  const failure = new ShellFailure('unreachable', 'pve1', ['cat'], 'no route');
  const shell: Shell = { ...shellSaying(), runAll: () => Promise.reject(failure) };
  await assert.rejects(askAll({ host, shell }, [uptimeQuery]), failure);
});

test('asked alone, failures are thrown', async () => {
  await assert.rejects(ask({ host, shell: shellSaying(said('')) }, uptimeQuery), Unparsable);
  await assert.rejects(ask({ host, shell: shellSaying(said('', { exitCode: 2 })) }, uptimeQuery), CommandFailed);
});

test('a mistake of ours in a parser is not hidden as an unknown reading', async () => {
  const broken = { command: uptimeQuery.command, parse: () => assert.fail('a bug') };
  await assert.rejects(askAll({ host, shell: shellSaying(said('1')) }, [broken]), assert.AssertionError);
});
