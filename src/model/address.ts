/** Addresses and networks, of IPv4 and IPv6 alike. Pure. */
import { BlockList, isIP } from 'node:net';

/** @param network `10.1.2.0/24` @returns those of the addresses that are in it; nothing where that is no network */
export function addressesIn(network: string, addresses: readonly string[]): readonly string[] | undefined {
  const [base = '', length = ''] = network.split('/');
  const family = isIP(base);
  if (family === 0 || !/^\d{1,3}$/.test(length) || Number(length) > (family === 4 ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(base, Number(length), family === 4 ? 'ipv4' : 'ipv6');
  return addresses.filter((address) => isIP(address) === family && list.check(address, family === 4 ? 'ipv4' : 'ipv6'));
}
