import assert from 'node:assert/strict';
import { test } from 'node:test';
import { troubleOf, troubleText } from '../../src/cli/errors.ts';
import { ConfigRejected, noSuchNode, noSuchRun, notProxmox, notRoot, tooOld } from '../../src/cli/refused.ts';
import { CommandFailed, Unparsable } from '../../src/clients/at.ts';
import { Pause } from '../../src/model/pause.ts';
import { ShellFailure } from '../../src/ports/shell.ts';
import { StoreFull } from '../../src/ports/store.ts';
import { JournalDamaged } from '../../src/run/journal.ts';

const answer = { exitCode: 100, stdout: '', stderr: 'E: Unable to fetch some archives\n', tookMs: 5 };
const options = { width: 100, debug: false };

const cases: readonly [error: unknown, exit: number, text: readonly string[]][] = [
  [
    notRoot(),
    2,
    ['proxroll: this works only as root on a Proxmox VE node', '    next: log in there as root and call the same command again'],
  ],
  [
    notProxmox('/etc/pve/.members is not there'),
    2,
    [
      'proxroll: this machine is not a Proxmox VE node',
      '    seen: /etc/pve/.members is not there',
      '    next: install and run proxroll on one node of the cluster; what it does can be seen anywhere:',
      '          proxroll demo',
    ],
  ],
  [
    tooOld('pve1', '7.4-3'),
    2,
    ['proxroll: pve1 runs Proxmox VE 7.4-3, and proxroll needs 8 or newer', '    next: bring the cluster to Proxmox VE 8 first'],
  ],
  [
    noSuchNode(['pve9'], ['pve1', 'pve2']),
    2,
    ['proxroll: there is no node pve9', '    seen: nodes of this cluster: pve1, pve2', '    next: name nodes by their short names'],
  ],
  [noSuchRun('r'), 2, ['proxroll: there is no run r', '    next: see the runs with: proxroll history']],
  [
    new ConfigRejected([
      { file: '/c.yaml', line: 2, column: 1, what: 'unknown key foo' },
      { file: '/c.yaml', line: 3, column: 8, what: 'drain must be one of auto, always' },
    ]),
    2,
    [
      'proxroll: the configuration has 2 problems, nothing was touched',
      '  /c.yaml:2:1: unknown key foo',
      '  /c.yaml:3:8: drain must be one of auto, always',
      '    next: correct the file, then: proxroll -c /c.yaml config check',
    ],
  ],
  [
    new Pause('drain.refused', {
      what: 'guest 101 stays on pve1',
      seen: 'storage local-lvm is not shared',
      next: 'move its disk, then: proxroll resume',
    }),
    4,
    [
      'proxroll: guest 101 stays on pve1 [drain.refused]',
      '    seen: storage local-lvm is not shared',
      '    next: move its disk, then: proxroll resume',
    ],
  ],
  [
    new ShellFailure('unreachable', 'pve2', ['uname', '-r'], 'no route to host'),
    3,
    [
      'proxroll: pve2 cannot be reached over ssh',
      '    seen: pve2: uname -r: no route to host',
      '    next: look whether it is up and whether this node reaches it: ssh, network, firewall',
    ],
  ],
  [
    new Unparsable('pve1', 'pvesh get /cluster/resources', '[3].vmid', 'expected number, received string'),
    3,
    [
      'proxroll: pve1 answered something that proxroll does not understand',
      '    seen: `pvesh get /cluster/resources`, [3].vmid: expected number, received string',
      '    next: run that command by hand on that node; if its answer looks right, report it as a bug',
    ],
  ],
  [
    new CommandFailed('pve1', ['apt-get', 'update'], answer),
    3,
    [
      'proxroll: `apt-get update` failed on pve1',
      '    seen: exit code 100: E: Unable to fetch some archives',
      '    next: run that command by hand on that node and set right what it complains about',
    ],
  ],
  [
    new StoreFull('journal.jsonl could not be written'),
    4,
    [
      'proxroll: the disk with /var/lib/proxroll is full',
      '    seen: journal.jsonl could not be written',
      '    next: free space there, then: proxroll resume',
    ],
  ],
  [
    new JournalDamaged('r', 'line 3 is not JSON'),
    3,
    [
      'proxroll: the journal of run r cannot be used',
      '    seen: line 3 is not JSON',
      '    next: look at /var/lib/proxroll/runs/r; once nothing in it is needed any more, move that folder',
      '          away',
    ],
  ],
  [
    Object.assign(new Error('EACCES: permission denied, open'), { code: 'EACCES', path: '/var/lib/proxroll/runs' }),
    2,
    [
      'proxroll: /var/lib/proxroll/runs may not be used by this user',
      '    seen: EACCES: permission denied, open',
      '    next: run proxroll as root',
    ],
  ],
];
for (const [error, exit, text] of cases)
  test(`an error must say what, seen and next, and exit ${exit}: ${text[0] ?? ''}`, () => {
    assert.deepEqual(troubleText(error, options).trimEnd().split('\n'), text);
    assert.equal(troubleOf(error).exit, exit);
  });

test('every kind of silence must have words of its own', () => {
  const kinds = ['unreachable', 'host-key', 'login', 'no-answer', 'dry-run'] as const;
  assert.equal(new Set(kinds.map((kind) => troubleOf(new ShellFailure(kind, 'pve2', ['true'], '')).what)).size, kinds.length);
});

test('an error that nobody expected must be called a bug and exit 1, and show its stack only with --debug', () => {
  const bug = new TypeError('x is undefined', { cause: new Error('the cause') });
  assert.equal(troubleOf(bug).exit, 1);
  assert.match(troubleText(bug, options), /^proxroll: this is a bug in proxroll\n {4}seen: TypeError: x is undefined\n {4}next: .*report/);
  assert.doesNotMatch(troubleText(bug, options), /errors\.test\.ts/);
  assert.match(troubleText(bug, { ...options, debug: true }), /errors\.test\.ts[^]*caused by:\nError: the cause/);
});

for (const thrown of [undefined, 'text', 42, { code: 'X' }])
  test(`whatever is thrown must have words: ${JSON.stringify(thrown)}`, () => assert.equal(troubleOf(thrown).exit, 1));
