import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWindow, windowNow } from '../../src/model/window.ts';

const texts: readonly [text: string, days: string | undefined, from?: number, to?: number][] = [
  ['sun 04:00-08:00', 'sun', 240, 480],
  ['sat,sun 04:00-08:00', 'sat,sun', 240, 480],
  ['Mon-Fri 22:00-02:00', 'mon,tue,wed,thu,fri', 1320, 120],
  ['fri-mon 0:30-24:00', 'fri,sat,sun,mon', 30, 1440],
  ['daily 01:00-02:00', 'mon,tue,wed,thu,fri,sat,sun', 60, 120],
  ['', undefined],
  ['sunday 04:00-08:00', undefined],
  ['sun 04:00', undefined],
  ['sun 04:60-08:00', undefined],
  ['sun 24:00-08:00', undefined],
  ['sun 04:00-25:00', undefined],
  ['mon-tue-wed 04:00-05:00', undefined],
];
for (const [text, days, from, to] of texts)
  test(`the window '${text}' must ${days === undefined ? 'be refused' : `open on ${days}`}`, () => {
    const window = parseWindow(text);
    assert.equal(window?.days.join(','), days);
    if (days !== undefined) assert.deepEqual([window?.fromMinute, window?.toMinute], [from, to]);
  });

// 1 March 2026 is a Sunday.
const cases: readonly [obligation: string, windows: string[], now: string, zone: string, says: object][] = [
  ['without windows any time must be right', [], '2026-03-01T12:00Z', 'UTC', { kind: 'always' }],
  ['inside a window the time left must be told', ['sun 04:00-08:00'], '2026-03-01T05:30Z', 'UTC', { kind: 'open', leftMinutes: 150 }],
  [
    'the minute a window closes must be outside',
    ['sun 04:00-08:00'],
    '2026-03-01T08:00Z',
    'UTC',
    { kind: 'closed', opensInMinutes: 6 * 1440 + 1200 },
  ],
  [
    'a window over midnight must be open after midnight',
    ['sat 22:00-02:00'],
    '2026-03-01T01:00Z',
    'UTC',
    { kind: 'open', leftMinutes: 60 },
  ],
  [
    'a window over midnight must not be open on the night before',
    ['sun 22:00-02:00'],
    '2026-03-01T01:00Z',
    'UTC',
    { kind: 'closed', opensInMinutes: 21 * 60 },
  ],
  [
    'windows that follow on each other must count as one',
    ['sun 04:00-06:00', 'sun 06:00-07:00'],
    '2026-03-01T05:00Z',
    'UTC',
    { kind: 'open', leftMinutes: 120 },
  ],
  [
    'the zone must decide what the clock shows',
    ['sun 04:00-08:00'],
    '2026-03-01T03:30Z',
    'Europe/Berlin',
    { kind: 'open', leftMinutes: 210 },
  ],
  [
    'a window in another zone must be able to lie on another day',
    ['sat 20:00-23:00'],
    '2026-03-01T03:30Z',
    'America/New_York',
    { kind: 'open', leftMinutes: 30 },
  ],
  [
    'an hour that the wall clock skips must not count as time left',
    ['sun 01:00-04:00'],
    '2026-03-29T00:30Z',
    'Europe/Berlin',
    { kind: 'open', leftMinutes: 90 },
  ],
  [
    'a window that would close in the hour that is skipped must close where the clock jumps',
    ['sun 00:00-02:30'],
    '2026-03-29T00:30Z',
    'Europe/Berlin',
    { kind: 'open', leftMinutes: 30 },
  ],
  [
    'an hour that the wall clock shows twice must count twice',
    ['sun 01:00-04:00'],
    '2026-10-24T23:30Z',
    'Europe/Berlin',
    { kind: 'open', leftMinutes: 210 },
  ],
];
for (const [obligation, windows, now, zone, says] of cases)
  test(obligation, () => {
    assert.deepEqual(
      windowNow(
        windows.flatMap((text) => parseWindow(text) ?? []),
        Date.parse(now),
        zone,
      ),
      says,
    );
  });
