/** A world as people write it down: YAML with units, in the words of the operator. Turned into the plain data of `spec.ts`. */
import { z } from 'zod';
import { readYaml, size, span } from './located-yaml.ts';
import type { WorldSpec } from './spec.ts';
import { packageSets } from './worlds.ts';

const packages = z.union([
  z.enum(Object.keys(packageSets) as [string, ...string[]]).transform((name) => packageSets[name] ?? []),
  z.array(
    z.strictObject({
      name: z.string(),
      from: z.string().optional(),
      to: z.string(),
      origin: z.string().optional(),
      bytes: size.optional(),
    }),
  ),
]);

const node = z.strictObject({
  address: z.string().optional(),
  addresses: z.array(z.string()).optional(),
  votes: z.number().int().min(0).optional(),
  pve: z.union([z.literal(8), z.literal(9)]).optional(),
  memory: size.optional(),
  // Negative where guests take less than they may.
  'other-memory': z.union([size, z.number().int()]).optional(),
  cpus: z.number().int().min(1).optional(),
  'cpu-model': z.string().optional(),
  pending: packages.optional(),
  'new-kernel': z.string().optional(),
  kernel: z.string().optional(),
  kernels: z.array(z.string()).optional(),
  'pinned-kernel': z.string().optional(),
  esps: z.array(z.string()).optional(),
  'stale-esp': z.boolean().optional(),
  loader: z.enum(['systemd-boot', 'grub']).optional(),
  'read-only-firmware': z.boolean().optional(),
  'grub-on': z.string().startsWith('/dev/').optional(),
  held: z.array(z.string()).optional(),
  removals: z.array(z.string()).optional(),
  unused: z.array(z.string()).optional(),
  installed: z.record(z.string(), z.string()).optional(),
  repositories: z
    .array(z.strictObject({ uri: z.string(), suite: z.string(), component: z.string(), trusted: z.boolean().optional() }))
    .optional(),
  subscribed: z.boolean().optional(),
  'dpkg-audit': z.string().optional(),
  'file-systems': z.record(z.string(), z.strictObject({ total: size, free: size }).transform(renamed)).optional(),
  zfs: z.enum(['absent', 'healthy', 'degraded']).optional(),
  osds: z.array(z.number().int().min(0)).optional(),
  'failed-units': z.array(z.string()).optional(),
  links: z.array(z.string()).optional(),
  'corosync-links': z.number().int().min(1).optional(),
  'kernel-errors': z.array(z.string()).optional(),
  'sick-units': z.record(z.string(), z.string()).optional(),
  'missing-storages': z.array(z.string()).optional(),
  'reboot-required': z.array(z.string()).optional(),
  'installed-after-boot': z.array(z.string()).optional(),
  hold: z.string().optional(),
  files: z.record(z.string(), z.string()).optional(),
  proxlb: z.boolean().optional(),
  clock: z.strictObject({ synchronised: z.boolean().optional(), 'offset-ms': z.number().optional() }).transform(renamed).optional(),
  login: z.enum(['works', 'host-key', 'refused']).optional(),
  off: z.boolean().optional(),
  'boot-time': span.optional(),
  'shutdown-time': span.optional(),
});

const guest = z.strictObject({
  kind: z.enum(['qemu', 'lxc']).optional(),
  name: z.string().optional(),
  on: z.string().optional(),
  memory: size.optional(),
  cores: z.number().int().min(1).optional(),
  status: z.enum(['running', 'stopped', 'paused']).optional(),
  template: z.boolean().optional(),
  tags: z.array(z.string()).optional(),
  lock: z.string().optional(),
  'on-boot': z.boolean().optional(),
  storage: z.string().optional(),
  disk: size.optional(),
  config: z.record(z.string(), z.string()).optional(),
  ha: z
    .strictObject({
      state: z.enum(['started', 'stopped', 'ignored', 'disabled']).optional(),
      failback: z.boolean().optional(),
      comment: z.string().optional(),
    })
    .optional(),
  'shutdown-time': z.union([z.literal('never'), span]).optional(),
  'start-time': span.optional(),
  replicas: z
    .record(
      z.string(),
      z.strictObject({ age: span.optional(), error: z.string().optional(), disabled: z.boolean().optional() }).transform(renamed),
    )
    .optional(),
  snapshots: z.array(z.string()).optional(),
  unavailable: z.record(z.string(), z.array(z.string())).optional(),
  damaged: z.boolean().optional(),
});

const storage = z.strictObject({
  type: z.string().optional(),
  shared: z.boolean().optional(),
  content: z.string().optional(),
  nodes: z.array(z.string()).optional(),
  total: size.optional(),
  used: size.optional(),
  'served-by': z.number().int().optional(),
  server: z.string().optional(),
});

/** The parts of a world that a scenario may say anew. */
export const worldParts = {
  name: z.string().optional(),
  clustered: z.boolean().optional(),
  nodes: z.record(z.string(), node.transform(renamed)).optional(),
  guests: z.record(z.string().regex(/^[1-9]\d{2,8}$/, 'must be a vmid'), guest.transform(renamed)).optional(),
  storages: z.record(z.string(), storage.transform(renamed)).optional(),
  mappings: z
    .record(z.string(), z.strictObject({ kind: z.enum(['pci', 'usb', 'dir']), nodes: z.array(z.string()), live: z.boolean().optional() }))
    .optional(),
  networks: z.record(z.string(), z.array(z.string())).optional(),
  crs: z.string().optional(),
  'migration-network': z.string().optional(),
  'max-workers': z.number().int().min(1).max(64).optional(),
  quorum: z
    .strictObject({
      'two-node': z.boolean().optional(),
      qdevice: z.strictObject({ votes: z.number().int().min(0).optional(), connected: z.boolean().optional() }).optional(),
    })
    .transform(renamed)
    .optional(),
  ha: z
    .strictObject({
      master: z.string().optional(),
      rules: z
        .array(
          z.strictObject({
            services: z.array(z.string()),
            nodes: z.array(z.string()).optional(),
            strict: z.boolean().optional(),
            affinity: z.enum(['positive', 'negative']).optional(),
          }),
        )
        .optional(),
    })
    .optional(),
  ceph: z
    .strictObject({
      checks: z.record(z.string(), z.strictObject({ severity: z.string().optional(), message: z.string().optional() })).optional(),
      'noout-hosts': z.array(z.string()).optional(),
      'spare-hosts': z.number().int().min(0).optional(),
      monitors: z.array(z.string()).optional(),
      managers: z.array(z.string()).optional(),
    })
    .transform(renamed)
    .optional(),
} as const;

const worldDiff = z.strictObject(worldParts);
export type WorldDiff = z.infer<typeof worldDiff>;

/** @throws SpecProblem naming file, line and word */
export function readWorld(text: string, file: string): WorldSpec {
  return withDifferences({ nodes: {} }, readYaml(text, file, worldDiff));
}

/** A settled world with differences: what the difference says of a node or a guest replaces that and leaves the rest. */
export function withDifferences(base: WorldSpec, diff: WorldDiff): WorldSpec {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(diff)) {
    if (value === undefined) continue;
    const part = key === 'max-workers' ? 'maxWorkers' : key === 'migration-network' ? 'migrationNetwork' : key;
    merged[part] = key === 'nodes' || key === 'guests' || key === 'storages' ? mergedByName(base[key] ?? {}, value as object) : value;
  }
  return merged as unknown as WorldSpec;
}

function mergedByName(base: object, diff: object): object {
  const named = base as Record<string, object | undefined>;
  return { ...base, ...Object.fromEntries(Object.entries(diff).map(([name, value]) => [name, { ...named[name], ...(value as object) }])) };
}

/** How words with a unit or a dash are called in the plain data. */
const renames: Readonly<Record<string, string>> = {
  memory: 'memoryBytes',
  'other-memory': 'otherMemoryBytes',
  disk: 'diskBytes',
  total: 'totalBytes',
  free: 'freeBytes',
  used: 'usedBytes',
  'boot-time': 'bootMs',
  'shutdown-time': 'shutdownMs',
  'start-time': 'startMs',
  age: 'ageMs',
};

function renamed(words: object): Record<string, unknown> {
  const camel = (word: string): string => renames[word] ?? word.replace(/-(\w)/g, (_whole, letter: string) => letter.toUpperCase());
  return Object.fromEntries(
    Object.entries(words)
      .filter(([, value]) => value !== undefined)
      .map(([word, value]) => [camel(word), value]),
  );
}
