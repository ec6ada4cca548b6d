/**
 * What may go wrong in a rehearsal, in the words of `--fail`: each becomes a deed of a scenario, tied to a moment of the plan at which it
 * makes sense. The words are those of scenarios.
 */
import type { Plan } from '../model/plan.ts';
import type { StepId } from '../model/step.ts';
import { deedWords } from './deed-words.ts';
import { faultOf } from './deeds.ts';
import type { Deed } from './scenario.ts';
import type { WorldSpec } from './spec.ts';

/** Where a fault can strike. */
export interface Stage {
  readonly world: WorldSpec;
  readonly ownNode: string;
  readonly plan: Plan;
}

/** @property written as a scenario file says it @property step the step it is tied to, or `start` */
export interface FaultWish {
  readonly words: string;
  readonly written: Readonly<Record<string, unknown>>;
  readonly deed: Deed;
  readonly step: StepId | 'start';
}

/** The words mean nothing here; the message says what would. */
export class FaultProblem extends Error {
  override readonly name = 'FaultProblem';
}

type Reader = (stage: Stage, parts: readonly string[]) => { readonly step: StepId | 'start'; readonly deed: object };

/** A moment may be named: `at drain`, or `at pve3/reboot` for a step of another node. */
const at = '(?: at (\\S+))?';

const forms: readonly (readonly [example: string, pattern: RegExp, read: Reader])[] = [
  ['pve2 never-returns', /^(\S+) never-returns$/, reboots((node) => ({ node, does: 'never-returns' }))],
  ['pve2 returns-after 40m', /^(\S+) returns-after (\d+(?:s|m|h))$/, reboots((node, ms) => ({ node, 'returns-after': ms }))],
  ['pve2 boots-old-kernel', /^(\S+) boots-old-kernel$/, reboots((node) => ({ node, does: 'boots-old-kernel' }))],
  ['pve2 hangs', new RegExp(`^(\\S+) hangs${at}$`), hangs],
  ['pve2 down', new RegExp(`^(\\S+) down${at}$`), nodeFault((node) => ({ node, does: 'down' }))],
  ['link cut pve2', new RegExp(`^link cut (\\S+?)${at}$`), nodeFault((node) => ({ node, link: 'cut' }))],
  ['guest 101 refuses-migration', /^guest (\d+) (refuses-migration)$/, guestFault],
  ['guest 101 ignores-shutdown', /^guest (\d+) (ignores-shutdown)$/, guestFault],
  ['apt locked on pve2', /^apt locked on (\S+?)(?: at (fetch|upgrade))?$/, aptLocked],
  ['apt failing-postinst on pve2', /^apt failing-postinst on (\S+?)(?: of (\S+))?$/, aptFailing],
];

/** @throws FaultProblem for words that mean nothing, names that nobody has, and moments that the plan does not have */
export function readFault(words: string, stage: Stage): FaultWish {
  const text = words.trim().replaceAll(/\s+/g, ' ');
  for (const [, pattern, read] of forms) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const { step, deed } = read(stage, match.slice(1));
    const written = { when: step === 'start' ? 'start' : `${step} started`, ...deed };
    const parsed = deedWords.parse(written);
    return { words: text, written, deed: { when: parsed.when, nth: 1, fault: faultOf(parsed) }, step };
  }
  throw new FaultProblem(
    `'${text}' is nothing that can be made to fail; say it as in: ${forms.map(([example]) => `'${example}'`).join(', ')}`,
  );
}

function reboots(deed: (node: string, more: string) => object): Reader {
  return (stage, [node = '', more = '']) => {
    demandNode(stage, node);
    return { step: stepOf(stage, node, 'reboot'), deed: deed(node, more) };
  };
}

/** The run hangs with the node that carries it, and nothing is left to rehearse. */
function hangs(stage: Stage, parts: readonly string[]): ReturnType<Reader> {
  const [node = ''] = parts;
  if (node === stage.ownNode) throw new FaultProblem(`${node} carries the run, which would hang with it; say '${node} down' instead`);
  return nodeFault((name) => ({ node: name, does: 'hangs' }))(stage, parts);
}

/** Without a moment: as the node's own turn begins, or for a node without one, as the first node goes away. */
function nodeFault(deed: (node: string) => object): Reader {
  return (stage, [node = '', moment]) => {
    demandNode(stage, node);
    return { step: moment === undefined ? usualMoment(stage, node) : namedMoment(stage, node, moment), deed: deed(node) };
  };
}

function guestFault(stage: Stage, [vmid = '', does = '']: readonly string[]): ReturnType<Reader> {
  if (stage.world.guests?.[Number(vmid)] === undefined) throw new FaultProblem(`there is no guest ${vmid}`);
  return { step: 'start', deed: { guest: Number(vmid), does } };
}

function aptLocked(stage: Stage, [node = '', step = 'upgrade']: readonly string[]): ReturnType<Reader> {
  demandNode(stage, node);
  const upgrade = stepOf(stage, node, 'upgrade');
  // Fetching is planned for every node with an upgrade, and no part of its track.
  return { step: step === 'fetch' ? upgrade.replace(/upgrade$/, 'fetch') : upgrade, deed: { apt: 'locked', on: node } };
}

function aptFailing(stage: Stage, [node = '', asked]: readonly string[]): ReturnType<Reader> {
  demandNode(stage, node);
  const step = stepOf(stage, node, 'upgrade');
  const names = stage.plan.tracks.find((track) => track.node === node)?.set.changes.map((change) => change.name) ?? [];
  const name = asked ?? names.find((one) => one === 'pve-manager') ?? names[0] ?? '';
  if (!names.includes(name)) throw new FaultProblem(`${name} is not among the packages of ${node}: ${names.join(', ')}`);
  return { step, deed: { apt: 'failing-postinst', on: node, package: name } };
}

function demandNode({ world }: Stage, node: string): void {
  if (world.nodes[node] !== undefined) return;
  throw new FaultProblem(`there is no node ${node}; the nodes are ${Object.keys(world.nodes).join(', ')}`);
}

function stepsOf({ plan }: Stage, node: string): readonly string[] {
  return plan.tracks.find((track) => track.node === node)?.steps.map((step) => step.kind) ?? [];
}

function stepOf(stage: Stage, node: string, kind: string): StepId {
  const steps = stepsOf(stage, node);
  if (steps.includes(kind)) return `pve/${node}/${kind}`;
  const why = steps.length === 0 ? `${node} has nothing to do` : `its steps are ${steps.join(', ')}`;
  throw new FaultProblem(`${node} has no ${kind} in this plan, so nothing can fail in it: ${why}`);
}

function usualMoment(stage: Stage, node: string): StepId {
  const own = stepsOf(stage, node)[0];
  if (own !== undefined) return `pve/${node}/${own}`;
  const other = stage.plan.tracks.find((track) => track.rebootReasons.length > 0) ?? stage.plan.tracks[0];
  if (other === undefined) throw new FaultProblem('nothing is planned, so nothing can fail');
  return `pve/${other.node}/${other.rebootReasons.length > 0 ? 'reboot' : (other.steps[0]?.kind ?? 'upgrade')}`;
}

function namedMoment(stage: Stage, node: string, moment: string): StepId {
  const slash = moment.indexOf('/');
  const [where, kind] = slash < 0 ? [node, moment] : [moment.slice(0, slash), moment.slice(slash + 1)];
  demandNode(stage, where);
  // Before and after the turns all nodes are at work side by side; those steps are in no track.
  return ['refresh', 'fetch', 'balancer-off', 'balancer-on'].includes(kind) ? `pve/${where}/${kind}` : stepOf(stage, where, kind);
}
