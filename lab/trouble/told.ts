/** What people were told while a run was under way, and that no secret of theirs was left anywhere. */
import { verdict } from '../verdict.ts';
import type { LabCluster } from '../cluster.ts';
import type { ProcessList } from '../process-list.ts';
import type { Receivers } from '../receivers.ts';
import type { Verdict } from '../verdict.ts';

/** @param wanted what each receiver must have got, in this order; what comes from two peers at once in any */
export function toldAll({ arrived, config }: Receivers, wanted: readonly (readonly RegExp[])[]): readonly Verdict[] {
  const names = config.flatMap((line) => /^ {2}(\w+): \{/.exec(line)?.[1] ?? []);
  return names.map((name) => {
    const titles = arrived.filter(({ receiver }) => receiver === name).map(({ title }) => title);
    const rest = [...titles];
    const wrong = wanted.flatMap((group) => {
      const next = rest.splice(0, group.length);
      return group
        .filter((title) => !next.some((one) => title.test(one)))
        .map((title) => `${title.source} is not among ${next.join(' | ')}`);
    });
    return verdict(`${name} was told all of it, in its order and once`, [...wrong, ...rest.map((title) => `besides: ${title}`)]);
  });
}

/** Searches the disk and the journal of every host, and what was seen of its processes. */
export async function noSecretLeft(cluster: LabCluster, secrets: readonly string[], processes: ProcessList): Promise<readonly Verdict[]> {
  const words = secrets.map((secret) => `-e '${secret}'`).join(' ');
  // Where they belong, and nowhere else.
  const places = 'grep -v -e ^/etc/proxroll/ntfy -e ^/etc/proxroll/environment -e ^/etc/credstore/gotify';
  const found = await Promise.all(
    cluster.nodes.map(async ({ name, address }) => {
      const files = await cluster.ssh.try(address, `grep -rlF ${words} /etc /run /var /tmp /root 2>/dev/null | ${places}`, 120_000);
      const log = await cluster.ssh.try(address, `journalctl --no-pager --output=export | grep -acF ${words}`, 60_000);
      return [
        ...files.stdout.split('\n').filter((line) => line !== ''),
        ...(log.stdout.trim() === '0' ? [] : [`${log.stdout.trim()} lines of the journal`]),
      ].map((where) => `${name}: ${where}`);
    }),
  );
  const shown = [...processes.seen].filter((words) => secrets.some((secret) => words.includes(secret)));
  const told = await reports(cluster, secrets);
  return [
    verdict('no secret is left on the disk or in the journal of any host', found.flat()),
    verdict(`no secret stood in the process list, read ${processes.looks} times with ${processes.seen.size} different lines`, [
      ...shown,
      ...(processes.seen.size < 100 ? ['too few to say so'] : []),
    ]),
    verdict('no secret is in what the commands print', told),
  ];
}

/** What an operator would look at or give away. */
async function reports(cluster: LabCluster, secrets: readonly string[]): Promise<readonly string[]> {
  const [carrier] = cluster.nodes;
  if (carrier === undefined) return ['there is no host'];
  const run = (await cluster.ssh.run(carrier.address, 'ls /var/lib/proxroll/runs')).trim().split('\n').at(-1) ?? '';
  const commands = [
    'proxroll status --json',
    'proxroll report',
    'proxroll report --json',
    'proxroll report --html',
    `proxroll history show ${run}`,
    'proxroll config show',
    'proxroll config check',
    'proxroll metrics',
    'proxroll notify test',
    `proxroll bundle ${run} -o /root/bundle.tar.gz && tar -xzOf /root/bundle.tar.gz && rm /root/bundle.tar.gz`,
    'systemctl status --no-pager proxroll.service',
  ];
  const leaky: string[] = [];
  for (const command of commands) {
    const { stdout, stderr } = await cluster.ssh.try(carrier.address, command, 120_000);
    if (`${stdout}${stderr}`.trim() === '') leaky.push(`${command} printed nothing`);
    if (secrets.some((secret) => `${stdout}${stderr}`.includes(secret))) leaky.push(command);
  }
  return leaky;
}
