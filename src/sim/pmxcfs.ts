/**
 * The cluster file system below `/etc/pve`: what the world writes there itself, and the few files and folders that an agent
 * writes. Without quorum it can be read and not written; a lock folder belongs to the node that made it (facts 10).
 */
import { clusterFile, clusterFiles } from './cluster-files.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** How a change ended, in the words of the C library. */
export type Errno =
  | 'ok'
  | 'Permission denied'
  | 'File exists'
  | 'No such file or directory'
  | 'Not a directory'
  | 'Is a directory'
  | 'Transport endpoint is not connected';

interface Entry {
  readonly kind: 'dir' | 'file';
  text: string;
  mtimeMs: number;
  readonly owner: string;
}

export class Pmxcfs {
  /** Files and folders that were made there, by path below `/etc/pve`. */
  readonly made = new Map<string, Entry>();
  readonly #world: World;
  #membersVersion = 9;
  #guestsVersion = 5;
  #vmlist: string | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  touchMembers(): void {
    this.#membersVersion++;
  }

  touchGuests(): void {
    this.#guestsVersion++;
    this.#vmlist = undefined;
  }

  /** Whether it is mounted on the node. */
  mounted(node: SimNode): boolean {
    return node.sickUnits.get('pve-cluster') === undefined;
  }

  /** A file as that node sees it. @param path below `/etc/pve` */
  read(node: SimNode, path: string): string | undefined {
    if (path === '.members') return this.#members(node);
    if (path === '.vmlist') return (this.#vmlist ??= this.#guestList());
    if (path === 'corosync.conf') return this.corosyncConf();
    if (path === 'storage.cfg') return this.#storageCfg();
    if (path === 'ceph.conf') return this.#world.ceph.config;
    const cluster = clusterFile(this.#world, path);
    if (cluster !== undefined) return cluster;
    const made = this.made.get(path);
    if (made !== undefined) return made.kind === 'file' ? made.text : undefined;
    const guest = this.#world.guests.all.find(({ configPath }) => configPath === path);
    return guest?.config;
  }

  /** Every guest's config by path below `/etc/pve`, in the order of nodes and ids. */
  configs(): ReadonlyMap<string, string> {
    return new Map(this.#world.guests.all.map((guest) => [guest.configPath, guest.config]));
  }

  /** Everything there as that node sees it, for hosts that keep real files. */
  files(node: SimNode): Map<string, string> {
    const files = new Map<string, string>();
    for (const path of ['.members', '.vmlist', 'corosync.conf', 'storage.cfg', 'ceph.conf', ...clusterFiles]) {
      const text = this.read(node, path);
      if (text !== undefined) files.set(path, text);
    }
    for (const [path, text] of this.configs()) files.set(path, text);
    for (const [path, { kind, text }] of this.made) if (kind === 'file') files.set(path, text);
    return files;
  }

  mkdir(node: SimNode, path: string): Errno {
    if (this.made.has(path)) return 'File exists';
    return this.#change(node, () => this.#make(node, path, 'dir', ''));
  }

  rmdir(node: SimNode, path: string): Errno {
    const entry = this.made.get(path);
    if (entry === undefined) return 'No such file or directory';
    if (entry.kind === 'file') return 'Not a directory';
    return this.#change(node, () => this.#remove(path));
  }

  write(node: SimNode, path: string, text: string): Errno {
    if (this.made.get(path)?.kind === 'dir') return 'Is a directory';
    return this.#change(node, () => this.#make(node, path, 'file', text));
  }

  remove(node: SimNode, path: string): Errno {
    const entry = this.made.get(path);
    if (entry === undefined) return 'ok';
    return entry.kind === 'dir' ? 'Is a directory' : this.#change(node, () => this.#remove(path));
  }

  /** Refreshes what is there; a lock folder only for the node that made it. Makes an empty file of what is not. */
  touch(node: SimNode, path: string): Errno {
    const entry = this.made.get(path);
    if (entry === undefined) return this.#change(node, () => this.#make(node, path, 'file', ''));
    if (entry.kind === 'dir' && entry.owner !== node.name) return 'Permission denied';
    return this.#change(node, () => (entry.mtimeMs = this.#world.timers.now()));
  }

  /** Asks for a lock folder to be taken away; it goes only when it was not refreshed for its lifetime (facts 10.2). */
  askUnlock(node: SimNode, path: string): Errno {
    const entry = this.made.get(path);
    if (entry === undefined) return this.#change(node, () => this.#make(node, path, 'file', ''));
    return this.#change(node, () => {
      if (entry.kind === 'dir' && this.#world.timers.now() - entry.mtimeMs >= this.#world.latencies.lockLifeMs) this.#remove(path);
    });
  }

  #change(node: SimNode, change: () => void): Errno {
    if (!this.mounted(node)) return 'Transport endpoint is not connected';
    if (!this.#world.corosync.quorate(node)) return 'Permission denied';
    change();
    return 'ok';
  }

  #make(node: SimNode, path: string, kind: Entry['kind'], text: string): void {
    this.made.set(path, { kind, text, mtimeMs: this.#world.timers.now(), owner: node.name });
  }

  #remove(path: string): void {
    this.made.delete(path);
  }

  #members(node: SimNode): string {
    const { corosync, nodes, name } = this.#world;
    if (!this.#world.clustered || !node.heardOfCluster) return `{\n"nodename": "${node.name}",\n"version": ${this.#membersVersion}\n}\n`;
    const lines = nodes.map((other) => {
      // With its corosync stopped a node goes on showing everybody (capture corostop-pve2-own-cluster-status).
      const online = corosync.view(node) === undefined || corosync.sees(node, other) ? 1 : 0;
      return `  "${other.name}": { "id": ${other.id}, "online": ${online}, "ip": "${other.address}"}`;
    });
    const quorate = corosync.quorate(node) ? 1 : 0;
    const cluster = `"cluster": { "name": "${name}", "version": ${nodes.length}, "nodes": ${nodes.length}, "quorate": ${quorate} }`;
    return `{\n"nodename": "${node.name}",\n"version": ${this.#membersVersion},\n${cluster},\n"nodelist": {\n${lines.join(',\n')}\n  }\n}\n`;
  }

  #guestList(): string {
    const lines = this.#world.guests.all.map(({ vmid, node, kind }) => `"${vmid}": { "node": "${node}", "type": "${kind}", "version": 3 }`);
    return `{\n"version": ${this.#guestsVersion},\n"ids": {\n${lines.join(',\n')}}\n\n}\n`;
  }

  /** The cluster's file, of which every node keeps a copy; a node without a cluster has none. */
  corosyncConf(): string | undefined {
    if (!this.#world.clustered) return undefined;
    const nodes = this.#world.nodes.map(
      ({ name, id, votes, address }) =>
        `  node {\n    name: ${name}\n    nodeid: ${id}\n    quorum_votes: ${votes}\n    ring0_addr: ${address}\n  }\n`,
    );
    const two = this.#world.spec.quorum?.twoNode === true ? '  two_node: 1\n' : '';
    return `nodelist {\n${nodes.join('')}}\n\nquorum {\n  provider: corosync_votequorum\n${two}}\n\ntotem {\n  cluster_name: ${this.#world.name}\n  config_version: ${nodes.length}\n  version: 2\n}\n`;
  }

  #storageCfg(): string {
    return this.#world.storages.all
      .map(({ id, type, content, shared, server }) => {
        const named = server === undefined ? '' : `\tserver ${server}\n`;
        return `${type}: ${id}\n${named}\tcontent ${content}\n${shared ? '\tshared 1\n' : ''}\n`;
      })
      .join('');
  }
}
