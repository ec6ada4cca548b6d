/** Who is on hold at this moment: one file a node, asked side by side, and nobody is waited for who does not answer at once. */
import type { At } from '../clients/at.ts';
import { holdQuery } from '../clients/host.ts';
import { askMembers } from '../clients/pmxcfs.ts';
import { ask } from '../clients/query.ts';
import { holdOf, type NodeHold } from '../model/hold.ts';
import type { Host } from '../ports/shell.ts';
import { isPassing } from './passing.ts';
import type { Site } from './site.ts';

/** Whoever asks for the status wants to read it now. */
const patienceMs = 5000;

/** @returns the nodes that are on hold, and those of which it is not known; empty where not even the members are known */
export async function holdsNow(own: At, site: Site): Promise<readonly NodeHold[]> {
  const hosts = await membersNow(own);
  const holds = await Promise.all(hosts.map((host) => holdOn(host, site)));
  return holds.flatMap((hold) => hold ?? []);
}

async function membersNow(own: At): Promise<readonly Host[]> {
  try {
    const members = await askMembers(own);
    if (members.kind === 'lone') return [{ name: members.ownNode, own: true }];
    return members.nodes
      .filter(({ online }) => online)
      .map(({ name, address }) => ({ name, own: name === members.ownNode, ...(address === undefined ? {} : { address }) }));
  } catch (error) {
    if (!isPassing(error)) throw error;
    return [];
  }
}

async function holdOn(host: Host, { ports, config }: Site): Promise<NodeHold | undefined> {
  const answered = new AbortController();
  const asked = ask({ shell: ports.shell, host }, holdQuery(config.hold_paths)).then(
    (files): NodeHold | undefined => {
      const hold = holdOf(files, ports.clock.now());
      return hold === 'none' ? undefined : { node: host.name, known: true, ...hold };
    },
    (error: unknown): NodeHold => {
      if (!isPassing(error)) throw error;
      return { node: host.name, known: false, why: error.message };
    },
  );
  const late = ports.clock
    .sleep(patienceMs, answered.signal)
    .then((): NodeHold => ({ node: host.name, known: false, why: `${host.name} does not answer` }));
  try {
    return await Promise.race([asked, late]);
  } finally {
    answered.abort();
  }
}
