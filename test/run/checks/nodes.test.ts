import { gib, mib } from '../../../src/model/bytes.ts';
import type { FileSystemFacts, HostFacts } from '../../../src/model/node.ts';
import { known, unknown } from '../../../src/model/reading.ts';
import { config, emptySet, ha, hostFacts, loneSnapshot, node, packageSet, serviceNames, snapshot } from '../../builders.ts';
import { ourLock, siteWhere, testCheck, three, turnOf, type Asked } from './findings.ts';

const disks = (...rows: readonly (readonly [mountPoint: string, totalBytes: number, freeBytes: number])[]): Asked =>
  siteWhere({
    fileSystems: known(rows.map(([mountPoint, totalBytes, freeBytes]): FileSystemFacts => ({ mountPoint, totalBytes, freeBytes }))),
  });
const fetching = (bytes: number, ...rows: readonly (readonly [mountPoint: string, totalBytes: number, freeBytes: number])[]): Asked =>
  siteWhere({
    fileSystems: known(rows.map(([mountPoint, totalBytes, freeBytes]): FileSystemFacts => ({ mountPoint, totalBytes, freeBytes }))),
    fetchBytes: known(bytes),
  });
const excluded = (asked: Asked): Asked => ({ ...asked, config: config({ excluded_nodes: ['pve2'] }) });
const turnOfOther = (asked: Asked): Asked => ({ snapshot: { ...asked.snapshot, lock: ourLock }, scope: turnOf('pve3') });

const fullRoot = disks(['/', 45 * gib, 3.1 * gib]);
testCheck('root-space', [
  ['room on the root file system is fine', { snapshot: snapshot() }, 'nothing'],
  [
    'a full root file system stops the run',
    fullRoot,
    ['blocker', /root file system of pve2 is 94 % full/, /3\.1 GiB of 45 GiB free; the limit is 90 %/, /limits\.root_used_percent/],
  ],
  ['exactly the limit is fine', disks(['/', 100 * gib, 10 * gib]), 'nothing'],
  ['a hair over the limit reads as more than the limit', disks(['/', 1000 * gib, 99 * gib]), ['blocker', /91 % full/]],
  ['the limit can be raised', { ...fullRoot, config: config({ limits: { root_used_percent: 95 } }) }, 'nothing'],
  ['an excluded node is not judged', excluded(fullRoot), 'nothing'],
  ['before a node only that node is judged', turnOfOther(fullRoot), 'nothing'],
  [
    'the node whose turn it is is judged',
    { snapshot: { ...fullRoot.snapshot, lock: ourLock }, scope: turnOf('pve2') },
    ['blocker', /pve2/],
  ],
  ['unknown space stops the run', siteWhere({ fileSystems: unknown('df failed') }), ['unknown', /df failed/]],
  ['df without a root is unknown', disks(['/boot', gib, gib]), ['unknown', /nothing of \//]],
]);

testCheck('boot-space', [
  ['room for a kernel is fine', disks(['/', 45 * gib, 30 * gib], ['/boot', gib, 500 * mib], ['/boot/efi', gib, 900 * mib]), 'nothing'],
  [
    'a full /boot stops the run',
    disks(['/', 45 * gib, 30 * gib], ['/boot', gib, 120 * mib]),
    ['blocker', /\/boot of pve2/, /120 MiB of 1 GiB free; 200 MiB are wanted/],
  ],
  [
    'a full EFI partition stops the run',
    disks(['/', 45 * gib, 30 * gib], ['/boot/efi', gib, 12 * mib]),
    ['blocker', /\/boot\/efi of pve2/],
  ],
  [
    'without a /boot of its own the root file system counts',
    disks(['/', 45 * gib, 100 * mib]),
    ['blocker', /100 MiB of 45 GiB free on \//],
  ],
  [
    'the limit can be lowered',
    { ...disks(['/', 45 * gib, 30 * gib], ['/boot', gib, 120 * mib]), config: config({ limits: { boot_free_mib: 100 } }) },
    'nothing',
  ],
]);

testCheck('archive-space', [
  ['room for downloads is fine', { snapshot: snapshot() }, 'nothing'],
  [
    'too little room where the archives lie stops the run',
    disks(['/', 45 * gib, 30 * gib], ['/var', 10 * gib, 300 * mib]),
    ['blocker', /too little room to download/, /300 MiB of 10 GiB free on \/var/, /apt-get clean/],
  ],
  [
    'what apt says it will fetch decides, where it is known',
    fetching(200 * mib, ['/', 45 * gib, 30 * gib], ['/var', 10 * gib, 300 * mib]),
    'nothing',
  ],
  [
    'an archive that cannot hold what is to be fetched stops the run, with both figures',
    fetching(1500 * mib, ['/', 45 * gib, 30 * gib], ['/var', 10 * gib, 1200 * mib]),
    ['blocker', /1\.2 GiB of 10 GiB free on \/var.*1\.5 GiB are to be fetched/],
  ],
  ['with all of it fetched already no room is wanted', fetching(0, ['/', 45 * gib, 30 * gib], ['/var', 10 * gib, 0]), 'nothing'],
  ['another file system with a name like it does not count', disks(['/', 45 * gib, 30 * gib], ['/var/cache/ap', gib, 0]), 'nothing'],
]);

testCheck('zfs', [
  ['no ZFS is fine', { snapshot: snapshot() }, 'nothing'],
  ['healthy pools are fine', siteWhere({ zfs: known({ kind: 'healthy' }) }), 'nothing'],
  [
    'a degraded pool stops the run',
    siteWhere({ zfs: known({ kind: 'unhealthy', text: '  pool: rpool\n state: DEGRADED\n' }) }),
    ['blocker', /pool: rpool \/ state: DEGRADED/],
  ],
  ['unknown pools stop the run', siteWhere({ zfs: unknown('zpool hung') }), ['unknown', /zpool hung/]],
]);

testCheck('dpkg', [
  ['whole packages are fine', { snapshot: snapshot() }, 'nothing'],
  ['blank lines are whole packages', siteWhere({ dpkgAudit: known('\n') }), 'nothing'],
  [
    'an interrupted dpkg stops the run',
    siteWhere({ dpkgAudit: known('The following packages are only half configured:\n libc6\n') }),
    ['blocker', /not whole: libc6/, /dpkg --configure -a/],
  ],
  [
    'the packages are named however long the sentence before them is',
    siteWhere({
      dpkgAudit: known(
        'The following packages are only half configured, probably due to problems\nconfiguring them the first time.  The configuration should be retried using\ndpkg --configure <package> or the configure menu option in dselect:\n pve-manager          Proxmox Virtual Environment\n',
      ),
    }),
    ['blocker', /not whole: pve-manager \|/],
  ],
  ['unknown packages stop the run', siteWhere({ dpkgAudit: unknown('x') }), ['unknown', /whole/]],
]);

testCheck('apt-holds', [
  ['no holds are fine', { snapshot: snapshot() }, 'nothing'],
  ['a hold on something else is no concern', siteWhere({ aptHolds: known(['htop']) }), 'nothing'],
  ...['pve-qemu-kvm', 'proxmox-kernel-6.14', 'ceph-osd', 'corosync', 'qemu-server', 'libpve-common-perl', 'linux-image-amd64'].map(
    (name) =>
      [
        `a hold on ${name} is said`,
        siteWhere({ aptHolds: known(['htop', name]) }),
        ['warning', /1 package of Proxmox VE is on hold on pve2/, new RegExp(`apt-mark unhold ${name}$`)],
      ] as const,
  ),
  ['unknown holds are said', siteWhere({ aptHolds: unknown('x') }), ['warning', /unknown/]],
]);

const debian = (...suites: readonly string[]) => suites.map((suite) => ({ uri: 'http://deb.debian.org/debian', suite, component: 'main' }));
const pve = (component = 'pve-no-subscription', suite = 'trixie', uri = 'http://download.proxmox.com/debian/pve') => ({
  uri,
  suite,
  component,
});
const usual = [...debian('trixie', 'trixie-updates', 'trixie-security'), pve()];
const withRepositories = (repositories: readonly ReturnType<typeof pve>[], differs: Partial<HostFacts> = {}) =>
  siteWhere({ repositories: known(repositories), ...differs });

testCheck('repositories', [
  ['the same suites everywhere are fine', { snapshot: snapshot() }, 'nothing'],
  [
    'another mirror of the same suites is fine',
    withRepositories(usual.map((row) => ({ ...row, uri: 'http://mirror.example/x' }))),
    'nothing',
  ],
  [
    'suites of another release than on the other nodes stop the run',
    withRepositories(
      usual.map((row) => ({ ...row, suite: row.suite.replace('trixie', 'bookworm') })),
      { codename: known('bookworm') },
    ),
    ['blocker', /the suites of pve2 differ from those of pve1/, /only on pve2: bookworm/],
  ],
  [
    'a missing suite stops the run',
    withRepositories(usual.filter((row) => row.suite !== 'trixie-security')),
    ['blocker', /only on pve1: trixie-security/],
  ],
  [
    'a suite of its own stops the run',
    withRepositories([...usual, ...debian('trixie-backports')]),
    ['blocker', /only on pve2: trixie-backports/],
  ],
  [
    'other components are a warning',
    withRepositories([...debian('trixie', 'trixie-updates', 'trixie-security'), pve('pve-test')]),
    ['warning', /trixie pve-test/, /trixie pve-no-subscription/],
  ],
  [
    'no repository of Proxmox VE is a warning',
    { snapshot: loneSnapshot({ nodes: [node('pve1', { facts: { repositories: known(debian('trixie')) } })] }) },
    ['warning', /no Proxmox VE repository/],
  ],
  [
    "a third party's stable is no release of Debian",
    {
      snapshot: loneSnapshot({
        nodes: [node('pve1', { facts: { repositories: known([...usual, pve('main', 'stable', 'https://repos.example/deb')]) } })],
      }),
    },
    'nothing',
  ],
  [
    "Debian's stable is another release some day",
    { snapshot: loneSnapshot({ nodes: [node('pve1', { facts: { repositories: known([...usual, ...debian('stable')]) } })] }) },
    ['blocker', /another Debian release/, /stable/],
  ],
  [
    'an entry of the next release stops the run',
    { snapshot: loneSnapshot({ nodes: [node('pve1', { facts: { repositories: known([...usual, ...debian('forky')]) } })] }) },
    ['blocker', /pve1 runs trixie/, /forky/],
  ],
  ['an unknown release stops the run', siteWhere({ codename: unknown('no os-release') }), ['unknown', /no os-release/]],
  ['unknown repositories stop the run', siteWhere({ repositories: unknown('x') }), ['unknown', /repositories of pve2/]],
]);

const enterprise = [
  ...debian('trixie', 'trixie-updates', 'trixie-security'),
  pve('pve-enterprise', 'trixie', 'https://enterprise.proxmox.com/debian/pve'),
];
testCheck('subscription', [
  ['no subscription is fine without the enterprise repository', { snapshot: snapshot() }, 'nothing'],
  ['the enterprise repository with a subscription is fine', withRepositories(enterprise, { subscribed: known(true) }), 'nothing'],
  [
    'the enterprise repository without one stops the run',
    withRepositories(enterprise),
    ['blocker', /without a subscription/, /enterprise\.proxmox\.com/],
  ],
  [
    "Ceph's enterprise repository counts as well",
    withRepositories([...usual, pve('enterprise', 'trixie', 'https://enterprise.proxmox.com/debian/ceph-squid')]),
    ['blocker', /ceph-squid/],
  ],
  ['an unknown subscription stops the run', withRepositories(enterprise, { subscribed: unknown('x') }), ['unknown', /subscription/]],
  ['an unknown subscription is no concern without the enterprise repository', siteWhere({ subscribed: unknown('x') }), 'nothing'],
]);

const removing = (...removals: readonly string[]) => siteWhere({ pending: known({ ...packageSet('libc6'), removals }) });
testCheck('packages', [
  ['updates are fine', siteWhere({ pending: known(packageSet('libc6', 'pve-manager')) }), 'nothing'],
  ['a set that removes proxmox-ve stops the run', removing('proxmox-ve'), ['blocker', /remove proxmox-ve/]],
  ['a set that removes the running kernel stops the run', removing('proxmox-kernel-6.14.8-2-pve-signed'), ['blocker', /6\.14\.8-2-pve/]],
  ['a set that removes what nobody allowed stops the run', removing('libfoo1'), ['blocker', /1 package/, /libfoo1/, /allow_removals/]],
  [
    'a removal that is allowed is a remark',
    { ...removing('libfoo1'), config: config({ allow_removals: ['libfoo*'] }) },
    ['info', /1 package/, /libfoo1/],
  ],
  [
    'what a node cannot be without is not allowed by a pattern either',
    { ...removing('pve-manager'), config: config({ allow_removals: ['*'] }) },
    ['blocker', /remove pve-manager/],
  ],
  ['a kernel that does not run may go', removing('proxmox-kernel-6.8.12-1-pve-signed'), ['info', /6\.8\.12-1/]],
  [
    'a set that takes a package to an older version stops the run',
    siteWhere({ pending: known({ ...emptySet, changes: [{ name: 'qemu-server', from: '9.0.22', to: '9.0.9', origin: '' }] }) }),
    ['blocker', /older version/, /qemu-server 9\.0\.22 to 9\.0\.9/],
  ],
  [
    'a base system of the next Debian stops the run',
    siteWhere({ pending: known({ ...emptySet, changes: [{ name: 'base-files', from: '13.8+deb13u1', to: '14.1', origin: '' }] }) }),
    ['blocker', /release of Debian/],
  ],
  [
    'a set that crosses to another release stops the run',
    siteWhere({ pending: known({ ...emptySet, changes: [{ name: 'pve-manager', from: '8.4.1', to: '9.0.3', origin: '' }] }) }),
    ['blocker', /8\.4\.1 to 9\.0\.3/],
  ],
  [
    'a new minor release is an update',
    siteWhere({ pending: known({ ...emptySet, changes: [{ name: 'pve-manager', from: '9.0.3', to: '9.1.1', origin: '' }] }) }),
    'nothing',
  ],
  ['an unknown set stops the run', siteWhere({ pending: unknown('apt failed') }), ['unknown', /apt failed/]],
]);

const versions = (...all: readonly string[]) =>
  snapshot({ nodes: all.map((version, index) => node(`pve${index + 1}`, { facts: { pveVersion: known(version) } })) });
testCheck('versions', [
  ['one version everywhere is fine', { snapshot: snapshot() }, 'nothing'],
  ['different patches are said', { snapshot: versions('9.0.3', '9.0.10', '9.0.3') }, ['info', /pve1 9\.0\.3, pve2 9\.0\.10/]],
  [
    'different patches are our doing in mid-run',
    { snapshot: { ...versions('9.0.3', '9.0.10', '9.0.3'), lock: ourLock }, scope: turnOf('pve1') },
    'nothing',
  ],
  ['different releases stop the run', { snapshot: versions('8.4.1', '9.0.3', '9.0.3') }, ['blocker', /different releases/]],
  [
    'a release of an excluded node counts',
    { snapshot: versions('8.4.1', '9.0.3', '9.0.3'), config: config({ excluded_nodes: ['pve1'] }) },
    ['blocker', /different releases/],
  ],
  ['Proxmox VE 8 is supported', { snapshot: versions('8.0.0', '8.0.0', '8.0.0') }, 'nothing'],
  [
    'Proxmox VE 7 is too old',
    { snapshot: loneSnapshot({ nodes: [node('pve1', { facts: { pveVersion: known('7.4.17') } })] }) },
    ['blocker', /too old/],
  ],
  ['the long form of a version is understood', { snapshot: versions('pve-manager/9.0.3/025864202ebb6109', '9.0.3', '9.0.3') }, 'nothing'],
  ['an unknown version stops the run', siteWhere({ pveVersion: unknown('x') }), ['unknown', /version of Proxmox VE on pve2/]],
  [
    'a version without a number is unknown',
    { snapshot: loneSnapshot({ nodes: [node('pve1', { facts: { pveVersion: known('devel') } })] }) },
    ['unknown', /devel/],
  ],
]);

const offset = (ms: number) => siteWhere({ clockOffsetMs: known(ms) });
testCheck('clocks', [
  ['clocks that agree are fine', { snapshot: snapshot() }, 'nothing'],
  ['clocks too far apart stop the run', offset(-2600), ['blocker', /pve2 and pve[13] are about 3 s apart/, /pve2 -2600 ms/, /2000 ms/]],
  [
    'two nodes that differ in opposite directions are compared with each other',
    {
      snapshot: snapshot({
        nodes: [
          node('pve1'),
          node('pve2', { facts: { clockOffsetMs: known(1500) } }),
          node('pve3', { facts: { clockOffsetMs: known(-1500) } }),
        ],
      }),
    },
    ['blocker', /pve3 and pve2 are about 3 s apart/],
  ],
  ['the limit can be raised', { ...offset(2600), config: config({ limits: { clock_offset_ms: 5000 } }) }, 'nothing'],
  ['an unsynchronised clock is a warning', siteWhere({ clockSynchronised: known(false) }), ['warning', /time of pve2/]],
  ['an unknown synchronisation is a warning', siteWhere({ clockSynchronised: unknown('x') }), ['warning', /time of pve2/]],
  ['an unknown offset stops the run', siteWhere({ clockOffsetMs: unknown('x') }), ['unknown', /clock of pve2/]],
]);

const held = known({ path: '/etc/proxroll/hold', text: 'disk swap on Tuesday\n' });
testCheck('hold', [
  ['no hold is fine', { snapshot: snapshot() }, 'nothing'],
  [
    'a node on hold is left out, and its reason is said',
    siteWhere({ hold: held }),
    ['warning', /pve2 is on hold/, /disk swap on Tuesday/, /proxroll unhold pve2/],
  ],
  [
    'a hold without a text names its file',
    siteWhere({ hold: known({ path: '/srv/hold', text: '' }) }),
    ['warning', /\/srv\/hold is there/],
  ],
  ['a hold on an excluded node needs no words', excluded(siteWhere({ hold: held })), 'nothing'],
  ['an unknown hold stops the run', siteWhere({ hold: unknown('x') }), ['unknown', /on hold/]],
]);
testCheck('root-space', [
  [
    'a node on hold is not judged',
    siteWhere({ hold: held, fileSystems: known([{ mountPoint: '/', totalBytes: 10, freeBytes: 0 }]) }),
    'nothing',
  ],
]);

const withService = (name: string, state: string) =>
  known(Object.fromEntries(serviceNames.map((each) => [each, each === name ? state : 'active'])));
testCheck('services', [
  ['running services are fine', { snapshot: snapshot() }, 'nothing'],
  ...['pve-cluster', 'corosync', 'pve-ha-lrm', 'pve-ha-crm'].map(
    (name) =>
      [
        `${name} that does not run stops the run, where HA is in use`,
        { snapshot: snapshot({ nodes: three('pve2', { services: withService(name, 'failed') }), ha: known(ha([])) }) },
        ['blocker', new RegExp(`${name} does not run on pve2`), /it is failed/],
      ] as const,
  ),
  [
    'pve-ha-lrm that does not run stops the run, where it is unknown whether HA is in use',
    { snapshot: snapshot({ nodes: three('pve2', { services: withService('pve-ha-lrm', 'inactive') }), ha: unknown('x') }) },
    ['blocker', /pve-ha-lrm/],
  ],
  [
    'pve-cluster that does not run stops the run without HA too',
    siteWhere({ services: withService('pve-cluster', 'inactive') }),
    ['blocker'],
  ],
  [
    'pve-ha-crm that was switched off is a remark, where HA is not in use',
    siteWhere({ services: withService('pve-ha-crm', 'inactive') }),
    ['info', /pve-ha-crm does not run on pve2/, /HA is not in use/],
  ],
  [
    'pve-ha-crm that has failed is a warning, where HA is not in use',
    siteWhere({ services: withService('pve-ha-crm', 'failed') }),
    ['warning'],
  ],
  ['another service that does not run is a warning', siteWhere({ services: withService('pveproxy', 'inactive') }), ['warning', /pveproxy/]],
  [
    'a lone node has no corosync',
    { snapshot: loneSnapshot({ nodes: [node('pve1', { facts: { services: withService('corosync', 'inactive') } })] }) },
    'nothing',
  ],
  ['unknown services stop the run', siteWhere({ services: unknown('x') }), ['unknown', /services of pve2/]],
]);

testCheck('failed-units', [
  ['no failed unit is fine', { snapshot: snapshot() }, 'nothing'],
  [
    'failed units are a remark',
    siteWhere({ failedUnits: known(['logrotate.service']) }),
    ['info', /1 unit on pve2 has failed already/, /logrotate/],
  ],
  ['unknown failed units stop nobody', siteWhere({ failedUnits: unknown('x') }), 'nothing'],
]);

testCheck('boot-facts', [
  ['known facts are fine', { snapshot: snapshot() }, 'nothing'],
  ['an unknown boot id stops the run', siteWhere({ bootId: unknown('x') }), ['unknown', /boot id of pve2/]],
  ['unknown kernels stop the run', siteWhere({ kernel: unknown('x') }), ['unknown', /kernel pve2/]],
  ['an unknown wish for a reboot stops the run', siteWhere({ rebootRequired: unknown('x') }), ['unknown', /asks for a reboot/]],
]);

testCheck('zfs', [
  [
    'without a word from a node its checks are silent: ssh has said it',
    { snapshot: snapshot({ nodes: three('pve2', {}, { host: { answered: false, code: 'login', why: 'x' } }) }) },
    'nothing',
  ],
  ['only the nodes asked for are judged', { ...siteWhere({ zfs: unknown('x') }), scope: { when: 'start', only: ['pve1'] } }, 'nothing'],
  ['the healthy facts of the builder are healthy', { snapshot: snapshot({ nodes: [node('pve1', { facts: hostFacts() })] }) }, 'nothing'],
]);

const once = known({ can: true, by: 'systemd-boot' } as const);
const cannot = known({ can: false, why: '/boot/grub lies on /dev/mapper/pve-root' } as const);
testCheck('new-kernel', [
  [
    'without a new kernel there is nothing to say',
    { snapshot: snapshot({ nodes: [node('pve1', { facts: { bootOnce: once } })] }) },
    'nothing',
  ],
  [
    'a loader that forgets in time is a way back',
    siteWhere({ bootOnce: once }),
    ['info', /pve2 could try kernel 6\.14\.11-1-pve once \(new_kernel: try\)/, /systemd-boot/],
  ],
  [
    'a loader that cannot write boots the same again',
    siteWhere({ bootOnce: known({ can: false, why: '/boot/grub lies on /dev/mapper/pve-root' }) }),
    ['info', /pve2 would boot kernel 6\.14\.11-1-pve again after a power cycle/, /pve-root; .*console \(IPMI\)/],
  ],
  [
    'a loader that nobody knows is no way back',
    siteWhere({ bootOnce: unknown('od failed') }),
    ['info', /again after a power cycle/, /od failed/],
  ],
  [
    'a kernel that is pinned is booted as pinned',
    siteWhere({
      bootOnce: once,
      pending: known(emptySet),
      kernel: known({ running: '6.14.8-2-pve', expected: '6.14.11-1-pve', pinned: true, installed: ['6.14.11-1-pve', '6.14.8-2-pve'] }),
    }),
    ['info', /kernel 6\.14\.11-1-pve again/, /it is pinned/],
  ],
  [
    'what will be tried is said',
    { ...siteWhere({ bootOnce: once }), config: config({ new_kernel: 'try' }) },
    ['info', /pve2 tries kernel 6\.14\.11-1-pve once; a power cycle boots 6\.14\.8-2-pve/],
  ],
  [
    'whoever wants a trial is warned of a node without a way back',
    { ...siteWhere({ bootOnce: cannot }), config: config({ new_kernel: 'try' }) },
    ['warning', /pve-root/, /have the console of pve2 at hand/],
  ],
  [
    'whoever wants no node without a way back is stopped',
    { ...siteWhere({ bootOnce: cannot }), config: config({ new_kernel: 'try-or-block' }) },
    ['blocker', /pve-root/, /new_kernel: try/],
  ],
  ['where nothing reboots there is nothing to say', { ...siteWhere({ bootOnce: once }), config: config({ reboot: 'never' }) }, 'nothing'],
]);

const gc = { type: 'garbage_collection', id: 'tank', user: 'root@pam', startedAtS: 0 } as const;
testCheck('backup-server', [
  ['a node without a backup server is fine', { snapshot: snapshot({ nodes: three() }) }, 'nothing'],
  ['one that works on nothing is fine', siteWhere({ serverTasks: known([]) }), 'nothing'],
  [
    'one that works stops the run',
    siteWhere({ serverTasks: known([gc]) }),
    ['blocker', /backup server on pve2 works on 1 task/, /garbage_collection of tank/, /proxmox-backup-manager task list/],
  ],
  [
    'many tasks are counted, and only the first are named',
    siteWhere({ serverTasks: known([gc, gc, gc, gc, gc]) }),
    ['blocker', /works on 5 tasks/, /; 2 more/],
  ],
  [
    'one that does not answer stops the run',
    siteWhere({ serverTasks: unknown('refused') }),
    ['unknown', /unknown what .* pve2/, /refused/],
  ],
  [
    'on a node that stays up it is a warning',
    { snapshot: snapshot({ nodes: three('pve2', { pending: known(packageSet('vim')), serverTasks: known([gc]) }) }) },
    ['warning', /neither emptied nor rebooted/],
  ],
  ['on an excluded node it is not judged', excluded(siteWhere({ serverTasks: known([gc]) })), 'nothing'],
]);
