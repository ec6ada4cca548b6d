/** The end of a run tells of what is down: nobody looks for what a finished run does not name. */
import type { WorldEvent } from '../facts.ts';
import type { History, Journaled } from './history.ts';

/** What happens in the last moment cannot be known. */
const noticedMs = 60_000;

export function endTold(history: History): string | undefined {
  for (const [index, entry] of history.journal.entries()) {
    if (entry.event.type !== 'run.finished') continue;
    const said = [...entry.event.left, ...(entry.event.after?.elsewhere ?? []).map(({ title, why }) => `${title} ${why}`)];
    const what = silentlyDown(history, entry, history.journal.slice(0, index), said);
    if (what !== undefined) return `${what}, and the end does not say so`;
  }
  return undefined;
}

function silentlyDown(
  { facts, world }: History,
  end: Journaled,
  before: readonly Journaled[],
  said: readonly string[],
): string | undefined {
  const patched = before.flatMap(({ event }) => (event.type === 'node.done' && (event.packages > 0 || event.rebooted) ? [event.node] : []));
  const ours = new Set(
    before.flatMap(({ event }) => {
      if (event.type === 'guest.leaving') return [event.vmid];
      return event.type === 'plan.made' ? event.plan.tracks.flatMap(({ guests }) => guests.map(({ vmid }) => vmid)) : [];
    }),
  );
  const last = <Found>(read: (event: WorldEvent) => Found | undefined) =>
    facts
      .slice(0, end.at)
      .filter(({ event }) => read(event) !== undefined)
      .map(({ event, atMs }) => ({ found: read(event), forMs: end.atMs - atMs }))
      .at(-1);
  for (const name of patched) {
    const power = last((event) => ('node' in event && event.node === name ? /^node\.(up|down)$/.exec(event.type)?.[1] : undefined));
    if (power?.found === 'down' && power.forMs > noticedMs && !said.some((text) => text.startsWith(`${name}: `))) return `${name} is down`;
  }
  for (const vmid of ours) {
    const state = last((event) => {
      if (!('vmid' in event) || event.vmid !== vmid) return undefined;
      if (event.type === 'guest.runs') return 'runs';
      // Whoever stopped it knows.
      if (event.type === 'guest.stopped') return /by hand/.test(event.why) ? 'stopped by hand' : 'stopped';
      return undefined;
    });
    const title = world.guests.find(vmid)?.title;
    if (title === undefined || state?.found !== 'stopped' || state.forMs <= noticedMs) continue;
    if (!said.some((text) => text.startsWith(`${title} (`))) return `${title} does not run`;
  }
  return undefined;
}
