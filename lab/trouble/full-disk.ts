/**
 * The disk below /var/lib/proxroll is full: in the middle of a run, and at the start of one. It is a small file system of its own,
 * in memory, so the node that carries it is not patched in this run.
 */
import { packageChanges } from '../evidence.ts';
import { first, tell, tellMust, told } from '../operator.ts';
import { until } from '../ssh.ts';
import { verdict } from '../verdict.ts';
import { carryOn, nothingToRepair, startService } from './carry-on.ts';
import { journalsWhole, endedWell } from './obligations.ts';
import { makeStage, onCarrier, say } from './stage.ts';
import { showEvidence } from './shown.ts';
import type { Verdict } from '../verdict.ts';
import type { Stage, TroublePlan } from './stage.ts';

const folder = '/var/lib/proxroll';

/** cat, unlike head, goes on until there is no room for one byte more; its complaint is what is wanted. */
const fill = `cat /dev/zero >${folder}/ballast 2>/dev/null || true`;

/** Of the run that wrote last, in shell. */
const journal = `$(ls -t ${folder}/runs/*/journal.jsonl | head -n 1)`;

export async function proveFullDisk(plan: TroublePlan): Promise<readonly Verdict[]> {
  const stage = await makeStage(plan, { config: ['excluded_nodes: [pve1]'] });
  const { cluster } = stage;
  await tellMust(cluster, `mkdir -p -m 0700 ${folder} && mount -t tmpfs -o size=2M,mode=0700 tmpfs ${folder}`);
  const startedMs = Date.now();
  await startService(cluster);
  await onceIn(stage, 'pve/pve2/upgrade', `${fill}; cp ${journal} /root/journal-then`);
  say(stage, `${folder} filled to the last byte; in flight: pve/pve2/upgrade`);
  await untilEnded(stage);
  const stood = await asItStands(stage);

  await tellMust(cluster, `rm ${folder}/ballast && df --output=avail,target ${folder}`);
  await tell(cluster, 'proxroll resume');
  const ending = await carryOn(stage, nothingToRepair);
  const kept = await cluster.ssh.try(first(cluster), `cmp -n $(stat -c %s /root/journal-then) /root/journal-then ${journal}`);
  const evidence = await showEvidence(stage, startedMs);
  return [
    ...stood,
    verdict('after space was made the journal goes on behind the same lines', kept.exitCode === 0 ? [] : [`${kept.stdout}${kept.stderr}`]),
    ...(await endedWell(stage, evidence, ending, { patched: ['pve2', 'pve3'] })),
    ...(await atTheStart(stage)),
  ];
}

/** No run can begin without room for its journal, and none that did not begin may be in the way later. */
async function atTheStart(stage: Stage): Promise<readonly Verdict[]> {
  const { cluster, world } = stage;
  const facts = world.log.entries.length;
  const packages = (await packageChanges(cluster)).length;
  await tellMust(cluster, `${fill}; df --output=avail,target ${folder}`);
  await tell(cluster, 'systemctl start proxroll.service');
  await untilEnded(stage);
  const said = await lastWords(stage);
  const status = await told(cluster, 'proxroll status && proxroll history verify && proxroll loans');
  await tellMust(cluster, `rm ${folder}/ballast`);
  await tell(cluster, 'systemctl start proxroll.service');
  await untilEnded(stage);
  const later = await lastWords(stage);
  const lock = await onCarrier(stage, 'ls /etc/pve/priv/lock');
  const changed = (await packageChanges(cluster)).slice(packages).map(({ host, name }) => `${name} on ${host}`);
  const happened = world.log.entries.slice(facts).flatMap((fact) => (fact.told ? [`${fact.subject} ${fact.text}`] : []));
  return [
    verdict('with a full disk a start is refused with exit code 4', said.exitCode === '4' ? [] : [`exit code ${said.exitCode}`]),
    verdict('it says that the disk is full and what to do', clear(said.log)),
    verdict(
      'after the refusal proxroll status, history verify and loans still answer',
      status.exitCode === 0 ? [] : [`${status.stdout}${status.stderr}`],
    ),
    verdict('with space again the next start works', later.exitCode === '0' ? [] : [later.log]),
    verdict('nothing was touched and no lock was left', [
      ...changed,
      ...happened,
      ...lock.split('\n').filter((name) => name === 'proxroll'),
    ]),
  ];
}

/** The run could not write down what it would do next, so it has not done it. */
async function asItStands(stage: Stage): Promise<readonly Verdict[]> {
  const { cluster, world } = stage;
  const said = await lastWords(stage);
  const status = await told(cluster, 'proxroll status; proxroll loans');
  const begun = await onCarrier(stage, `grep -ho '"type":"step.started","step":"[^"]*"' ${journal} | cut -d'"' -f8`);
  console.log(`steps that the journal says were begun: ${begun.trim().split('\n').join(', ')}`);
  const whole = await journalsWhole(cluster);
  return [
    verdict('the run stops with exit code 4 when the disk is full', said.exitCode === '4' ? [] : [`exit code ${said.exitCode}`]),
    verdict('it says that the disk is full and what to do, in mid-run too', clear(said.log)),
    verdict('proxroll status and proxroll loans still answer', /pve2/.test(status.stdout) ? [] : [`${status.stdout}${status.stderr}`]),
    verdict('nothing happened that the journal does not announce', unannounced(stage, begun.split('\n'))),
    verdict('the other node was not touched', [
      ...(await packageChanges(cluster)).flatMap(({ host, name }) => (host === 'pve3' ? [name] : [])),
      ...world.guests.all.flatMap(({ home, node, title }) => (home === 'pve3' && node !== home ? [`${title} is on ${node}`] : [])),
    ]),
    { ...whole, obligation: 'the journal is whole, although the disk is full' },
  ];
}

/** Upgrades, reboots, moves and HA maintenance in the world, each of which must be announced by a step of its node. */
function unannounced({ cluster, world }: Stage, begun: readonly string[]): string[] {
  const reboots = cluster.record.entries.flatMap((entry) => (entry.type === 'went-down' ? [`pve/${entry.host}/reboot`] : []));
  const others = world.log.entries.flatMap(({ event }) => {
    if (event.type === 'ha.maintenance') return [`pve/${event.node}/maintenance-${event.on ? 'on' : 'off'}`];
    if (event.type === 'migration.started')
      return [`pve/${world.guest(event.vmid).home}/${event.from === world.guest(event.vmid).home ? 'drain' : 'return'}`];
    return [];
  });
  // A move of an HA guest follows from its node's maintenance, before that node's drain looks at it.
  const announced = (step: string) =>
    begun.includes(step) || (step.endsWith('/drain') && begun.includes(step.replace(/drain$/, 'maintenance-on')));
  return [...new Set([...reboots, ...others])].filter((step) => !announced(step));
}

function clear(log: string): string[] {
  return /full/.test(log) && /free space/.test(log) ? [] : [log];
}

async function lastWords(stage: Stage): Promise<{ readonly log: string; readonly exitCode: string }> {
  await tell(stage.cluster, 'journalctl --unit=proxroll --output=cat --no-pager --lines=12');
  const log = await onCarrier(
    stage,
    'journalctl --output=cat --no-pager _SYSTEMD_INVOCATION_ID=$(systemctl show --property=InvocationID --value proxroll.service)',
  );
  return { log, exitCode: (await onCarrier(stage, 'systemctl show --property=ExecMainStatus --value proxroll.service')).trim() };
}

/** Runs a line on the carrier in the moment a step begins; the lab cannot see the small file system from outside. */
async function onceIn(stage: Stage, step: string, script: string): Promise<void> {
  const wait = `until grep -qs '"type":"step.started","step":"${step}"' ${folder}/runs/*/journal.jsonl; do sleep 0.02; done`;
  await stage.cluster.ssh.run(first(stage.cluster), `${wait}; ${script}`, 5 * 60_000);
}

async function untilEnded(stage: Stage): Promise<void> {
  await until('the service to end', 5 * 60_000, async () =>
    /^(inactive|failed)$/.test((await onCarrier(stage, 'systemctl is-active proxroll.service || true')).trim()) ? true : undefined,
  );
}
