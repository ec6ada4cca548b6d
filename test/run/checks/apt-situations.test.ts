/** Every situation that apt was recorded in, from its own words over the finding to the decision. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aptFailureOf } from '../../../src/clients/apt.ts';
import { parseSimulation } from '../../../src/clients/apt-simulation.ts';
import { auditedPackages } from '../../../src/clients/dpkg.ts';
import { known } from '../../../src/model/reading.ts';
import { isEmptySet } from '../../../src/model/packages.ts';
import { blocks } from '../../../src/model/finding.ts';
import { makePlan } from '../../../src/stages/pve/plan.ts';
import { mayRepair } from '../../../src/stages/pve/steps/upgrade.ts';
import { recordedText } from '../../recorded.ts';
import { source } from '../../clients/said.ts';
import { config, node, packageSet, snapshot } from '../../builders.ts';
import { said } from './findings.ts';

/** What apt would do, by a file of what it printed. The real excerpts that leave lines out are made whole by their own summary. */
const simulated = (name: string, fix: (text: string) => string = (text) => text) => {
  const text = fix(name.includes('\n') ? name : recordedText('debian-12', name).replace(/^# .*\n/gm, ''));
  return parseSimulation(text.includes('---- stdout') ? text.slice(text.indexOf('\n', text.indexOf('---- stdout')) + 1) : text, source);
};
const site = (pending: ReturnType<typeof parseSimulation>) =>
  snapshot({ nodes: [node('pve1'), node('pve2', { facts: { pending: known(pending) } }), node('pve3')] });
const inst =
  (...lines: readonly string[]) =>
  (summary: string) =>
    `Calculating upgrade...\n${summary}\n${lines.join('\n')}\n`;

type Decision = 'refused' | 'patched' | 'left alone';
const situations: readonly (readonly [
  situation: string,
  set: ReturnType<typeof parseSimulation>,
  finding: RegExp | 'nothing',
  decision: Decision,
])[] = [
  [
    'a plain round of updates',
    simulated('apt-get-s-dist-upgrade', (text) => text.replace(/^129 upgraded/m, `${text.match(/^Inst /gm)?.length ?? 0} upgraded`)),
    'nothing',
    'patched',
  ],
  ['a removal that nobody allowed', simulated('apt-get-s-install-with-remv'), /systemd-timesyncd/, 'refused'],
  ['a purge', simulated('apt-get-s-purge'), /btrfs-progs/, 'refused'],
  [
    'packages that are kept back',
    simulated('apt-get-s-dist-upgrade-held', (text) => text.replace('128 upgraded', '0 upgraded')),
    'nothing',
    'left alone',
  ],
  ['packages that are deferred by phasing', simulated('apt-get-s-dist-upgrade-phased.CONSTRUCTED'), 'nothing', 'patched'],
  [
    'the removal of proxmox-ve',
    simulated(inst('Remv proxmox-ve [9.0.0]')('0 upgraded, 0 newly installed, 1 to remove and 0 not upgraded.')),
    /cannot be without.*proxmox-ve/,
    'refused',
  ],
  [
    'the removal of the kernel that runs',
    simulated(inst('Remv proxmox-kernel-6.14.8-2-pve-signed [6.14.8-2]')('0 upgraded, 0 newly installed, 1 to remove and 0 not upgraded.')),
    /cannot be without.*6\.14\.8-2-pve/,
    'refused',
  ],
  [
    'a downgrade',
    simulated(
      inst('Inst qemu-server [9.0.22] (9.0.9 Proxmox Debian Repository:stable [all])')(
        '0 upgraded, 0 newly installed, 1 downgraded, 0 to remove and 0 not upgraded.',
      ),
    ),
    /older version.*9\.0\.22 to 9\.0\.9/,
    'refused',
  ],
  [
    'the next release of Proxmox VE',
    simulated(
      inst('Inst pve-manager [8.4.14] (9.0.11 Proxmox Debian Repository:stable [all])')(
        '1 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.',
      ),
    ),
    /release of Proxmox VE/,
    'refused',
  ],
  [
    'the next release of Debian',
    simulated(
      inst('Inst base-files [12.4+deb12u11] (13.8+deb13u1 Debian:13.1/stable [amd64])')(
        '1 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.',
      ),
    ),
    /release of Debian/,
    'refused',
  ],
];

for (const [situation, set, finding, decision] of situations)
  test(`${situation}: ${finding === 'nothing' ? 'no finding' : `a finding about ${finding.source}`}, and the node is ${decision}`, () => {
    const seen = site(set);
    const found = said('packages', { snapshot: seen });
    if (finding === 'nothing') assert.deepEqual(found, []);
    else assert.match(found.map(({ what, seen: text }) => `${what}: ${text}`).join(' | '), finding);
    const planned = makePlan(seen, config(), []).tracks.some((track) => track.node === 'pve2');
    const decided: Decision = found.some(blocks) ? 'refused' : planned ? 'patched' : 'left alone';
    assert.equal(decided, decision);
    if (decision === 'left alone') assert.ok(isEmptySet(set));
  });

test('what is deferred by phasing is told apart from what is kept back', () => {
  const { keptBack, phased } = simulated('apt-get-s-dist-upgrade-phased.CONSTRUCTED');
  assert.deepEqual(phased, ['python3-distupgrade', 'ubuntu-release-upgrader-core']);
  assert.deepEqual(keptBack, ['linux-generic', 'linux-headers-generic', 'linux-image-generic', ...phased]);
});

test('a dead source is a failure that a person must mend, not one that passes', () => {
  for (const line of recordedText('debian-12', 'apt-get-update-partial-failure')
    .split('\n')
    .filter((each) => each.startsWith('E: Failed')))
    assert.equal(aptFailureOf({ stdout: '', stderr: line }).kind, 'other');
});

const audit = `The following packages are only half configured, probably due to problems
configuring them the first time.  The configuration should be retried using
dpkg --configure <package> or the configure menu option in dselect:
 pve-manager          Proxmox Virtual Environment Management Tools
 libpam-runtime:amd64 Runtime support for the PAM library`;
const step = { id: 'pve/pve2/upgrade', kind: 'upgrade', node: 'pve2', why: '', set: packageSet('pve-manager', 'libpam-runtime') } as const;
const ours = { whole: true };

test('packages that dpkg calls half configured are told by name', () =>
  assert.deepEqual([auditedPackages(audit), auditedPackages('')], [['pve-manager', 'libpam-runtime'], []]));

const locked = `Another process has locked the database for writing, and might currently be
modifying it, some of the following problems might just be due to that.
${audit}`;
const auditOf = (dpkgAudit: string) =>
  snapshot({ nodes: [node('pve1'), node('pve2', { facts: { dpkgAudit: known(dpkgAudit) } }), node('pve3')] });
const looks = [
  ['before a run, what somebody else is at only tells', locked, { when: 'start' }, ['warning']],
  ['once lists are fresh, what somebody else is at is waited for', locked, { when: 'start', refreshed: true }, ['blocker']],
  [
    "before a node's turn, what somebody else is at is waited for",
    locked,
    { when: 'before-node', node: 'pve2', run: 'r', loans: [] },
    ['blocker'],
  ],
  ['what nobody is at was interrupted', audit, { when: 'start' }, ['blocker']],
  ['a whole dpkg is nothing to tell', '', { when: 'start' }, []],
] as const;
for (const [obligation, text, scope, severities] of looks)
  test(obligation, () => {
    const found = said('dpkg', { snapshot: auditOf(text), scope });
    assert.deepEqual(
      found.map(({ severity }) => severity),
      severities,
    );
    for (const { what, seen } of found) {
      assert.match(what, text === locked ? /somebody else/ : /was interrupted/);
      if (text === locked) assert.match(seen, /pve-manager and libpam-runtime/);
    }
  });

const repairs: readonly (readonly [obligation: string, may: boolean, wanted: boolean])[] = [
  ['what this upgrade left half done is ours', mayRepair(step, ours, audit, 'own'), true],
  ['what was half done before this upgrade began is not', mayRepair(step, { ...ours, whole: false }, audit, 'own'), false],
  ['a package that this upgrade did not touch is not', mayRepair({ ...step, set: packageSet('bash') }, ours, audit, 'own'), false],
  ['repair_dpkg: always asks for no proof', mayRepair(step, { ...ours, whole: false }, audit, 'always'), true],
  ['repair_dpkg: never repairs nothing', mayRepair(step, ours, audit, 'never'), false],
];
for (const [obligation, may, wanted] of repairs) test(obligation, () => assert.equal(may, wanted));
