/** Maintenance windows: when a run may touch nodes. Pure; time zones come from the runtime's own data (Intl). */

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** `from` and `to` are minutes since midnight; `to` at or before `from` ends on the next day. */
export interface MaintenanceWindow {
  readonly days: readonly Weekday[];
  readonly fromMinute: number;
  readonly toMinute: number;
}

export type WindowNow =
  /** No windows are configured: any time is right. */
  | { readonly kind: 'always' }
  | { readonly kind: 'open'; readonly leftMinutes: number }
  | { readonly kind: 'closed'; readonly opensInMinutes: number };

const dayMinutes = 1440;

/** `sat,sun 04:00-08:00`, `mon-fri 22:00-02:00`, `daily 01:00-24:00`. @returns nothing for another text */
export function parseWindow(text: string): MaintenanceWindow | undefined {
  const [, dayText, from, to] = /^(\S+) +(\d{1,2}:\d{2})-(\d{1,2}:\d{2})$/.exec(text.trim().toLowerCase()) ?? [];
  if (dayText === undefined || from === undefined || to === undefined) return undefined;
  const days = dayText === 'daily' ? weekdays : daysOf(dayText);
  const [fromMinute, toMinute] = [minuteOf(from), minuteOf(to)];
  if (days === undefined || fromMinute === undefined || fromMinute === dayMinutes || toMinute === undefined) return undefined;
  return { days, fromMinute, toMinute };
}

function daysOf(text: string): readonly Weekday[] | undefined {
  const days: Weekday[] = [];
  for (const part of text.split(',')) {
    const [first = '', last = first, more] = part.split('-');
    const [from, to] = [weekdays.indexOf(first as Weekday), weekdays.indexOf(last as Weekday)];
    if (from < 0 || to < 0 || more !== undefined) return undefined;
    for (let day = from; ; day = (day + 1) % 7) {
      const name = weekdays[day];
      if (name !== undefined) days.push(name);
      if (day === to) break;
    }
  }
  return days;
}

/** `04:30` as minutes since midnight; `24:00` is the day's end. @returns nothing for another text */
function minuteOf(text: string): number | undefined {
  const [hours, minutes] = text.split(':').map(Number);
  if (hours === undefined || minutes === undefined || minutes > 59) return undefined;
  const total = hours * 60 + minutes;
  return total <= dayMinutes ? total : undefined;
}

/**
 * Whether a window is open now and for how long; windows that follow on each other count as one. On the night of a clock
 * change the hours are those the wall clock shows, so a window may be an hour shorter or longer than it says.
 * @param timeZone an IANA name
 */
export function windowNow(windows: readonly MaintenanceWindow[], nowMs: number, timeZone: string): WindowNow {
  if (windows.length === 0) return { kind: 'always' };
  const wallClock = weekMinutes(timeZone);
  const now = wallClock(nowMs);
  if (!isOpen(windows, now)) {
    for (let wait = 1; wait <= 7 * dayMinutes; wait += 1) if (isOpen(windows, now + wait)) return { kind: 'closed', opensInMinutes: wait };
    return { kind: 'closed', opensInMinutes: 7 * dayMinutes };
  }
  // Minute by minute of real time: a turn that would end in an hour that the wall clock skips would end outside.
  let left = 1;
  while (left < 7 * dayMinutes && isOpen(windows, wallClock(nowMs + left * 60_000))) left += 1;
  return { kind: 'open', leftMinutes: left };
}

function isOpen(windows: readonly MaintenanceWindow[], minute: number): boolean {
  const day = Math.floor(minute / dayMinutes) % 7;
  const ofDay = minute % dayMinutes;
  const includes = (window: MaintenanceWindow, at: number) => {
    const name = weekdays[(at + 7) % 7];
    return name !== undefined && window.days.includes(name);
  };
  return windows.some((window) => {
    if (window.toMinute > window.fromMinute) return includes(window, day) && ofDay >= window.fromMinute && ofDay < window.toMinute;
    return (includes(window, day) && ofDay >= window.fromMinute) || (includes(window, day - 1) && ofDay < window.toMinute);
  });
}

/** Minutes since Monday 00:00 on the wall clock of the zone. */
function weekMinutes(timeZone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return (ms) => {
    const parts = format.formatToParts(ms);
    const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? '';
    const day = weekdays.indexOf(part('weekday').toLowerCase() as Weekday);
    return day * dayMinutes + Number(part('hour')) * 60 + Number(part('minute'));
  };
}
