/** The situations, in the order in which one node goes through them. Each leaves the node whole for the next. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asThePauseSays } from '../trouble/carry-on.ts';
import { journalsOn } from '../trouble/journal.ts';
import { failingFile } from '../repository.ts';
import { packagesOf } from '../release.ts';
import { until } from '../ssh.ts';
import { verdict } from '../verdict.ts';
import { configure, judge, on, publish, runFile, tryRun, type AptStage } from './stage.ts';
import type { Verdict } from '../verdict.ts';

export interface Situation {
  readonly name: string;
  readonly title: string;
  readonly prove: (stage: AptStage) => Promise<readonly Verdict[]>;
}

/** Ends a slow script when it is there, else it sleeps for as long as its file says. */
const slowFile = '/etc/proxroll-lab-slow';
const slowly = `if [ -e ${slowFile} ]; then sleep "$(cat ${slowFile})"; fi`;

export const situations: readonly Situation[] = [
  { name: 'conffile', title: 'a new release, with a conffile that the administrator has changed', prove: conffile },
  { name: 'held', title: 'a package that is on hold', prove: held },
  { name: 'phased', title: 'a version that the archive hands out to nobody yet', prove: phased },
  { name: 'postinst', title: 'a script that fails', prove: postinst },
  { name: 'removal', title: 'a set that removes a package', prove: removal },
  { name: 'moved', title: 'a repository that moves while the run is paused', prove: moved },
  { name: 'dead-source', title: 'a source that cannot be fetched', prove: deadSource },
  { name: 'locked', title: 'somebody else at work with apt and dpkg', prove: locked },
  { name: 'killed', title: 'SIGKILL inside a script', prove: killed },
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
    ...(await judge(stage, 'conffile', tried, {
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
  await on(stage, 'apt-mark unhold qemu-server');
  const after = await tryRun(stage);
  return [
    ...(await judge(stage, 'held', tried, { phase: 'finished', says: /on hold on pve1/, versions: { 'pve-container': container } })),
    verdict(
      'held: the package stayed while it was held',
      new RegExp(`qemu-server \\(${before.replaceAll('.', '\\.')}\\+round1\\)`).test(await runFile(tried, 'upgrade-pve1.log'))
        ? ['it was installed']
        : [],
    ),
    ...(await judge(stage, 'held, then let go', after, { phase: 'finished', versions: { 'qemu-server': `${before}+round1` } })),
  ];
}

async function phased(stage: AptStage): Promise<readonly Verdict[]> {
  const before = packagesOf(stage.suite, 'v2').find(({ name }) => name === 'pve-firewall')?.version ?? '';
  await publish(stage, 'pve-firewall', 2, { control: ['Phased-Update-Percentage: 0'] });
  const tried = await tryRun(stage);
  // Done with: the next version goes to everybody.
  return judge(stage, 'phased', tried, { phase: 'finished', versions: { 'pve-firewall': before } });
}

async function postinst(stage: AptStage): Promise<readonly Verdict[]> {
  const failing = join(stage.node.host.root, failingFile);
  await writeFile(failing, 'pve-container\n');
  const version = await publish(stage, 'pve-container', 3);
  const tried = await tryRun(stage);
  const found = await judge(stage, 'postinst', tried, { phase: 'paused', code: 'upgrade.failed', says: /pve-container/, versions: {} });
  await rm(failing);
  if (tried.status.paused !== undefined) await asThePauseSays(stage.cluster, tried.status.paused);
  const after = await tryRun(stage, 'proxroll resume');
  return [...found, ...(await judge(stage, 'postinst, mended', after, { phase: 'finished', versions: { 'pve-container': version } }))];
}

async function removal(stage: AptStage): Promise<readonly Verdict[]> {
  await publish(stage, 'lab-tool', 1);
  await on(stage, 'apt-get -q update && apt-get -q -y install lab-tool');
  const version = await publish(stage, 'pve-container', 4, { conflicts: ['lab-tool'] });
  await on(stage, 'apt-get -q update');
  const tried = await tryRun(stage);
  const refused = /nothing was started|1 finding/.test(tried.log) && /lab-tool/.test(tried.log);
  const there = await on(stage, "dpkg-query -W -f='${Status}' lab-tool");
  await configure(stage, ['allow_removals: [lab-tool]']);
  const after = await tryRun(stage);
  await configure(stage, []);
  return [
    verdict('removal: nothing is started, and the package is named', refused ? [] : [tried.log.slice(-1000)]),
    verdict('removal: the package is still there', /installed/.test(there) ? [] : [there]),
    ...(await judge(stage, 'removal, allowed', after, { phase: 'finished', versions: { 'pve-container': version, 'lab-tool': '-' } })),
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
  const found = await judge(stage, 'moved', tried, { phase: 'paused', code: 'plan.moved', says: /round6/, versions: {} });
  await configure(stage, ['moved_packages: go-on']);
  const after = await tryRun(stage, 'proxroll resume');
  await configure(stage, []);
  return [
    verdict('moved: the run is paused as asked before the upgrade', paused.status.paused?.code === 'asked' ? [] : [paused.status.phase]),
    ...found,
    ...(await judge(stage, 'moved, taken as it comes', after, {
      phase: 'finished',
      says: /other packages than planned/,
      versions: { 'qemu-server': version },
    })),
  ];
}

async function deadSource(stage: AptStage): Promise<readonly Verdict[]> {
  const file = join(stage.node.host.root, 'etc/apt/sources.list.d/dead.list');
  const version = await publish(stage, 'pve-container', 7);
  await writeFile(file, `deb [trusted=yes] http://10.99.0.1:9/debian ${stage.suite} main\n`);
  await configure(stage, ['attempts: { refresh: 1 }']);
  const tried = await tryRun(stage);
  const found = await judge(stage, 'dead-source', tried, { phase: 'paused', code: 'refresh.failed', says: /10\.99\.0\.1:9/, versions: {} });
  await rm(file);
  await configure(stage, []);
  const after = await tryRun(stage, 'proxroll resume');
  return [...found, ...(await judge(stage, 'dead-source, mended', after, { phase: 'finished', versions: { 'pve-container': version } }))];
}

/** A slow package is being installed by somebody else, and package lists are refreshed again and again, as pveupdate might. */
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
  await on(stage, "systemd-run --quiet --collect --unit=lab-lists -- sh -c 'for each in 1 2 3 4 5 6; do apt-get -q update; done'");
  const tried = await tryRun(stage);
  await on(stage, `rm -f ${slowFile}`);
  return judge(stage, 'locked', tried, { phase: 'finished', versions: { 'pve-container': version, 'lab-slow': '1.0+round1' } });
}

async function killed(stage: AptStage): Promise<readonly Verdict[]> {
  const version = await publish(stage, 'pve-container', 9, { always: slowly });
  await on(stage, `echo 60 >${slowFile}`);
  await on(stage, 'systemctl start --no-block proxroll.service');
  // The daemons of the lab sleep for ever; only a number is the script's.
  await until('the slow script', 180_000, async () => ((await on(stage, "pgrep -fx 'sleep 60' || true")).trim() === '' ? undefined : true));
  await on(stage, `rm -f ${slowFile}; systemctl kill -s KILL 'proxroll-upgrade-*'`);
  const tried = await tryRun(stage, 'true');
  const repair = await runFile(tried, 'repair-pve1.log');
  return [
    ...(await judge(stage, 'killed', tried, { phase: 'finished', says: /trying again/, versions: { 'pve-container': version } })),
    verdict('killed: dpkg was brought to its end by the run, and its log is kept', /pve-container/.test(repair) ? [] : [repair]),
  ];
}
