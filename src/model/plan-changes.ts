/** The packages of a whole plan, each change once, with the nodes that get it. Pure. */
import { isSecurity } from './packages.ts';
import type { Plan } from './plan.ts';
import type { Reading } from './reading.ts';

export interface PlannedChange {
  readonly name: string;
  /** Missing for a package that is new there. */
  readonly from?: string;
  readonly to: string;
  readonly security: boolean;
  readonly nodes: readonly string[];
}

/** With what is written about it, or why that is not to be had. */
export type ChangeWithLog = PlannedChange & { readonly changelog: Reading<string> };

/** Sorted by name; one entry where nodes go from the same version to the same version. */
export function plannedChanges({ tracks }: Plan): readonly PlannedChange[] {
  const found = new Map<string, PlannedChange>();
  for (const { node, set } of tracks)
    for (const change of set.changes) {
      const { name, from, to } = change;
      const key = `${name} ${from ?? ''} ${to}`;
      const nodes = [...(found.get(key)?.nodes ?? []), node];
      found.set(key, { name, to, security: isSecurity(change), nodes, ...(from === undefined ? {} : { from }) });
    }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, change]) => change);
}
