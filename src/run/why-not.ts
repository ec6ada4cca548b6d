/** Why a node or a guest is not dealt with as one would wish, each reason with the smallest change that would lift it. Pure. */
import type { Config } from '../config/schema.ts';
import { blocks, type Finding } from '../model/finding.ts';
import { guestTitle, needsPlace, type GuestFacts } from '../model/guest.ts';
import { obstacles, travel } from '../model/places.ts';
import type { Plan } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { memoryLifts } from '../stages/pve/memory-lifts.ts';
import { policyFor } from '../model/policy.ts';
import { goesAway, wayFor } from '../model/way.ts';
import { settledNode } from '../stages/pve/plan.ts';

export interface WhyNot {
  /** The node or guest it is about. */
  readonly subject: string;
  readonly why: string;
  /** What would have to change; empty when nothing needs to. */
  readonly lift: string;
}

export interface Judged {
  readonly snapshot: Snapshot;
  readonly findings: readonly Finding[];
  readonly plan: Plan;
}

/** @param asked a node, a vmid or a guest's name; everything when missing @returns nothing when there is no such thing */
export function whyNot(asked: string | undefined, judged: Judged, config: Config): readonly WhyNot[] | undefined {
  const { snapshot } = judged;
  if (asked === undefined)
    return [...judged.findings.filter(blocks).map((finding) => fromFinding(finding, judged, config)), ...leftOut(judged.plan)];
  if (snapshot.nodes.some((node) => node.name === asked)) return ofNode(asked, judged, config);
  const guests = snapshot.guests.known ? snapshot.guests.value : [];
  const guest = guests.find(({ vmid }) => String(vmid) === asked) ?? guests.find(({ name }) => name !== '' && name === asked);
  return guest === undefined ? undefined : ofGuest(guest, judged, config);
}

function ofNode(node: string, judged: Judged, config: Config): readonly WhyNot[] {
  const { snapshot, findings, plan } = judged;
  const titles = snapshot.guests.known ? snapshot.guests.value.filter((guest) => guest.node === node).map(guestTitle) : [];
  const about = findings.filter((finding) => blocks(finding) && [node, 'cluster', ...titles].includes(finding.subject));
  return [...leftOut(plan).filter(({ subject }) => subject === node), ...about.map((finding) => fromFinding(finding, judged, config))];
}

function ofGuest(guest: GuestFacts, judged: Judged, config: Config): readonly WhyNot[] {
  const { findings, plan } = judged;
  const title = guestTitle(guest);
  const own = findings
    .filter((finding) => blocks(finding) && finding.subject === title)
    .map((finding) => fromFinding(finding, judged, config));
  const track = plan.tracks.find(({ node }) => node === guest.node);
  const memory = findings.filter((finding) => finding.check === 'memory' && finding.subject === guest.node && blocks(finding));
  return [
    ...own,
    ...memory.map((finding) => fromFinding(finding, judged, config)),
    ...stays(guest, title, track !== undefined, judged, config),
  ];
}

/** Why it will not move although nothing is wrong, and which nodes could not take it. */
function stays(guest: GuestFacts, title: string, hasTurn: boolean, { snapshot, plan }: Judged, config: Config): readonly WhyNot[] {
  if (!needsPlace(guest)) return [{ subject: title, why: `it does not run, so it stays on ${guest.node}`, lift: '' }];
  if (!hasTurn) {
    const left = plan.left.find(({ subject }) => subject === guest.node);
    return [{ subject: title, why: `it stays, because nothing is done to ${guest.node}: ${left?.why ?? 'it is not planned'}`, lift: '' }];
  }
  const way = wayFor(guest, snapshot, config);
  if (!goesAway(way))
    return [{ subject: title, why: `its policy is ${policyFor(guest, config)}`, lift: `guests.by_vmid.${guest.vmid}: migrate` }];
  const how = travel(guest, snapshot, config, { olderTargets: 'allow' });
  return snapshot.nodes
    .filter((node) => node.name !== guest.node)
    .flatMap((node): readonly WhyNot[] => {
      const against = obstacles(guest, node.name, snapshot, how);
      return against.length === 0 ? [] : [{ subject: title, why: `not to ${node.name}: ${against.join('; ')}`, lift: '' }];
    });
}

function fromFinding(finding: Finding, { plan, snapshot }: Judged, config: Config): WhyNot {
  const lifts = finding.check === 'memory' ? memoryLifts(plan, snapshot, config) : [];
  const seen = finding.seen === '' ? '' : ` (${finding.seen})`;
  return { subject: finding.subject, why: `${finding.what}${seen}`, lift: lifts.length === 0 ? finding.next : lifts.join(', or ') };
}

function leftOut({ left }: Plan): readonly WhyNot[] {
  return left.map(({ subject, why }) => ({ subject, why, lift: liftOf(subject, why) }));
}

function liftOf(node: string, why: string): string {
  if (why === settledNode) return '';
  if (why.startsWith('excluded')) return `take ${node} out of excluded_nodes`;
  if (why.startsWith('not among')) return `ask for it: --node ${node}`;
  if (why.startsWith('held')) return `proxroll unhold ${node}, or remove that file`;
  return `mend that, then: proxroll check`;
}
