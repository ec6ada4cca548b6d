/** The cluster's storages: which there are, who may use them, and whether a node sees them (facts 10.3). */
import type { SimNode } from './node.ts';
import { GiB } from './spec.ts';
import type { StorageSpec } from './spec.ts';

export interface SimStorage {
  readonly id: string;
  readonly type: string;
  readonly shared: boolean;
  readonly content: string;
  readonly nodes: readonly string[] | undefined;
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly servedBy: number | undefined;
  readonly server: string | undefined;
}

/** Types that are shared by what they are. */
export const sharedTypes: ReadonlySet<string> = new Set(['iscsi', 'nfs', 'cifs', 'rbd', 'cephfs', 'iscsidirect', 'zfs', 'drbd', 'pbs']);

export class Storages {
  readonly all: readonly SimStorage[];
  readonly #byId: ReadonlyMap<string, SimStorage>;
  /** Whether a guest runs; told by the world once it has guests. */
  isUp: (vmid: number) => boolean = () => true;

  constructor(specs: Readonly<Record<string, StorageSpec>>) {
    const withUsual: Record<string, StorageSpec> = { local: { type: 'dir' }, shared: { type: 'nfs' }, ...specs };
    this.all = Object.entries(withUsual).map(([id, spec]) => settled(id, spec));
    this.#byId = new Map(this.all.map((storage) => [storage.id, storage]));
  }

  isShared(id: string): boolean {
    return this.#byId.get(id)?.shared ?? false;
  }

  /** Whether a node may and can use it. */
  availableOn(id: string, node: SimNode): boolean {
    const storage = this.#byId.get(id);
    if (storage === undefined || node.missingStorages.has(id)) return false;
    return (storage.nodes?.includes(node.name) ?? true) && (storage.servedBy === undefined || this.isUp(storage.servedBy));
  }

  /** Those that a node may use, seen or not. */
  allowedOn(node: SimNode): readonly SimStorage[] {
    return this.all.filter(({ nodes }) => nodes?.includes(node.name) ?? true);
  }
}

function settled(id: string, spec: StorageSpec): SimStorage {
  const type = spec.type ?? 'dir';
  return {
    id,
    type,
    shared: spec.shared ?? sharedTypes.has(type),
    content: spec.content ?? (type === 'pbs' ? 'backup' : 'backup,images,iso,rootdir,snippets,vztmpl'),
    nodes: spec.nodes,
    totalBytes: spec.totalBytes ?? 500 * GiB,
    usedBytes: spec.usedBytes ?? 200 * GiB,
    servedBy: spec.servedBy,
    server: spec.server,
  };
}
