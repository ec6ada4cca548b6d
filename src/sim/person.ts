/** The person who is told why a run paused, and does what the pause asks for before resuming it. */
import type { Scene } from './faults/fault.ts';
import type { SimGuest } from './guest.ts';
import { newestOf } from './node.ts';
import type { Ending } from './rehearse.ts';
import type { World } from './world.ts';

/** proxroll's configuration, as its file says it. */
type Words = Readonly<Record<string, unknown>>;

/** Somebody who remembers what they have written into the configuration. @param config as it is at first */
export function somebody(config: Words): (scene: Scene, ending: Ending) => void {
  let written = config;
  return (scene, ending) => {
    const edit = 'code' in ending && ending.code !== undefined ? edits[ending.code] : undefined;
    if (edit !== undefined) scene.person({ kind: 'edits-config', config: (written = { ...written, ...edit }) });
    obey(scene, ending);
  };
}

/** Where a pause asks for another setting. */
const edits: Readonly<Record<string, Words>> = {
  // They have looked at it, and it is harmless.
  'rejoin.kernel-error': { kernel_errors: 'warn' },
  'trial.failed': { new_kernel: 'boot' },
};

/** What sweeps and seeds can bring about: a full disk, a dpkg that was cut short, guests that were lost on their way. */
function obey({ world, agent }: Scene, ending: Ending): void {
  const code = 'code' in ending ? ending.code : undefined;
  agent.disk.freeBytes = Number.POSITIVE_INFINITY;
  for (const { apt, alive } of world.nodes) {
    if (!alive || apt.audit === '' || apt.failing.size > 0) continue;
    // `dpkg --configure -a`: what was unpacked when the power went is set up.
    apt.audit = '';
    apt.states.clear();
  }
  // `ha-manager set SID --state disabled`, then `started`: what the manager has given up, whether or not it still runs.
  const givenUp = ending.kind === 'blocked' || (code !== undefined && /^(maintenance\.deadline|check\.blocked|drain\.refused)$/.test(code));
  if (givenUp) for (const { sid } of world.ha.services.all) world.ha.services.clearError(sid);
  if (code === 'reboot.old-kernel') bootNewest(world);
  // `pvesr run --id`: no replication runs by itself in these worlds.
  if (code === 'check.blocked' || ending.kind === 'blocked')
    for (const guest of world.guests.all)
      guest.replicas = new Map([...guest.replicas].map(([node, replica]) => [node, { ...replica, syncedAtMs: world.timers.now() }]));
  for (const guest of world.guests.all) {
    const node = world.node(guest.node);
    // A guest that ignores its shutdown is stopped by hand, when the pause asks for it.
    if (code === 'drain.refused' && guest.shutdownMs === 'never' && guest.up && isNamed(guest, ending))
      world.guests.halt(guest, 'it was stopped by hand');
    if (!isLost(guest, code) || guest.up || !node.alive) continue;
    // `qm unlock`, `qm start`, `pct start`: what a power cut left behind in mid-migration.
    guest.lock = undefined;
    if (!world.ha.manages(guest)) void world.guests.start(guest, node);
    else {
      world.ha.services.clearError(guest.sid);
      world.ha.kick();
    }
  }
}

/** The newest kernel is chosen from the menu of the node that was to boot it, unless it hangs there. */
function bootNewest(world: World): void {
  const asked = world.log.entries.filter(({ event }) => event.type === 'node.asked-to-reboot').at(-1)?.subject;
  const behind = world.nodes.filter((node) => node.alive && node.runningKernel !== newestOf(node));
  // One that lost its power before the order reached it was never asked.
  const node =
    behind.find(({ name }) => name === asked) ??
    behind.find(({ defaultKernel, runningKernel }) => defaultKernel === runningKernel) ??
    behind[0];
  if (node === undefined) return;
  const newest = newestOf(node);
  if (node.badKernels.has(newest) || node.spec.pinnedKernel !== undefined) return;
  world.boot.cutPower(node, 'power', false);
  node.nextBoot = { ...node.nextBoot, oldKernel: false, fromMenu: newest };
  world.nodeCameUp(node.name);
}

function isNamed({ title }: SimGuest, ending: Ending): boolean {
  return 'what' in ending && ending.what?.includes(`${title} (`) === true;
}

/** What a pause may name as not running. */
function isLost(guest: SimGuest, code: string | undefined): boolean {
  const why = guest.interruptions.at(-1)?.why ?? '';
  if (guest.lock === 'migrate' || why === 'restart migration') return true;
  const named = code === 'guest.lost' || (code === 'rejoin.deadline' && /lost power|rebooted|went down/.test(why));
  // One that starts with its node has run since, though it did not when the world began.
  return named && (guest.meantToRun || guest.onBoot) && guest.lock === undefined && !/by hand/.test(why);
}
