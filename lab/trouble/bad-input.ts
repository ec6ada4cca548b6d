/** What a person or a node may hand proxroll that it must not swallow; and the words of a person: hold, pause, resume. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageChanges } from '../evidence.ts';
import { first, tell, told } from '../operator.ts';
import { failingFile } from '../repository.ts';
import { until } from '../ssh.ts';
import { verdict } from '../verdict.ts';
import { asThePauseSays, carryOn, startService, statusOf } from './carry-on.ts';
import { begins, journalsOn, untilNoted } from './journal.ts';
import { endedWell } from './obligations.ts';
import { configure, makeStage, onCarrier, say } from './stage.ts';
import { showEvidence } from './shown.ts';
import type { Outcome } from '../command.ts';
import type { Verdict } from '../verdict.ts';
import type { Paused } from './carry-on.ts';
import type { Stage, TroublePlan } from './stage.ts';

/** Only pve3 is to be patched: the shortest run there is. */
const goodConfig = ['excluded_nodes: [pve1, pve2]'];

/** The package whose script fails. */
const failing = 'pve-container';

export async function proveBadInput(plan: TroublePlan): Promise<readonly Verdict[]> {
  const stage = await makeStage(plan);
  const before = [
    ...(await wrongConfig(stage)),
    ...(await inGoodOrder(stage)),
    ...(await strangeHostKey(stage)),
    ...(await silentSshd(stage)),
    ...(await held(stage)),
    verdict('nothing was touched by all of that', await touched(stage)),
  ];
  const startedMs = Date.now();
  await writeFile(join(stage.cluster.node('pve3').host.root, failingFile), `${failing}\n`);
  const paused = await pausedByHand(stage);
  const failed = await packageFails(stage);
  const ending = await carryOn(stage, (pause) => mend(stage, pause));
  const evidence = await showEvidence(stage, startedMs);
  return [...before, ...paused, ...failed, ...(await endedWell(stage, evidence, ending, { patched: ['pve3'] }))];
}

async function wrongConfig(stage: Stage): Promise<readonly Verdict[]> {
  const { cluster } = stage;
  await configure(stage, ['excluded_nodes: pve2', 'drian: auto', 'deadlines:', '  reboot: soon']);
  const checked = await told(cluster, 'proxroll config check');
  await tell(cluster, 'systemctl start proxroll.service');
  const status = await exitOfService(stage);
  await tell(cluster, 'journalctl --identifier=proxroll --output=cat --no-pager --lines=8');
  const text = checked.stdout + checked.stderr;
  return [
    verdict('wrong configuration: config check ends with exit code 2', is(checked, 2)),
    verdict(
      'wrong configuration: every problem at once, with file and line',
      [1, 2, 4].filter((line) => !text.includes(`/etc/proxroll/config.yaml:${line}`)).map((line) => `line ${line} is not named`),
    ),
    verdict('wrong configuration: the service ends with exit code 2', status === '2' ? [] : [status]),
  ];
}

async function inGoodOrder(stage: Stage): Promise<readonly Verdict[]> {
  await configure(stage, goodConfig);
  return [
    verdict(
      'a good configuration and a healthy cluster: check says that a run could start',
      is(await told(stage.cluster, 'proxroll check'), 0),
    ),
  ];
}

async function strangeHostKey(stage: Stage): Promise<readonly Verdict[]> {
  const { cluster } = stage;
  const files = '/etc/pve/nodes/pve3/ssh_known_hosts /etc/pve/priv/known_hosts';
  await onCarrier(
    stage,
    `set -e; ssh-keygen -q -t rsa -b 2048 -N '' -f /root/strange; key=$(cut -d' ' -f2 /root/strange.pub)
for each in ${files}; do cp $each /root/$(basename $each).good; sed -i "/^\\(pve3\\|${cluster.node('pve3').address}\\) /s|ssh-rsa .*|ssh-rsa $key|" $each; done`,
  );
  const checked = await told(cluster, 'proxroll check');
  await onCarrier(stage, `for each in ${files}; do cp /root/$(basename $each).good $each; done`);
  return [
    verdict('strange host key: check ends with exit code 3', is(checked, 3)),
    verdict(
      'strange host key: the node is named, and that it is its key',
      says(checked, /pve3 shows a host key that the cluster does not know/),
    ),
  ];
}

async function silentSshd(stage: Stage): Promise<readonly Verdict[]> {
  const { cluster } = stage;
  const node = cluster.node('pve3');
  // Nobody can log in meanwhile, so the node itself waits for the word to start it again.
  const again = '/root/ssh-again';
  const wait = `systemctl stop ssh.socket ssh.service; while [ ! -e ${again} ]; do sleep 0.1; done; systemctl start ssh.service`;
  await cluster.ssh.run(node.address, `systemd-run --quiet --collect --unit=lab-without-ssh -- sh -c '${wait}'`);
  await until('sshd of pve3 stopped', 30_000, async () =>
    (await cluster.ssh.try(node.address, 'true')).exitCode === 255 ? true : undefined,
  );
  const checked = await told(cluster, 'proxroll check');
  await tell(cluster, 'systemctl start proxroll.service');
  const status = await exitOfService(stage);
  await writeFile(join(node.host.root, again), '');
  await until('sshd of pve3 back', 30_000, async () => ((await cluster.ssh.try(node.address, 'true')).exitCode === 0 ? true : undefined));
  return [
    verdict('sshd stopped: check ends with exit code 3', is(checked, 3)),
    verdict('sshd stopped: the node is named', says(checked, /pve3 cannot be reached over ssh/)),
    verdict('sshd stopped: the service starts nothing and ends with exit code 3', status === '3' ? [] : [status]),
  ];
}

async function held(stage: Stage): Promise<readonly Verdict[]> {
  const { cluster } = stage;
  const hold = await told(cluster, "proxroll hold pve3 --until 2030-01-01 --reason 'new disks are being put in'");
  const checked = await told(cluster, 'proxroll check');
  const planned = await told(cluster, 'proxroll plan');
  const unheld = await told(cluster, 'proxroll unhold pve3');
  const after = await told(cluster, 'proxroll plan');
  return [
    verdict('hold: check and plan name the node and the reason', [
      ...is(hold, 0),
      ...says(checked, /pve3[^]*new disks are being put in/),
      ...says(planned, /not planned[^]*pve3[^]*new disks/),
    ]),
    verdict('unhold: the node is planned again', [...is(unheld, 0), ...says(after, /^ {2}pve3 .*drain/m)]),
  ];
}

async function pausedByHand(stage: Stage): Promise<readonly Verdict[]> {
  const { cluster, carrier } = stage;
  await startService(cluster);
  await untilNoted(carrier, 'the drain of pve3', 3 * 60_000, begins('pve/pve3/drain'));
  const asked = await told(cluster, 'proxroll pause');
  const { event } = await untilNoted(carrier, 'the pause', 3 * 60_000, (noted) => noted.type === 'run.paused');
  await until('the service to end', 60_000, async () => ((await isActive(stage)) ? undefined : true));
  await tell(cluster, 'proxroll status');
  const { phase, paused } = await statusOf(cluster);
  say(stage, 'resumed by hand');
  // It comes back when the run pauses again, at the failing package.
  const resumed = await told(cluster, 'proxroll resume');
  return [
    verdict('proxroll pause: the run pauses as asked, after the step in flight', [
      ...is(asked, 0),
      ...(phase === 'paused' && paused?.code === 'asked' ? [] : [`${phase} ${paused?.code ?? ''}`]),
      ...(event.type === 'run.paused' && event.seen.includes('pve/pve3/') ? [] : [JSON.stringify(event)]),
    ]),
    verdict('proxroll resume: follows the run and ends with the exit code for a pause', is(resumed, 4)),
  ];
}

async function packageFails(stage: Stage): Promise<readonly Verdict[]> {
  const { cluster } = stage;
  const status = await told(cluster, 'proxroll status');
  const { paused } = await statusOf(cluster);
  return [
    verdict(
      'failing package: the run pauses with upgrade.failed',
      paused?.code === 'upgrade.failed' ? [] : [paused?.code ?? 'it did not pause'],
    ),
    verdict('failing package: status names the node and the package', says(status, new RegExp(`pve3[^]*${failing}`))),
    verdict('failing package: the node was not rebooted', cluster.record.boots('pve3').length === 1 ? [] : ['it was']),
  ];
}

/** What an operator does: the cause first, then the command that the pause names. */
async function mend({ cluster }: Stage, paused: Paused): Promise<void> {
  if (paused.code !== 'upgrade.failed') return;
  await rm(join(cluster.node('pve3').host.root, failingFile), { force: true });
  await asThePauseSays(cluster, paused);
}

async function touched(stage: Stage): Promise<readonly string[]> {
  const { cluster, world, carrier } = stage;
  const lock = await onCarrier(stage, 'ls /etc/pve/priv/lock');
  return [
    ...(await packageChanges(cluster)).map(({ host, name }) => `${name} on ${host}`),
    ...(await journalsOn(carrier)).map(({ run }) => `run ${run}`),
    ...world.log.entries.flatMap((fact) => (fact.told ? [`${fact.subject} ${fact.text}`] : [])),
    ...lock.split('\n').filter((name) => name === 'proxroll'),
  ];
}

async function exitOfService(stage: Stage): Promise<string> {
  await until('the service to end', 60_000, async () => ((await isActive(stage)) ? undefined : true));
  return (await onCarrier(stage, 'systemctl show --property=ExecMainStatus --value proxroll.service')).trim();
}

async function isActive({ cluster }: Stage): Promise<boolean> {
  const { stdout } = await cluster.ssh.try(first(cluster), 'systemctl is-active proxroll.service');
  return !/^(inactive|failed)$/.test(stdout.trim());
}

function is({ exitCode }: Outcome, wanted: number): string[] {
  return exitCode === wanted ? [] : [`exit code ${exitCode}, not ${wanted}`];
}

/** Lines may be wrapped anywhere. */
function says({ stdout, stderr }: Outcome, wanted: RegExp): string[] {
  const text = `${stdout}${stderr}`;
  return wanted.test(text) || wanted.test(text.replaceAll(/\s+/g, ' ')) ? [] : [`it does not say ${wanted.source}: ${text}`];
}
