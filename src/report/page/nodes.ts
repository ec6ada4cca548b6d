/** What was planned for each node and what became of it; packages, and reboots with their reasons. */
import { durationText } from '../../model/duration.ts';
import { timeOfDay } from '../clock-time.ts';
import { happenedText, packageGroups, plannedText, resultText, rounded, sorted, tookMs } from '../node-texts.ts';
import { count } from '../paragraph.ts';
import type { NodeReport, PackageReport, RunReport } from '../run-report.ts';
import { folded, markup, nothing, section, table, type Markup } from './markup.ts';

export function nodesSection(report: RunReport): Markup {
  const rows = report.nodes.map((node) => [
    node.node,
    markup`<span class="tag ${toneOf(node)}">${resultText(node)}</span>`,
    markup`<span class="why">${node.planned === undefined ? '–' : plannedText(node.planned)}</span>`,
    markup`<span class="why">${happenedText(node)}</span>`,
    node.planned?.expectedMs === undefined ? '–' : durationText(rounded(node.planned.expectedMs)),
    tookMs(node) === undefined ? '–' : durationText(tookMs(node) ?? 0),
  ]);
  const columns = [
    { title: 'Node' },
    { title: 'Result' },
    { title: 'Planned' },
    { title: 'What happened' },
    { title: 'Expected', figures: true },
    { title: 'Took', figures: true },
  ];
  return section(
    'nodes',
    'Plan and what happened',
    rows.length === 0
      ? markup`<p>Nothing was planned for any node.</p>`
      : markup`${table('Plan and what happened, by node', columns, [{ rows }])}<p class="soft">${learnedText(report.learnedFrom)}</p>`,
  );
}

/** What stands behind the expected times. */
function learnedText(runs: number): string {
  if (runs === 0) return 'How long it takes here was not known yet: there was no earlier run to learn from.';
  return `The expected times were learned from ${count(runs, 'earlier run')}.`;
}

function toneOf(node: NodeReport): string {
  if (node.status === 'paused' || node.status === 'left') return 'bad';
  if (node.status !== 'done' || node.left.length > 0) return 'warn';
  return 'good';
}

/** Longer lists are folded. */
const openRows = 40;

export function packagesSection(report: RunReport): Markup {
  const groups = packageGroups(report.nodes);
  if (groups.length === 0) return nothing;
  const columns = [{ title: 'Package' }, { title: 'Before' }, { title: 'After' }, { title: 'From' }];
  const shown = groups.map(({ nodes, of }) => {
    const security = of.packages.filter((change) => change.security).length;
    const names = nodes.map((node) => node.node).join(', ');
    const title = `${names}: ${count(of.packages.length, 'package')} ${of.packagesAre}${security === 0 ? '' : `, ${security} of them security`}`;
    return markup`${folded(title, of.packages.length <= openRows && groups.length <= 4, table(`Packages ${of.packagesAre} on ${names}`, columns, [{ rows: sorted(of.packages).map(packageRow) }]))}${remarks(of)}`;
  });
  return section('packages', 'Packages', ...shown);
}

function packageRow({ name, from, to, origin, security }: PackageReport): readonly (string | Markup)[] {
  return [
    security ? markup`${name} <span class="tag warn">security</span>` : name,
    from === undefined ? markup`<span class="soft">new</span>` : markup`<span class="version">${from}</span>`,
    markup`<span class="version">${to}</span>`,
    markup`<span class="soft">${origin}</span>`,
  ];
}

function remarks({ removed, keptBack }: NodeReport): Markup {
  return markup`${removed.length === 0 ? nothing : markup`<p>Removed: ${removed.join(', ')}</p> `}${keptBack.length === 0 ? nothing : markup`<p>Kept back by apt: ${keptBack.join(', ')}</p> `}`;
}

export function rebootsSection({ nodes }: RunReport): Markup {
  const rows = nodes.flatMap((node) =>
    node.reboot === undefined
      ? []
      : [
          [
            node.node,
            markup`<span class="why">${node.reboot.why}</span>`,
            markup`<span class="version">${node.kernelBefore ?? '–'}</span>`,
            markup`<span class="version">${node.kernelAfter ?? '–'}</span>`,
            timeOfDay(node.reboot.atMs),
            node.reboot.awayMs === undefined ? 'not seen back' : durationText(node.reboot.awayMs),
          ],
        ],
  );
  const columns = [
    { title: 'Node' },
    { title: 'Why' },
    { title: 'Kernel before' },
    { title: 'Kernel after' },
    { title: 'Ordered' },
    { title: 'Back after', figures: true },
  ];
  return section(
    'reboots',
    'Reboots',
    rows.length === 0 ? markup`<p>No node was rebooted.</p>` : table('Reboots and their reasons', columns, [{ rows }]),
  );
}
