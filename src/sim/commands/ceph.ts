/** `ceph`: health, OSDs by host, and noout for one host (facts 5.2). */
import type { Process } from '../process.ts';

export function ceph(process: Process): number {
  const { world } = process;
  if (!world.ceph.present)
    return process.fail(1, "Error initializing cluster client: ObjectNotFound('RADOS object not found (error calling conf_read_file)')");
  if (world.ceph.config?.includes('mon_host') !== true)
    return process.fail(
      1,
      'unable to get monitor info from DNS SRV with service name: ceph-mon',
      '[errno 2] RADOS object not found (error connecting to the cluster)',
    );
  const words = operands(process.argv.slice(1));
  const command = words.join(' ');
  if (command === '' || command === 'status') return json(process, world.ceph.status());
  if (command === 'osd tree') return json(process, world.ceph.tree());
  if (command === 'osd dump') return json(process, world.ceph.dump());
  if (command === 'mgr dump') return json(process, world.ceph.managers());
  if (command === 'health' || command === 'health detail') return json(process, world.ceph.status()['health']);
  if (command.startsWith('osd ok-to-stop')) {
    const answer = world.ceph.okToStop(words.slice(2).map(Number));
    json(process, answer);
    return answer.ok_to_stop ? 0 : process.fail(16, 'Error EBUSY: unsafe to stop osd(s) at this time');
  }
  const group = /^osd (set|unset)-group noout (\S+)$/.exec(command);
  if (group === null) return process.fail(22, 'no valid command found', 'Error EINVAL: invalid command');
  const [, verb, host = ''] = group;
  if (!world.ceph.setNoout(host, verb === 'set')) return process.fail(22, `Error EINVAL: invalid host ${host}`);
  return 0;
}

/** The words that are neither options nor their values; `-s` is the status. */
function operands(words: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '-f' || word === '--format' || word === '--connect-timeout') at++;
    else if (!word.startsWith('-')) kept.push(word);
  }
  return kept;
}

function json(process: Process, value: unknown): number {
  process.write(`\n${JSON.stringify(value)}\n`);
  return 0;
}
