/** Asking one check, and stating what it says of a site: the shape all tests of checks share. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../../src/config/schema.ts';
import type { Finding, Severity } from '../../../src/model/finding.ts';
import type { Loan } from '../../../src/model/loan.ts';
import type { HostFacts, NodeFacts } from '../../../src/model/node.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { check, type CheckScope, type CheckWord } from '../../../src/run/preflight.ts';
import { config, node, packageSet, snapshot } from '../../builders.ts';
import { known } from '../../../src/model/reading.ts';

export interface Asked {
  readonly snapshot: Snapshot;
  readonly config?: Config;
  readonly scope?: CheckScope;
}

/** What one check says, in the order in which it says it. */
export function said(word: CheckWord, { snapshot: seen, config: wanted = config(), scope = { when: 'start' } }: Asked): readonly Finding[] {
  return check(seen, wanted, scope).filter((finding) => finding.check === word);
}

/** One row: an obligation, the site, and what must be said of it: nothing, or one finding with this severity whose texts match. */
export type Row = readonly [obligation: string, asked: Asked, expected: 'nothing' | readonly [severity: Severity, ...texts: RegExp[]]];

/** Declares one test for each row. */
export function testCheck(word: CheckWord, rows: readonly Row[]): void {
  for (const [obligation, asked, expected] of rows)
    test(`${word}: ${obligation}`, () => {
      const found = said(word, asked);
      if (expected === 'nothing') return void assert.deepEqual(found, []);
      const [severity, ...texts] = expected;
      const [first, ...more] = found;
      assert.ok(first !== undefined, 'it says nothing');
      assert.deepEqual(more, [], 'it says more than one thing');
      assert.equal(first.severity, severity);
      const text = `${first.what} | ${first.seen} | ${first.next}`;
      for (const expectedText of texts) assert.match(text, expectedText);
      return undefined;
    });
}

/** The usual three nodes, of which one says something else. All of them have a kernel pending, so each will be emptied and rebooted. */
export function three(name = 'pve2', facts: Partial<HostFacts> = {}, differs: Partial<NodeFacts> = {}): readonly NodeFacts[] {
  return ['pve1', 'pve2', 'pve3'].map((each) =>
    node(each, each === name ? { ...differs, facts: { pending: kernelPending, ...facts } } : { facts: { pending: kernelPending } }),
  );
}

export const kernelPending = known(packageSet('proxmox-kernel-6.14.11-1-pve-signed'));

/** The site with one node that says something else. */
export function siteWhere(facts: Partial<HostFacts>, name = 'pve2'): Asked {
  return { snapshot: snapshot({ nodes: three(name, facts) }) };
}

/** The turn of one node, with these loans outstanding. */
export function turnOf(nodeName: string, ...loans: readonly Loan[]): CheckScope {
  return { when: 'before-node', node: nodeName, run: 'r1', loans };
}

/** The lock as this run holds it. */
export const ourLock = known({ node: 'pve1', run: 'r1', bootId: 'b1', sinceMs: Date.UTC(2025, 8, 22, 9) });
