/** Plans that were shown to somebody, by their digest, below `plans` in the state folder: what an approval is compared with. */
import { planDifferences, planDigest } from '../model/plan-facts.ts';
import { Pause } from '../model/pause.ts';
import type { Plan } from '../model/plan.ts';
import type { Store } from '../ports/store.ts';

/** The oldest are forgotten beyond this. */
const kept = 50;

const pathOf = (name: string) => `plans/${name}`;

/** Keeps it to compare with; durable when it resolves. @returns its digest */
export async function keepPlan(store: Store, plan: Plan): Promise<string> {
  const digest = planDigest(plan);
  const names = await store.list('plans');
  // The time stands first, so that the oldest are the first in the list.
  const name = `${String(plan.takenAtMs).padStart(14, '0')}-${digest}.json`;
  const same = names.filter((other) => other.endsWith(`-${digest}.json`));
  await store.write(pathOf(name), `${JSON.stringify(plan)}\n`);
  const old = names.filter((other) => !same.includes(other)).slice(0, Math.max(0, names.length - same.length + 1 - kept));
  for (const other of [...same, ...old]) if (other !== name) await store.remove(pathOf(other));
  return digest;
}

/** @returns the plan with this digest, if it was shown on this node and not forgotten since */
export async function keptPlan(store: Store, digest: string): Promise<Plan | undefined> {
  const name = (await store.list('plans')).filter((other) => other.endsWith(`-${digest}.json`)).at(-1);
  const text = name === undefined ? undefined : await store.read(pathOf(name));
  return text === undefined ? undefined : (JSON.parse(text) as Plan);
}

/** How many differences are told in one line. */
const told = 5;

/** @throws Pause when what would be done now is not what was approved; nothing but package lists was touched by then */
export async function demandApproved(store: Store, approved: string | undefined, plan: Plan): Promise<void> {
  if (approved === undefined || planDigest(plan) === approved) return;
  const now = await keepPlan(store, plan);
  throw new Pause('plan.moved', {
    what: `the cluster is not as it was when plan ${approved} was approved`,
    seen: await differenceText(store, approved, plan),
    next: `proxroll abandon; look at what would be done now: proxroll plan; then: proxroll run --plan ${now}`,
  });
}

/** @returns the differences in one line, or that nobody knows them any more */
export async function differenceText(store: Store, approved: string, plan: Plan): Promise<string> {
  const before = await keptPlan(store, approved);
  if (before === undefined) return `plan ${approved} was not made on this node, or is forgotten; now it is ${planDigest(plan)}`;
  const differences = planDifferences(before, plan);
  const words = differences.slice(0, told).map(({ about, change, what }) => `${change}: ${about}: ${what}`);
  return `${words.join('; ')}${differences.length > told ? `; and ${differences.length - told} more` : ''}`;
}
