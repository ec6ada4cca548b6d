/** Answers and hosts written by hand, for what no recording shows. */
import assert from 'node:assert/strict';
import { Unparsable } from '../../src/clients/at.ts';
import type { Query, Source } from '../../src/clients/query.ts';
import type { Answer } from '../../src/ports/shell.ts';

export const source: Source = { host: 'pve2', command: 'the command' };

/** An answer that succeeded, unless told otherwise. */
export function said(stdout: string, more: { readonly exitCode?: number; readonly stderr?: string } = {}): Answer {
  return { exitCode: more.exitCode ?? 0, stdout, stderr: more.stderr ?? '', tookMs: 0 };
}

/** What `query` makes of an answer of pve2. */
export function parsed<T>(query: Query<T>, stdout: string, more: { readonly exitCode?: number; readonly stderr?: string } = {}): T {
  return query.parse(said(stdout, more), 'pve2');
}

/** Demands an `Unparsable` that names the host, the command and the field. */
export function assertUnparsable(act: () => unknown, expected: { readonly command: string; readonly field: RegExp }): void {
  assert.throws(act, (error: unknown) => {
    assert.ok(error instanceof Unparsable, String(error));
    assert.equal(error.host, 'pve2');
    assert.equal(error.command, expected.command);
    assert.match(error.field, expected.field);
    assert.ok(error.message.includes('pve2') && error.message.includes(expected.command) && error.message.includes(error.field));
    return true;
  });
}
