/** `ip -details -json link show`: interfaces, bridges, networks of SDN zones that the node is in, and one tap for each VM that runs (recorded from iproute2 6.1). */
import type { Process } from '../process.ts';

export function ip(process: Process): number {
  const { world, node } = process;
  const { argv } = process;
  if (argv.includes('-json') && argv.includes('address')) return addresses(process);
  if (!argv.includes('-json') || !argv.includes('link')) return process.fail(255, `Object "${argv[1] ?? ''}" is unknown, try "ip help".`);
  const taps = world.guests.upOn(node.name).map(({ vmid }) => `tap${vmid}i0`);
  const networks = Object.entries(world.spec.networks ?? {}).flatMap(([name, nodes]) => (nodes.includes(node.name) ? [name] : []));
  const rows = ['lo', ...new Set([...node.links, ...networks]), ...taps].map((ifname, at) => {
    const up = !node.downLinks.has(ifname);
    return {
      ifindex: at + 1,
      ifname,
      flags: [ifname === 'lo' ? 'LOOPBACK' : 'BROADCAST', ...(up ? ['UP', 'LOWER_UP'] : [])],
      mtu: 1500,
      operstate: up ? 'UP' : 'DOWN',
      link_type: ifname === 'lo' ? 'loopback' : 'ether',
      ...(/^(vmbr|docker|cni)/.test(ifname) || networks.includes(ifname) ? { linkinfo: { info_kind: 'bridge' } } : {}),
    };
  });
  process.out(JSON.stringify(rows));
  return 0;
}

/** `ip -json address show`, as far as anybody reads it. */
function addresses(process: Process): number {
  const { node } = process;
  const [first = 'vmbr0'] = node.links.filter((name) => name.startsWith('vmbr'));
  const told = [...new Set([node.address, ...(node.spec.addresses ?? [])])];
  const infos = told.map((local) => ({ family: local.includes(':') ? 'inet6' : 'inet', local, prefixlen: 24, scope: 'global' }));
  process.out(
    JSON.stringify([
      {
        ifindex: 1,
        ifname: 'lo',
        flags: ['LOOPBACK', 'UP', 'LOWER_UP'],
        addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8, scope: 'host' }],
      },
      { ifindex: 2, ifname: first, flags: ['BROADCAST', 'UP', 'LOWER_UP'], addr_info: infos },
    ]),
  );
  return 0;
}
