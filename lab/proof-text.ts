/** The lab's proof as people read it. */
import { covered } from './evidence.ts';
import type { Interval, Versions } from './evidence.ts';
import type { Evidence, Verdict } from './verdict.ts';

/** Columns as wide as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd();
  return [line(head), `  ${widths.map((width) => '-'.repeat(width)).join('  ')}`, ...rows.map(line)].join('\n');
}

export function versionsText(before: ReadonlyMap<string, Versions>, after: ReadonlyMap<string, Versions>): string {
  const hosts = [...before.keys()];
  const names = [...new Set([...before.values(), ...after.values()].flatMap((versions) => [...versions.keys()]))].sort();
  const cell = (host: string, name: string) => {
    const [was, is] = [before.get(host)?.get(name) ?? '-', after.get(host)?.get(name) ?? '-'];
    return was === is ? is : `${was} -> ${is}`;
  };
  return table(
    ['package', ...hosts],
    names.map((name) => [name, ...hosts.map((host) => cell(host, name))]),
  );
}

export function bootsText({ hosts, boots, kernels }: Evidence): string {
  return table(
    ['node', 'boot ids, in their order', 'kernel'],
    hosts.map((host) => [host, (boots.get(host) ?? []).join(' -> '), kernels.get(host) ?? '']),
  );
}

/** @param startedMs when the service was started */
export function orderText(
  { hosts, changes, away }: Evidence,
  guestMoves: readonly (Interval & { vmid: number; from: string; to: string })[],
  startedMs: number,
): string {
  const rows = hosts.map((host) => {
    const own = changes.filter((change) => change.host === host).map(({ atMs }) => atMs);
    const patched = own.length === 0 ? undefined : { fromMs: Math.min(...own), toMs: Math.max(...own) };
    const gone = away.find((each) => each.host === host);
    const drained = guestMoves.filter(({ from }) => from === host);
    return { host, begins: Math.min(patched?.fromMs ?? Infinity, gone?.fromMs ?? Infinity), patched, gone, drained };
  });
  return table(
    ['node', 'guests moved away', 'packages changed', 'away until member again'],
    rows
      .sort((a, b) => a.begins - b.begins)
      .map(({ host, drained, patched, gone }) => [
        host,
        `${drained.length} in ${seconds(covered(drained))}`,
        span(patched, startedMs),
        span(gone, startedMs),
      ]),
  );
}

export function quorumText({ quorum, beganMs }: Evidence, startedMs: number): string {
  return table(
    ['time', 'as seen on', 'corosync says'],
    quorum.filter(({ atMs }) => atMs >= beganMs).map(({ atMs, host, text }) => [since(atMs, startedMs), host, text]),
  );
}

export function guestsText({ guests }: Evidence): string {
  return table(
    ['guest', 'home', 'now on', 'runs', 'interruptions'],
    guests.map(({ title, home, node, running, interruptions, mayStop, inHa }) => [
      `${title}${inHa ? ' (HA)' : ''}`,
      home,
      node,
      running ? 'yes' : 'NO',
      `${interruptions}${mayStop ? ' (may be interrupted)' : ''}`,
    ]),
  );
}

export function verdictsText(verdicts: readonly Verdict[]): string {
  return verdicts
    .map(({ obligation, held, seen }) => `  ${held ? 'ok    ' : 'FAILED'}  ${obligation}${held ? '' : `: ${seen}`}`)
    .join('\n');
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function span(interval: Interval | undefined, startedMs: number): string {
  if (interval === undefined) return '-';
  return `${since(interval.fromMs, startedMs)} to ${since(interval.toMs, startedMs)} (${seconds(interval.toMs - interval.fromMs)})`;
}

/** `T+01:05.2` */
function since(atMs: number, startedMs: number): string {
  const passed = Math.abs(atMs - startedMs) / 1000;
  const minutes = Math.floor(passed / 60);
  return `T${atMs < startedMs ? '-' : '+'}${String(minutes).padStart(2, '0')}:${(passed - minutes * 60).toFixed(1).padStart(4, '0')}`;
}

export function heading(text: string): void {
  console.log(`\n=== ${text} ${'='.repeat(Math.max(3, 110 - text.length))}`);
}

export function section(title: string, text: string): void {
  console.log(`\n${title}\n${text}`);
}
