import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandFailed } from '../../src/clients/at.ts';
import { ShellFailure, type ShellFailureKind } from '../../src/ports/shell.ts';
import { Unseen } from '../../src/run/passing.ts';
import { silentPause } from '../../src/run/silence.ts';

const failure = (kind: ShellFailureKind) => new ShellFailure(kind, 'pve2', ['true'], kind);
const answer = { exitCode: 1, stdout: '', stderr: 'no', tookMs: 1 };

const cases: readonly [error: Error, what: RegExp, next: RegExp][] = [
  [failure('unreachable'), /^pve2 does not answer any more, in the middle of x$/, /^look at the console of pve2, then: proxroll resume$/],
  [failure('no-answer'), /^pve2 does not answer any more, /, /^look at the console of pve2, /],
  [failure('login'), /^pve2 refuses the login over ssh, /, /journalctl -u ssh/],
  [failure('host-key'), /^pve2 answers with a host key that the cluster does not know, /, /^find out who answers there; /],
  [new CommandFailed('pve2', ['true'], answer), /^a command failed on pve2, /, /^run it by hand on pve2 /],
  [new Unseen('pve2: nothing'), /^pve2 gives no useful answer any more, /, /^look at pve2, then: proxroll resume$/],
];
for (const [error, what, next] of cases)
  test(`a pause must say in which way a node gives no answer: ${error instanceof ShellFailure ? error.kind : error.name}`, () => {
    const { code, reason } = silentPause('pve2', error, ', in the middle of x');
    assert.equal(code, 'host.silent');
    assert.match(reason.what, what);
    assert.match(reason.next, next);
    assert.equal(reason.seen, error.message);
  });
