/** What must hold on the hosts once the run is over, asked of them rather than read from their records. */
import { packageChanges } from './evidence.ts';
import { first } from './operator.ts';
import { serviceRun } from './service.ts';
import { verdict } from './verdict.ts';
import type { World } from '../src/sim/world.ts';
import type { LabCluster } from './cluster.ts';
import type { Evidence, Verdict } from './verdict.ts';

/** What was borrowed must be back. */
export async function putBack(cluster: LabCluster): Promise<readonly Verdict[]> {
  const lock = await cluster.ssh.run(first(cluster), 'ls /etc/pve/priv/lock');
  const verdicts = [
    verdict(
      'the lock of the cluster was given back',
      lock.split('\n').filter((name) => name === 'proxroll'),
    ),
  ];
  if (cluster.nodes.length === 1) return verdicts;
  const manager = await cluster.ssh.run(first(cluster), 'pvesh get /cluster/ha/status/manager_status --output-format json');
  return [...verdicts, verdict('no node is left in HA maintenance', manager.match(/"pve\d":"maintenance"/g) ?? [])];
}

/** A second run right after must find nothing to do and touch nothing. */
export async function again(cluster: LabCluster, world: World, evidence: Evidence): Promise<readonly Verdict[]> {
  const factsBefore = world.log.entries.length;
  await serviceRun(cluster);
  const said = await cluster.ssh.run(first(cluster), 'journalctl -u proxroll --no-pager --output=cat --lines=20');
  const changes = await packageChanges(cluster);
  const boots = cluster.nodes.filter(({ name }) => cluster.record.boots(name).length !== evidence.boots.get(name)?.length);
  const facts = world.log.entries.slice(factsBefore).filter(({ told }) => told);
  return [
    verdict('a second run says that there is nothing to do', /nothing to do/.test(said) ? [] : [said]),
    verdict('a second run touches nothing', [
      ...changes.slice(evidence.changes.length).map(({ host, name }) => `${name} on ${host}`),
      ...boots.map(({ name }) => `${name} rebooted`),
      ...facts.map(({ subject, text }) => `${subject} ${text}`),
    ]),
  ];
}

/** With another ssh user, root's key must open nothing: else the run could have used it. */
export async function rootIsOut(cluster: LabCluster): Promise<Verdict> {
  const tried = await Promise.all(
    cluster.nodes
      .slice(1)
      .map(({ name }) => cluster.ssh.try(first(cluster), `ssh -o BatchMode=yes -o HostKeyAlias=${name} root@${name} true`)),
  );
  return verdict(
    'root cannot log in to the other nodes',
    tried.filter(({ stderr }) => !stderr.includes('Permission denied')).map(({ stderr }) => stderr),
  );
}
