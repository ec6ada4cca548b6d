import assert from 'node:assert/strict';
import { test } from 'node:test';
import { telling } from '../../../../src/stages/pve/steps/unit-job.ts';

const cases: readonly [obligation: string, log: string, told: string][] = [
  [
    'a script that fails must be quoted before what dpkg makes of it',
    `Started proxroll-upgrade-x.service - apt-get dist-upgrade.
Setting up libpve-common-perl (9.0.6) ...
Setting up pve-manager (9.0.11) ...
Job for pveproxy.service failed.
pveproxy cannot be restarted: certificate is not readable
dpkg: error processing package pve-manager (--configure):
 installed pve-manager package post-installation script subprocess returned error exit status 1
Errors were encountered while processing:
 pve-manager
E: Sub-process /usr/bin/dpkg returned an error code (1)
proxroll-upgrade-x.service: Main process exited, code=exited, status=100/n/a`,
    'pveproxy cannot be restarted: certificate is not readable / dpkg: error processing package pve-manager (--configure): / E: Sub-process /usr/bin/dpkg returned an error code (1)',
  ],
  [
    'a script that fails without a word must not be given the words of another package',
    `Setting up pve-manager (9.0.11) ...
dpkg: error processing package pve-manager (--configure):
 installed pve-manager package post-installation script subprocess returned error exit status 1
E: Sub-process /usr/bin/dpkg returned an error code (1)`,
    'dpkg: error processing package pve-manager (--configure): / E: Sub-process /usr/bin/dpkg returned an error code (1)',
  ],
  [
    'a migration that fails must be told in its own words',
    `2026-03-01 04:00:00 starting migration of VM 102
2026-03-01 04:00:02 ERROR: migration aborted (duration 00:00:02): storage 'local' is not available on node 'pve3'`,
    "migration aborted (duration 00:00:02): storage 'local' is not available on node 'pve3'",
  ],
  ['a log without an error must be told by its last lines', 'one\ntwo\nthree\nfour\nfive', 'two / three / four / five'],
  ['an empty log must be told as such', '\n', 'it wrote nothing'],
];
for (const [obligation, log, told] of cases) test(obligation, () => assert.equal(telling(log), told));
