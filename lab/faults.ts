/** Trouble for a host, done to the real one and told to the simulated cluster where it cannot see it by itself. */
import type { World } from '../src/sim/world.ts';
import type { LabNode } from './cluster.ts';

/** The switch drops its link, or takes it up again; a cut outlives reboots. */
export async function cutLink({ name, host }: LabNode, cut: boolean, world?: World): Promise<void> {
  await host.link(!cut);
  world?.cut(name, cut);
}

/** Hung: ping and TCP connect still answer, nothing else moves. */
export async function hang({ name, host }: LabNode, hung: boolean, world?: World): Promise<void> {
  await host.freeze(hung);
  world?.hang(name, hung);
}

/** Dark at once, and dark until `plugIn`. */
export async function pullPlug({ host }: LabNode): Promise<void> {
  await host.pullPlug();
}

export function plugIn({ host }: LabNode): void {
  host.powerOn();
}

/** Its next reboot takes `ms` between going down and power. */
export function returnsAfter({ host }: LabNode, ms: number): void {
  host.returns = { kind: 'after', ms };
}

/** Its next reboot ends in the dark, until `plugIn`. */
export function neverReturns({ host }: LabNode): void {
  host.returns = { kind: 'never' };
}
