/** The person who is told why a run paused, and does what the pause asks for before resuming it. */
import type { Scene } from './faults.ts';

/** What sweeps and seeds can bring about: a full disk, a dpkg that was cut short, guests that were lost on their way. */
export function obey({ world, agent }: Scene): void {
  agent.disk.freeBytes = Number.POSITIVE_INFINITY;
  for (const { apt, alive } of world.nodes) {
    if (!alive || apt.audit === '' || apt.failing.size > 0) continue;
    // `dpkg --configure -a`: what was unpacked when the power went is set up.
    apt.audit = '';
    apt.states.clear();
  }
  for (const guest of world.guests.all) {
    const node = world.node(guest.node);
    const lost = guest.lock === 'migrate' || guest.interruptions.at(-1)?.why === 'restart migration';
    if (!lost || guest.up || !node.alive) continue;
    // `qm unlock`, `qm start`, `pct start`: what a power cut left behind in mid-migration.
    guest.lock = undefined;
    if (!world.ha.manages(guest)) void world.guests.start(guest, node);
    else world.ha.services.clearError(guest.sid);
  }
}
