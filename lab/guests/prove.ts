/**
 * The proof `guests`: one guest of each kind on three booted nodes that all must reboot. First nothing is allowed for those that cannot
 * move, and proxroll must name each and touch nothing; then each gets its policy, and what became of it is held against the plan.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabCluster } from '../cluster.ts';
import { packageChanges } from '../evidence.ts';
import { putBack } from '../afterwards.ts';
import { install, publishUpgrade } from '../install.ts';
import { first, tell, tellMust } from '../operator.ts';
import { heading, section, table, verdictsText } from '../proof-text.ts';
import { serviceRun } from '../service.ts';
import { entriesOn } from '../trouble/journal.ts';
import { verdict } from '../verdict.ts';
import { giveWorld } from '../world.ts';
import { around, configAfter, configBefore, guestsOfKinds, kinds, type LabKind } from './kinds.ts';
import { guestOutcomes, type GuestRow } from './outcomes.ts';
import { offPlan, seenOn, seenText, type Planned } from './seen.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { LabRun } from '../lab-run.ts';
import type { Suite } from '../suite.ts';
import type { Verdict } from '../verdict.ts';

/**
 * @param record whether what is seen takes the place of what was recorded, instead of being held against it
 * @returns every obligation with whether it held
 */
export async function proveGuests(labRun: LabRun, deb: string, suite: Suite, record: boolean): Promise<readonly Verdict[]> {
  heading(`guests, ${suite}`);
  const cluster = await LabCluster.make({ suite, nodes: 3, firmwareMs: 2_000 }, labRun);
  await cluster.start();
  const world = await giveWorld(cluster, guestsOfKinds, around);
  await install(cluster, { deb });
  await publishUpgrade(cluster);

  heading(`${suite}: nothing is allowed`);
  await configure(cluster, configBefore());
  const changesBefore = (await packageChanges(cluster)).length;
  const factsBefore = world.log.entries.length;
  const refusals = await refused(cluster);
  const began = await serviceRun(cluster);
  const facts = world.log.entries.slice(factsBefore).filter(({ told }) => told);
  const verdicts: Verdict[] = [
    verdict('no run begins while guests keep their nodes up', began.phase === 'finished' ? ['it finished'] : []),
    verdict('and nothing is touched', [
      ...facts.map(({ subject, text }) => `${subject} ${text}`),
      ...(await packageChanges(cluster)).slice(changesBefore).map(({ host, name }) => `${name} on ${host}`),
    ]),
    ...kinds.map((kind) => refusedAsItMust(kind, refusals.get(kind.vmid) ?? '')),
  ];

  heading(`${suite}: each as its policy says`);
  await configure(cluster, configAfter());
  for (const { vmid, guest } of kinds) if (guest.lock !== undefined) await tellMust(cluster, `qm unlock ${vmid}`, guest.on);
  await tell(cluster, 'proxroll plan');
  const startedMs = Date.now();
  const ended = await serviceRun(cluster);
  const plan = (await entriesOn(cluster.node('pve1'))).flatMap(({ event }) => (event.type === 'plan.made' ? [event.plan] : [])).at(-1);
  if (plan === undefined) throw new Error('no run was begun');
  const seen = await seenOn(cluster, world, startedMs);
  const sinceS = (Date.now() - startedMs) / 1000;
  const rows: GuestRow[] = [];
  verdicts.push(
    verdict('the run finished', ended.phase === 'finished' ? [] : [`it is ${ended.phase}`]),
    verdict(
      'every node was rebooted once',
      cluster.nodes.filter(({ name }) => cluster.record.boots(name).length !== 2).map(({ name }) => name),
    ),
    ...(await putBack(cluster)),
  );
  for (const kind of kinds) {
    const { vmid, title, guest, policy } = kind;
    const one = seen.get(vmid);
    const planned = plannedFor(vmid, plan);
    const was = { home: guest.on, kind: guest.kind ?? 'qemu', status: guest.status ?? 'running' } as const;
    verdicts.push(verdict(`${title}: what became of it is what the plan said`, offPlan(one, planned, was, sinceS)));
    rows.push({
      guest: title,
      refused: refusals.get(vmid) ?? '',
      policy: policy === undefined ? 'migrate (default)' : `${policy.is} (${policy.by})`,
      planned: planned.way ?? '',
      seen: one === undefined ? 'gone' : seenText(one, guest.on),
    });
  }
  verdicts.push(await haRestored(cluster));
  await tell(cluster, 'proxroll loans');
  section(
    'journalctl -u proxroll',
    await cluster.ssh.run(first(cluster), 'journalctl -u proxroll -u proxroll-resume --no-pager --output=short'),
  );
  if (record) await guestOutcomes.record(suite, rows);
  else verdicts.push(...(await guestOutcomes.compare(suite, rows)));
  section(
    `what became of each guest on ${suite}`,
    table(
      ['guest', 'policy', 'plan', 'seen'],
      rows.map((row) => [row.guest, row.policy, row.planned, row.seen]),
    ),
  );
  section(`obligations of guests on ${suite}`, verdictsText(verdicts));
  return verdicts;
}

async function configure(cluster: LabCluster, lines: readonly string[]): Promise<void> {
  await writeFile(join(cluster.node('pve1').host.root, 'etc/proxroll/config.yaml'), lines.map((line) => `${line}\n`).join(''));
  await tellMust(cluster, 'cat /etc/proxroll/config.yaml; proxroll config check');
}

/** What `proxroll check` has against each guest, by vmid. */
async function refused(cluster: LabCluster): Promise<ReadonlyMap<number, string>> {
  await tell(cluster, 'proxroll check');
  const { stdout } = await cluster.ssh.try(first(cluster), 'proxroll check --json', 60_000);
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
  const against = findings.filter(({ severity }) => severity === 'blocker' || severity === 'unknown');
  return new Map(
    kinds.flatMap(({ vmid }) => {
      const finding = against.find(({ subject, what }) =>
        new RegExp(`^(vm|ct) ${vmid}\\b`).test(/^pve\d$|^cluster$/.test(subject) ? what : subject),
      );
      const text = finding === undefined ? '' : `${finding.what}${finding.seen === '' ? '' : `: ${finding.seen}`}`;
      // Its name stands at the head of the row.
      return text === ''
        ? []
        : [[vmid, text.replace(/^(vm|ct) \d+ \(g\d+\) (on pve\d )?/, '').replace(/; its policy is migrate$/, '')] as const];
    }),
  );
}

function refusedAsItMust({ title, refused: must }: LabKind, said: string): Verdict {
  const held = must === undefined ? said === '' : must.test(said);
  const obligation = must === undefined ? 'nothing is said against it' : `it keeps its node up: ${must.source}`;
  return verdict(`${title}: ${obligation}`, held ? [] : [said === '' ? 'nothing was said' : said]);
}

function plannedFor(vmid: number, plan: Plan): Planned {
  const track = plan.tracks.find(({ guests }) => guests.some((guest) => guest.vmid === vmid));
  return {
    way: track?.guests.find((guest) => guest.vmid === vmid)?.way,
    to: track?.out?.find((move) => move.vmid === vmid)?.to,
  };
}

/** What was asked of the HA manager for a guest must be asked of it again. */
async function haRestored(cluster: LabCluster): Promise<Verdict> {
  const answer = await cluster.ssh.run(first(cluster), 'pvesh get /cluster/ha/resources --output-format json', 60_000);
  const resources = JSON.parse(answer) as readonly { readonly sid: string; readonly state: string }[];
  const wrong = kinds.flatMap(({ vmid, guest, title }) => {
    if (guest.ha === undefined) return [];
    const now = resources.find(({ sid }) => sid === `${guest.kind === 'lxc' ? 'ct' : 'vm'}:${vmid}`)?.state;
    return now === guest.ha.state ? [] : [`${title}: ${now ?? 'gone'}`];
  });
  return verdict('every service of the HA manager is asked for as before', wrong);
}
