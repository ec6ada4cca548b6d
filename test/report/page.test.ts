import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportPage } from '../../src/report/page/page.ts';
import { reportText } from '../../src/report/report-text.ts';
import { runReport } from '../../src/report/run-report.ts';
import { began, entriesOf, untilFinished, untilPaused, untilReboot, type Told } from './a-run.ts';

const page = (told: readonly Told[]): string => reportPage(runReport(entriesOf(told)));
const stories: readonly (readonly [string, readonly Told[]])[] = [
  ['finished', untilFinished],
  ['paused', untilPaused],
  ['running', untilReboot],
  ['just begun', [began]],
];

for (const [name, told] of stories) {
  test(`the page of a run (${name}) must be read without a script and load nothing`, () => {
    const text = page(told);
    assert.doesNotMatch(text, /<script|<link|<img|<iframe|@import|url\(|\bon\w+="|javascript:/i);
    assert.doesNotMatch(text, /(src|href)="(?!#)/i);
    assert.match(text, /Content-Security-Policy"\s+content="default-src 'none'/);
  });

  test(`the page of a run (${name}) must close what it opens`, () => {
    const open: string[] = [];
    for (const [, close, tag = ''] of page(told).matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
      if (['meta', 'br'].includes(tag)) continue;
      if (close === '') open.push(tag);
      else assert.equal(open.pop(), tag);
    }
    assert.deepEqual(open, []);
  });

  test(`no line of the report of a run (${name}) must be wider than asked, but for a word that is`, () => {
    for (const width of [60, 80, 110])
      for (const line of reportText(runReport(entriesOf(told)), { width, colour: false }).split('\n'))
        assert.ok(line.length <= width || !line.trim().includes(' ') || /\S{30}/.test(line), `${width}: ${line}`);
  });
}

test('what comes from outside must be text on the page, whatever it says', () => {
  const nasty = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;
  const told: readonly Told[] = [
    ...untilFinished.slice(0, -1),
    [402, { type: 'warned', subject: nasty, what: nasty, next: nasty }],
    [403, { type: 'guest.leaving', vmid: 7, kind: 'qemu', title: nasty, from: nasty, to: nasty, how: 'live-migration' }],
    [404, { type: 'guest.stays', vmid: 7, title: nasty, on: nasty, detail: nasty }],
    [405, { type: 'loan.taken', loan: { kind: 'ha-maintenance', node: nasty } }],
    [406, { type: 'run.paused', code: 'host.silent', what: nasty, seen: nasty, next: nasty }],
  ];
  const text = page(told);
  assert.doesNotMatch(text, /<script|<img|onerror='/);
  assert.ok(text.split('&lt;script&gt;').length > 8);
});

test('packages must be told with their versions before and after, and security marked', () => {
  const text = page(untilFinished).replaceAll(/\s+/g, ' ');
  assert.match(text, /openssl <span class="tag warn">security<\/span>.*?3\.5\.1-1<\/span>.*?3\.5\.1-1\+deb13u1<\/span>/);
  assert.match(text, /proxmox-kernel-6\.14\.8-pve<\/th>.*?new<\/span>/);
});

test('a paused run must say first what it waits for and what is next', () => {
  const text = page(untilPaused).replaceAll(/\s+/g, ' ');
  const note = text.indexOf('It waits for a person');
  assert.ok(note > 0 && note < text.indexOf('id="timeline"'));
  assert.match(
    text.slice(note),
    /pve2 has not rejoined the cluster.*rejoin\.deadline.*2 of 3 members present.*look at the console of pve2/,
  );
});
