/** The situations, in the order in which one node goes through them. Each leaves the node whole for the next. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { told } from '../operator.ts';
import { asThePauseSays } from '../trouble/carry-on.ts';
import { journalsOn } from '../trouble/journal.ts';
import { failingFile } from '../repository.ts';
import { kernelOf, packagesOf } from '../release.ts';
import { until } from '../ssh.ts';
import { verdict } from '../verdict.ts';
import { begin, configure, judge, on, publish, runFile, tryRun, type AptStage } from './stage.ts';
import type { Verdict } from '../verdict.ts';

export interface Situation {
  readonly name: string;
  readonly title: string;
  /** What it is judged at, in order: the rows of the table. */
  readonly judged: readonly string[];
  readonly prove: (stage: AptStage) => Promise<readonly Verdict[]>;
}

/** Ends a slow script when it is there, else it sleeps for as long as its file says. */
const slowFile = '/etc/proxroll-lab-slow';
const slowly = `if [ -e ${slowFile} ]; then sleep "$(cat ${slowFile})"; fi`;

const patched = /^pve1: whole again, 1 package/;

export const situations: readonly Situation[] = [
  {
    name: 'conffile',
    title: 'a new release, with a conffile that the administrator has changed',
    judged: ['a new release, with a configuration file that the administrator has changed'],
    prove: conffile,
  },
  { name: 'held', title: 'a package that is on hold', judged: ['a package is on hold', 'it is on hold no more'], prove: held },
  {
    name: 'phased',
    title: 'a version that the archive hands out to nobody yet',
    judged: ['a version that the archive hands out by and by'],
    prove: phased,
  },
  {
    name: 'postinst',
    title: 'a script that fails',
    judged: ['the script of a package fails', 'resumed after dpkg was mended as the pause says'],
    prove: postinst,
  },
  {
    name: 'removal',
    title: 'a set that removes a package',
    judged: ['a set that removes a package', 'the same, with the package in allow_removals'],
    prove: removal,
  },
  {
    name: 'moved',
    title: 'a repository that moves while the run is paused',
    judged: ['a repository moves while the run is paused', 'resumed with moved_packages: go-on'],
    prove: moved,
  },
  {
    name: 'dead-source',
    title: 'a source that cannot be fetched',
    judged: ['a source that cannot be fetched', 'resumed after it was taken away'],
    prove: deadSource,
  },
  {
    name: 'locked',
    title: 'somebody else at work with apt and dpkg',
    judged: ['somebody else installs packages and refreshes lists'],
    prove: locked,
  },
  { name: 'killed', title: 'SIGKILL inside a script', judged: ['SIGKILL inside the script of a package'], prove: killed },
  {
    name: 'clean-up',
    title: 'packages that nobody needs any more',
    judged: ['packages that nobody needs any more, with clean_up: autoremove'],
    prove: cleanUp,
  },
];

async function conffile(stage: AptStage): Promise<readonly Verdict[]> {
  const path = '/etc/default/pve-firewall';
  await on(stage, `echo '# mine' >>${path}`);
  await stage.cluster.repository.publish('v2');
  const tried = await tryRun(stage);
  const versions = Object.fromEntries(packagesOf(stage.suite, 'v2').map(({ name, version }) => [name, version]));
  const kept = await on(stage, `cat ${path}; ls ${path}.dpkg-dist`);
  const log = await runFile(tried, 'upgrade-pve1.log');
  return [
    ...(await judge(stage, 'a new release, with a configuration file that the administrator has changed', tried, {
      phase: 'finished',
      says: /kept as it was, the new version lies beside it: \/etc\/default\/pve-firewall\.dpkg-dist/,
      versions,
    })),
    verdict(
      "conffile: the administrator's version is kept, and the new one lies beside it",
      /# mine[^]*dpkg-dist/.test(kept) ? [] : [kept],
    ),
    verdict(
      'conffile: the log of apt lies with the run, whole',
      /Setting up proxmox-ve/.test(log) && /Setting up pve-manager/.test(log) ? [] : [log.slice(0, 500)],
    ),
    verdict('conffile: the reboot that is due is said and left', /a reboot is due/.test(tried.log) ? [] : [tried.log.slice(-800)]),
  ];
}

async function held(stage: AptStage): Promise<readonly Verdict[]> {
  await on(stage, 'apt-mark hold qemu-server');
  const before = packagesOf(stage.suite, 'v2').find(({ name }) => name === 'qemu-server')?.version ?? '';
  await publish(stage, 'qemu-server', 1);
  const container = await publish(stage, 'pve-container', 1);
  const tried = await tryRun(stage);
  const found = await judge(stage, 'a package is on hold', tried, {
    phase: 'finished',
    says: /on hold on pve1/,
    versions: { 'pve-container': container, 'qemu-server': before },
  });
  await on(stage, 'apt-mark unhold qemu-server');
  const after = await tryRun(stage);
  return [
    ...found,
    ...(await judge(stage, 'it is on hold no more', after, {
      phase: 'finished',
      says: patched,
      versions: { 'qemu-server': `${before}+round1` },
    })),
  ];
}

async function phased(stage: AptStage): Promise<readonly Verdict[]> {
  const before = packagesOf(stage.suite, 'v2').find(({ name }) => name === 'pve-firewall')?.version ?? '';
  await publish(stage, 'pve-firewall', 2, { control: ['Phased-Update-Percentage: 0'] });
  const container = await publish(stage, 'pve-container', 2);
  await on(stage, 'apt-get -q update');
  const { stdout } = await told(stage.cluster, 'proxroll plan');
  const tried = await tryRun(stage);
  return judge(stage, 'a version that the archive hands out by and by', tried, {
    phase: 'finished',
    said: stdout,
    // The apt of bookworm does not tell the reason.
    says: /(deferred by phasing|kept back): pve-firewall/,
    versions: { 'pve-firewall': before, 'pve-container': container },
  });
}

async function postinst(stage: AptStage): Promise<readonly Verdict[]> {
  const failing = join(stage.node.host.root, failingFile);
  await writeFile(failing, 'pve-container\n');
  const version = await publish(stage, 'pve-container', 3);
  const tried = await tryRun(stage);
  const found = await judge(stage, 'the script of a package fails', tried, {
    phase: 'paused',
    code: 'upgrade.failed',
    says: /run paused.*apt-get dist-upgrade failed.*the lab makes this script fail/,
    versions: {},
  });
  await rm(failing);
  if (tried.status.paused !== undefined) await asThePauseSays(stage.cluster, tried.status.paused);
  const after = await tryRun(stage, 'proxroll resume');
  return [
    ...found,
    ...(await judge(stage, 'resumed after dpkg was mended as the pause says', after, {
      phase: 'finished',
      says: /upgrade: found already done/,
      versions: { 'pve-container': version },
    })),
  ];
}

async function removal(stage: AptStage): Promise<readonly Verdict[]> {
  await publish(stage, 'lab-tool', 1);
  await on(stage, 'apt-get -q update && apt-get -q -y install lab-tool');
  const version = await publish(stage, 'pve-container', 4, { conflicts: ['lab-tool'] });
  await on(stage, 'apt-get -q update');
  const tried = await tryRun(stage);
  const found = await judge(stage, 'a set that removes a package', tried, {
    phase: 'blocked',
    says: /would remove 1 package that nobody has allowed to go.*lab-tool/,
    versions: { 'lab-tool': '1.0+round1' },
  });
  await configure(stage, ['allow_removals: [lab-tool]']);
  const after = await tryRun(stage);
  await configure(stage, []);
  return [
    ...found,
    ...(await judge(stage, 'the same, with the package in allow_removals', after, {
      phase: 'finished',
      says: /upgrade: started.*lab-tool will be removed/,
      versions: { 'pve-container': version, 'lab-tool': '-' },
    })),
  ];
}

async function moved(stage: AptStage): Promise<readonly Verdict[]> {
  await publish(stage, 'qemu-server', 5);
  const newest = async () => (await journalsOn(stage.node)).at(-1)?.run;
  const before = await newest();
  await on(stage, 'systemctl start --no-block proxroll.service');
  await until('a new run', 180_000, async () => ((await newest()) === before ? undefined : true));
  await on(stage, 'proxroll pause');
  const paused = await tryRun(stage, 'true');
  const version = await publish(stage, 'qemu-server', 6);
  await on(stage, 'apt-get -q update');
  const tried = await tryRun(stage, 'proxroll resume');
  const found = await judge(stage, 'a repository moves while the run is paused', tried, {
    phase: 'paused',
    code: 'plan.moved',
    says: /run paused.*round6/,
    versions: {},
  });
  await configure(stage, ['moved_packages: go-on']);
  const after = await tryRun(stage, 'proxroll resume');
  await configure(stage, []);
  return [
    verdict('moved: the run is paused as asked before the upgrade', paused.status.paused?.code === 'asked' ? [] : [paused.status.phase]),
    ...found,
    ...(await judge(stage, 'resumed with moved_packages: go-on', after, {
      phase: 'finished',
      says: /other packages than planned; new/,
      versions: { 'qemu-server': version },
    })),
  ];
}

async function deadSource(stage: AptStage): Promise<readonly Verdict[]> {
  const file = join(stage.node.host.root, 'etc/apt/sources.list.d/dead.list');
  const version = await publish(stage, 'pve-container', 7);
  // Nothing listens on that port of its own.
  await writeFile(file, `deb [trusted=yes] http://127.0.0.1:9/debian ${stage.suite} main\n`);
  await configure(stage, ['attempts: { refresh: 1 }']);
  const tried = await tryRun(stage);
  const found = await judge(stage, 'a source that cannot be fetched', tried, {
    phase: 'paused',
    code: 'refresh.failed',
    says: /run paused.*127\.0\.0\.1:9/,
    versions: {},
  });
  await rm(file);
  await configure(stage, []);
  const after = await tryRun(stage, 'proxroll resume');
  return [
    ...found,
    ...(await judge(stage, 'resumed after it was taken away', after, {
      phase: 'finished',
      says: patched,
      versions: { 'pve-container': version },
    })),
  ];
}

/** What `apt-get update` holds while it works, held for half a minute, as pveupdate does with slow repositories. */
const holdLists =
  'perl -MFcntl -e \'open F, ">", "/var/lib/apt/lists/lock" or die; my $lock = pack "s s x4 q q i", F_WRLCK, 0, 0, 0, 0; fcntl F, F_SETLKW, $lock or die; sleep 30\'';

/** A slow package is being installed by somebody else, and the package lists are locked, for which apt itself does not wait. */
async function locked(stage: AptStage): Promise<readonly Verdict[]> {
  await publish(stage, 'lab-slow', 1, { always: slowly });
  const version = await publish(stage, 'pve-container', 8);
  await on(
    stage,
    `echo 25 >${slowFile}; apt-get -q update; systemd-run --quiet --collect --unit=lab-other -- apt-get -q -y install lab-slow`,
  );
  await until('somebody else to hold the lock', 60_000, async () =>
    (await on(stage, "pgrep -fx 'sleep 25' || true")).trim() === '' ? undefined : true,
  );
  await on(stage, `systemd-run --quiet --collect --unit=lab-lists -- ${holdLists}`);
  const tried = await tryRun(stage);
  await on(stage, `rm -f ${slowFile}`);
  return [
    ...(await judge(stage, 'somebody else installs packages and refreshes lists', tried, {
      phase: 'finished',
      says: /somebody else is changing packages/,
      versions: { 'pve-container': version, 'lab-slow': '1.0+round1' },
    })),
    verdict(
      'locked: the refresh waited for lists that were locked',
      /refresh: trying again \(apt on pve1 is locked by/.test(tried.log) ? [] : [tried.log.slice(-1500)],
    ),
  ];
}

async function killed(stage: AptStage): Promise<readonly Verdict[]> {
  const version = await publish(stage, 'pve-container', 9, { always: slowly });
  await on(stage, `echo 60 >${slowFile}`);
  const beginning = await begin(stage);
  await on(stage, 'systemctl start --no-block proxroll.service');
  // The daemons of the lab sleep for ever; only a number is the script's.
  await until('the slow script', 180_000, async () => ((await on(stage, "pgrep -fx 'sleep 60' || true")).trim() === '' ? undefined : true));
  await on(stage, `rm -f ${slowFile}; systemctl kill -s KILL 'proxroll-upgrade-*'`);
  const tried = await tryRun(stage, 'true', beginning);
  const repair = await runFile(tried, 'repair-pve1.log');
  return [
    ...(await judge(stage, 'SIGKILL inside the script of a package', tried, {
      phase: 'finished',
      says: /upgrade: trying again/,
      versions: { 'pve-container': version },
    })),
    verdict('killed: dpkg was brought to its end by the run, and its log is kept', /pve-container/.test(repair) ? [] : [repair]),
  ];
}

/** What came for a package that is gone, and the kernel before, which apt would remove too. */
async function cleanUp(stage: AptStage): Promise<readonly Verdict[]> {
  const before = `proxmox-kernel-${kernelOf(stage.suite, 'v1')}-signed`;
  const kept = packagesOf(stage.suite, 'v1').find(({ name }) => name === before)?.version ?? '';
  await publish(stage, 'lab-library', 1);
  await publish(stage, 'lab-reader', 1, { depends: ['lab-library'] });
  await on(stage, `apt-get -q update && apt-get -q -y install lab-reader && apt-get -q -y remove lab-reader && apt-mark auto ${before}`);
  const unused = await on(stage, 'apt-get -s autoremove');
  const version = await publish(stage, 'pve-container', 10);
  await configure(stage, ['clean_up: autoremove']);
  const tried = await tryRun(stage);
  await configure(stage, []);
  return [
    verdict('clean-up: apt would remove the kernel before too', unused.includes(`Remv ${before}`) ? [] : [unused]),
    ...(await judge(stage, 'packages that nobody needs any more, with clean_up: autoremove', tried, {
      phase: 'finished',
      says: /clean-up: done.*lab-library/,
      versions: { 'pve-container': version, 'lab-library': '-', [before]: kept },
    })),
  ];
}
