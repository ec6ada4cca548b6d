/**
 * The switch: a bridge in the lab's own network namespace, and one veth pair and namespace per host. No address of it is
 * visible outside, so every run uses the same subnet.
 */
import { attempt, run } from './command.ts';

const subnet = '10.99.0';
const bridge = 'switch';

/** The lab's own address: package repository and the place ssh comes from. */
export const switchAddress = `${subnet}.1`;

/** @param index from 1, as in pve1 */
export function hostAddress(index: number): string {
  return `${subnet}.${10 + index}`;
}

export async function makeSwitch(): Promise<void> {
  await ip('link', 'set', 'lo', 'up');
  await ip('link', 'add', bridge, 'type', 'bridge', 'forward_delay', '0');
  await ip('address', 'add', `${switchAddress}/24`, 'dev', bridge);
  await ip('link', 'set', bridge, 'up');
}

/**
 * Plugs a host in, with a new namespace and link: a kept one would carry bridges and rules over a reboot. The hardware address
 * stays the same, or the others' neighbour tables are wrong for half a minute.
 */
export async function plugIn(host: string, index: number, linkUp: boolean): Promise<void> {
  await unplug(host);
  await ip('netns', 'add', host);
  const hardware = `02:00:00:99:00:${(10 + index).toString(16).padStart(2, '0')}`;
  await ip('link', 'add', switchSide(host), 'type', 'veth', 'peer', 'name', 'eth0', 'address', hardware, 'netns', host);
  await ip('link', 'set', switchSide(host), 'master', bridge);
  await ip('-n', host, 'link', 'set', 'lo', 'up');
  await ip('-n', host, 'address', 'add', `${hostAddress(index)}/24`, 'dev', 'eth0');
  await ip('-n', host, 'link', 'set', 'eth0', 'up');
  await setLink(host, linkUp);
}

/** Cuts a host off at the switch, or heals the link. */
export async function setLink(host: string, up: boolean): Promise<void> {
  await ip('link', 'set', switchSide(host), up ? 'up' : 'down');
}

async function unplug(host: string): Promise<void> {
  // Both may be missing: at the first boot, and when the kernel removed the pair with the host's namespace.
  await attempt(['ip', 'link', 'delete', switchSide(host)]);
  await attempt(['ip', 'netns', 'delete', host]);
}

function switchSide(host: string): string {
  return `v-${host}`;
}

async function ip(...args: readonly string[]): Promise<void> {
  await run(['ip', ...args]);
}
