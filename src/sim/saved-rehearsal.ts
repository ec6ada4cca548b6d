/** A rehearsal as a scenario file: the whole twin, what was made to go wrong, and how it ended. Replayed with `--scenario`. */
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { configSchema, type Config } from '../config/schema.ts';
import type { RehearsalEnd } from '../model/rehearsal.ts';
import type { FaultWish } from './fault-words.ts';
import type { Expectations, Scenario } from './scenario.ts';
import { worldWords } from './spec-text.ts';

export interface Saving {
  readonly scenario: Scenario;
  readonly config: Config;
  readonly wishes: readonly FaultWish[];
  readonly end: RehearsalEnd;
  /** When the cluster was seen, in milliseconds since the epoch. */
  readonly takenAtMs: number;
  readonly missing: readonly string[];
}

/** What means nothing to a twin, or only in the hour at which it was made. */
const leftOut: readonly (keyof Config)[] = ['ssh_user', 'ssh_keys', 'keep_runs', 'keep_days', 'windows', 'time_zone'];

export function savedText({ scenario, config, wishes, end, takenAtMs, missing }: Saving): string {
  const cluster = scenario.world.name ?? scenario.ownNode;
  const seen = new Date(takenAtMs).toISOString().slice(0, 16).replace('T', ' ');
  const comments = [
    `The twin of ${cluster} as it was seen at ${seen} UTC. Replay it with: proxroll rehearse --scenario FILE`,
    ...(wishes.length === 0 ? [] : [`What goes wrong: ${wishes.map((wish) => wish.words).join('; ')}`]),
    ...missing.map((text) => `Not in the twin: ${text}`),
    ...(config.windows.length === 0
      ? []
      : ['The windows of the config are left out: a replay begins on a Sunday at 04:00 UTC, whatever they say.']),
  ];
  const file = {
    intent: `The twin of ${cluster} must end as it did when it was saved`,
    world: 'empty',
    'own-node': scenario.ownNode,
    seed: scenario.seed,
    ...worldWords(scenario.world),
    config: unusual(config),
    do: wishes.map((wish) => wish.written),
    expect: expected(end),
  };
  return `${comments.map((text) => `# ${text}\n`).join('')}${stringify(file, { lineWidth: 0 })}`;
}

/** Only what differs from the defaults, so that the file says what is special. */
function unusual(config: Config): Readonly<Record<string, unknown>> {
  const usual = configSchema.parse({}) as Readonly<Record<string, unknown>>;
  const kept = Object.entries(config).filter(([key]) => !leftOut.includes(key as keyof Config));
  return differing(Object.fromEntries(kept), usual);
}

function differing(value: Readonly<Record<string, unknown>>, usual: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => {
      const other = usual[key];
      if (isDeepStrictEqual(one, other)) return [];
      return [[key, isRecord(one) && isRecord(other) ? differing(one, other) : one]];
    }),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function expected(end: RehearsalEnd): Expectations {
  switch (end.kind) {
    case 'paused':
      return { run: 'paused', pause: end.code };
    case 'finished':
    case 'goes-on':
    case 'nothing-to-do':
      return { run: 'finished' };
    case 'blocked':
    case 'away':
    case 'abandoned':
    case 'busy':
    case 'failed':
      return { run: end.kind };
    // A run that hangs is a defect, so what it should do is what is expected.
    case 'stuck':
      return { run: 'finished' };
    default:
      return end satisfies never;
  }
}
