/** The network of one node as guests and corosync rely on it: interfaces and bridges, and the links to the other members. */
import { z } from 'zod';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import { jsonQuery } from './foreign-json.ts';
import type { Query } from './query.ts';
import { answerQuery, filledLines, textQuery, unparsable } from './query.ts';

const link = z.object({
  ifname: z.string(),
  flags: z.array(z.string()),
  linkinfo: z.object({ info_kind: z.string().optional() }).optional(),
});

/** They come and go with guests and with Docker's containers and networks, which name them anew each time, and are nobody's network. */
const ofGuests = /^(lo$|tap\d|veth|fwbr\d|fwpr\d|fwln\d|br-[0-9a-f]{12}$)/;

/**
 * Names of interfaces and bridges that are up, sorted; those of guests are left out. One with a cable of its own counts only with a
 * carrier; a bridge counts without, as it has none while no guest runs on it. Source: `man ip-link`, recorded from iproute2 6.1.
 * @throws CommandFailed, Unparsable
 */
export const linksQuery: Query<readonly string[]> = jsonQuery(
  reads(deadlines.file, 'ip', '-details', '-json', 'link', 'show'),
  z.array(link),
  (rows) =>
    rows
      .filter(
        ({ ifname, flags, linkinfo }) =>
          !ofGuests.test(ifname) && flags.includes('UP') && (flags.includes('LOWER_UP') || !hasCable(linkinfo?.info_kind)),
      )
      .map(({ ifname }) => ifname)
      .sort(),
);

const stanzas = 'auto|allow-[a-z]+|iface|bridge[-_]ports|bond[-_]slaves|ovs_ports|ovs_bonds|vlan-raw-device';

/**
 * Names of the interfaces that the node's own configuration knows, sorted: those it brings up, and the ports of its bridges and bonds.
 * Networks of SDN zones are among them, as Proxmox VE writes them to a file beside the others. Whatever else is up was made by a program
 * that runs there: a VPN, a container engine. Empty where something else than ifupdown looks after them.
 * Source: `man interfaces`. @throws CommandFailed, Unparsable
 */
export const configuredLinksQuery: Query<readonly string[]> = answerQuery(
  reads(deadlines.file, 'grep', '-rhsE', `^[[:space:]]*(${stanzas})[[:space:]]`, '/etc/network/interfaces', '/etc/network/interfaces.d'),
  (answer, source, fail) => {
    // The folder may be missing; then it exits with 2, whatever it found in the file.
    if (answer.exitCode > 2) throw fail();
    const lines = filledLines(answer.stdout);
    if (answer.exitCode === 0 && lines.length === 0) throw unparsable(source, 'an interface', answer.stdout);
    const names = lines.flatMap((line) => {
      const [word = '', ...rest] = line.trim().split(/\s+/);
      if (!new RegExp(`^(${stanzas})$`).test(word)) throw unparsable(source, 'an interface', line);
      return word === 'iface' ? rest.slice(0, 1) : rest;
    });
    return [...new Set(names)].filter((name) => name !== 'lo' && name !== 'none').sort();
  },
);

const addressed = z.object({
  flags: z.array(z.string()),
  addr_info: z.array(z.object({ local: z.string().optional() })).optional(),
});

/** Addresses of interfaces that are up, as Proxmox VE looks for its own in the migration network. Source: `man ip-address`, facts 3.7. @throws CommandFailed, Unparsable */
export const addressesQuery: Query<readonly string[]> = jsonQuery(
  reads(deadlines.file, 'ip', '-json', 'address', 'show'),
  z.array(addressed),
  (rows) =>
    rows.flatMap(({ flags, addr_info: told = [] }) =>
      flags.includes('UP') ? told.flatMap(({ local }) => (local === undefined ? [] : [local])) : [],
    ),
);

/**
 * corosync's links to other members that are connected, as `link 0 to node 2`. Fails where corosync does not run, as on a lone node.
 * Source: capture `corosync-cfgtool-s`. @throws CommandFailed, Unparsable
 */
export const corosyncLinksQuery: Query<readonly string[]> = textQuery(reads(deadlines.quorum, 'corosync-cfgtool', '-s'), (text, source) => {
  if (!/^Local node ID/m.test(text)) throw unparsable(source, 'the local node', text);
  let at = '';
  return filledLines(text).flatMap((line) => {
    at = /^LINK ID (\d+)/.exec(line)?.[1] ?? at;
    const [, node, state] = /^\s*nodeid:\s*(\d+):\s*(\S+)/.exec(line) ?? [];
    return node !== undefined && state === 'connected' ? [`link ${at} to node ${node}`] : [];
  });
});

function hasCable(kind: string | undefined): boolean {
  return kind === undefined || kind === 'bond' || kind === 'team' || kind === 'veth';
}
