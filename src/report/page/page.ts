/**
 * The report as one page: everything is in it, nothing is loaded, and it is read without a script. Its policy forbids both, so that not even
 * a guest's name could bring one in.
 */
import { bytesText } from '../../model/bytes.ts';
import { durationText } from '../../model/duration.ts';
import { dateTime } from '../clock-time.ts';
import { bySeverity } from '../findings.ts';
import { guestsToKnow, headlineText, undone } from '../headline.ts';
import type { RunReport } from '../run-report.ts';
import { guestsSection, loansSection } from './guests.ts';
import { markup, nothing, section, table, type Markup } from './markup.ts';
import { nodesSection, packagesSection, rebootsSection } from './nodes.ts';
import { style } from './style.ts';
import { timeline } from './timeline.ts';

/** @returns a whole HTML document */
export function reportPage(report: RunReport): string {
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        />
        <meta name="referrer" content="no-referrer" />
        <title>${report.cluster}: ${headlineText(report)} (${report.run})</title>
        <style>
          ${{ source: style }}
        </style>
      </head>
      <body>
        ${head(report)}
        <main>
          ${pausedNote(report)}${undoneNote(report)}${guestsNote(report)}${timeline(report)}${nodesSection(report)}${packagesSection(report)}${rebootsSection(report)}${guestsSection(report)}${findingsSection(report)}${loansSection(report)}${timeSection(report)}
        </main>
        <footer>
          <p>
            Made by proxroll ${report.version} from the journal of run ${report.run}. Times are those of ${report.node}. The same again:
            <code>proxroll report ${report.run}</code>
          </p>
        </footer>
      </body>
    </html> `.source;
}

function head(report: RunReport): Markup {
  const { phase, totals, nodes } = report;
  const lostMs = report.lost.reduce((sum, { ms }) => sum + ms, 0);
  const tone = phase === 'finished' ? 'good' : phase === 'running' ? 'warn' : 'bad';
  const figure = (what: string, value: string) =>
    markup`<div>
      <dt>${what}</dt>
      <dd>${value}</dd>
    </div> `;
  const links: readonly (readonly [string, string])[] = [
    ['timeline', 'Timeline'],
    ['nodes', 'Nodes'],
    ['packages', 'Packages'],
    ['reboots', 'Reboots'],
    ['guests', 'Guests'],
    ['findings', 'Findings'],
    ['loans', 'Loans'],
    ['time', 'Time'],
  ];
  const figures: readonly (readonly [value: string, what: string])[] = [
    [`${totals.nodesDone} of ${nodes.length}`, 'nodes done'],
    [String(totals.packages), totals.security === 0 ? 'packages installed' : `packages installed, ${totals.security} security`],
    [String(totals.reboots), totals.reboots === 1 ? 'reboot' : 'reboots'],
    [lostMs === 0 ? 'none' : durationText(lostMs), 'time lost'],
    [String(totals.guestsMoved), 'guests moved'],
    [String(totals.guestsInterrupted), 'guests interrupted'],
    [bytesText(totals.movedBytes), 'memory moved live'],
    [String(totals.loansOut), 'still on loan'],
  ];
  return markup`<header>
    <p class="eyebrow"><span class="outcome ${tone}">${phase}</span>cluster ${report.cluster}</p>
    <h1>${headlineText(report)}</h1>
    <p class="soft">
      Run ${report.run} began ${dateTime(report.beganAtMs)}, ${phase === 'running' ? 'last heard of' : phase} ${dateTime(report.lastAtMs)},
      carried by ${report.node}${report.only.length === 0 ? '' : `, only ${report.only.join(', ')}`}
    </p>
    <dl class="figures">
      ${figures.map(([value, what]) => figure(what, value))}
    </dl>
    <nav aria-label="Parts of this report">
      <ul>
        ${links.filter(([id]) => id !== 'packages' || nodes.some((node) => node.packages.length > 0)).map(([id, title]) => markup`<li><a href="#${id}">${title}</a></li>`)}
      </ul>
    </nav>
  </header>`;
}

function pausedNote({ paused }: RunReport): Markup {
  if (paused === undefined) return nothing;
  return markup`<section class="note bad" aria-labelledby="paused-title">
    <h2 id="paused-title">It waits for a person</h2>
    <p>${paused.what}</p>
    <dl>
      <dt>Since</dt>
      <dd>${dateTime(paused.atMs)}</dd>
      <dt>Where</dt>
      <dd>${paused.step ?? 'between two steps'} [${paused.code}]</dd>
      <dt>Seen</dt>
      <dd>${paused.seen}</dd>
      <dt>Next</dt>
      <dd>${paused.next}</dd>
    </dl>
  </section> `;
}

function undoneNote(report: RunReport): Markup {
  const left = undone(report);
  if (left.length === 0) return nothing;
  return section(
    'undone',
    'Not done',
    table(
      'What was not done, and why',
      [{ title: 'Machine' }, { title: 'Why' }],
      [{ rows: left.map(({ subject, why }) => [subject, markup`<span class="why">${why}</span>`]) }],
    ),
  );
}

function guestsNote(report: RunReport): Markup {
  const told = guestsToKnow(report);
  if (told.length === 0) return nothing;
  return section(
    'guests-after',
    'Guests that are not as planned, or not on the new QEMU',
    table(
      'Which guests, and why',
      [{ title: 'Guest' }, { title: 'Where and why' }],
      [{ rows: told.map(({ subject, why }) => [subject, markup`<span class="why">${why}</span>`]) }],
    ),
  );
}

function findingsSection({ findings, warnings }: RunReport): Markup {
  const tones = { blocker: 'bad', unknown: 'bad', warning: 'warn', info: 'soft' } as const;
  const found = bySeverity(findings).map((finding) => [
    finding.subject,
    markup`<span class="tag ${tones[finding.severity]}">${finding.severity}</span>`,
    [finding.what, finding.seen].filter((text) => text !== '').join(': '),
    finding.next,
  ]);
  const warned = warnings.map(({ subject, what, next }) => [subject, markup`<span class="tag warn">warning</span>`, what, next]);
  const groups = [
    ...(found.length === 0 ? [] : [{ title: 'before anything was touched', rows: found }]),
    ...(warned.length === 0 ? [] : [{ title: 'on the way', rows: warned }]),
  ];
  const columns = [{ title: 'About' }, { title: 'How bad' }, { title: 'What was found' }, { title: 'What to do' }];
  return section(
    'findings',
    'Findings',
    groups.length === 0
      ? markup`<p>Nothing was found that needs anybody&rsquo;s attention.</p>`
      : table('Findings and warnings', columns, groups),
  );
}

function timeSection({ shares, lost, beganAtMs, lastAtMs }: RunReport): Markup {
  const whole = Math.max(1, lastAtMs - beganAtMs);
  const rows = shares.map(({ what, ms }) => [
    what,
    markup`<span class="share"><i style="width:${((ms / whole) * 100).toFixed(1)}%"></i></span>`,
    `${Math.round((ms / whole) * 100)} %`,
    durationText(ms),
  ]);
  const columns = [
    { title: 'Spent on' },
    { title: 'Share of the whole' },
    { title: 'Part', figures: true },
    { title: 'Time', figures: true },
  ];
  const losses = lost.map(({ what, why, ms }) => [what, why, durationText(ms)]);
  return section(
    'time',
    'Time',
    table('Where the time went', columns, [{ rows }]),
    markup`<h3>Lost</h3> `,
    losses.length === 0
      ? markup`<p>No time was lost to pauses, crashes, retries or steps slower than usual.</p>`
      : table('Time lost, and where', [{ title: 'What' }, { title: 'Why' }, { title: 'Time', figures: true }], [{ rows: losses }]),
  );
}
