/** A cluster of booted hosts on one switch, with its repository, keys, /etc/pve and corosync: from nothing to quorate. */
import { mkdir, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { serveAnswers } from './answers.ts';
import { corosyncConf } from './corosync.ts';
import { LabHost } from './host.ts';
import { corosyncKey, giveKeys } from './keys.ts';
import { nodeLayer } from './layer.ts';
import { hostAddress, makeSwitch } from './network.ts';
import { Pmxcfs } from './pmxcfs.ts';
import { LabRecord } from './record.ts';
import { Repository } from './repository.ts';
import { baseFileSystem } from './rootfs.ts';
import { LabSsh, until } from './ssh.ts';
import { prepareTools } from './tools.ts';
import type { Answered } from './answers.ts';
import type { LabRun } from './lab-run.ts';
import type { Suite } from './suite.ts';

export interface ClusterPlan {
  readonly suite: Suite;
  readonly nodes: number;
  /** What follows the power-on of a rebooted host: the time its firmware takes. */
  readonly firmwareMs: number;
}

export const clusterName = 'lab';

/** Answers a Proxmox program that was called on a host. */
export type Asked = (host: string, argv: readonly [string, ...string[]], killed: AbortSignal) => Promise<Answered>;

/** One call of a Proxmox program. */
export interface Call {
  readonly host: string;
  readonly argv: readonly string[];
  readonly atMs: number;
  /** Missing as long as it runs. */
  endMs: number | undefined;
}

export interface LabNode {
  readonly name: string;
  readonly index: number;
  readonly address: string;
  readonly host: LabHost;
}

export class LabCluster {
  readonly record = new LabRecord();
  /** Every call of a Proxmox program so far. */
  readonly calls: Call[] = [];
  /** What answers `pvesh`, `qm` and the like. Replaced by the simulated cluster. */
  asked: Asked = (_host, [program]) =>
    Promise.resolve({ exitCode: 111, stdout: '', stderr: `${program}: no simulated cluster in this lab\n` });

  private constructor(
    readonly plan: ClusterPlan,
    readonly folder: string,
    readonly nodes: readonly LabNode[],
    readonly pmxcfs: Pmxcfs,
    readonly repository: Repository,
    readonly ssh: LabSsh,
  ) {}

  /** Makes the hosts, powered off. Call it inside the lab's namespaces, once. */
  static async make(plan: ClusterPlan, labRun: LabRun): Promise<LabCluster> {
    const tools = await prepareTools();
    const base = await baseFileSystem(plan.suite, tools);
    const repository = new Repository(plan.suite, join(labRun.folder, 'repository'), tools);
    const layer = await nodeLayer(labRun, base, repository, await repository.publish('v1'));
    await makeSwitch();
    await repository.serve();

    const names = Array.from({ length: plan.nodes }, (_, at) => `pve${at + 1}`);
    const pmxcfs = new Pmxcfs(join(labRun.folder, 'pve'), names);
    await pmxcfs.prepare();
    const answers = join(labRun.folder, 'answers');
    const nodes: LabNode[] = [];
    const cluster = new LabCluster(plan, labRun.folder, nodes, pmxcfs, repository, new LabSsh(labRun.folder));
    for (const [at, name] of names.entries()) {
      const index = at + 1;
      const binds = [...pmxcfs.binds(name), [answers, '/run/proxroll-lab'] as const];
      const hostPlan = { name, index, layers: [layer, base], binds };
      const host = new LabHost(hostPlan, labRun, tools, (event) => cluster.record.add(event), plan.firmwareMs);
      await host.prepare();
      nodes.push({ name, index, address: hostAddress(index), host });
    }
    await cluster.#settle(labRun);
    await serveAnswers(answers, {
      announced: (host, words) => cluster.#announced(host, words),
      asked: async (host, argv, killed) => {
        const call: Call = { host, argv, atMs: Date.now(), endMs: undefined };
        cluster.calls.push(call);
        const answered = await cluster.asked(host, argv, killed);
        call.endMs = Date.now();
        return answered;
      },
    });
    return cluster;
  }

  /** Powers all hosts on and waits until ssh answers and, with two or more, corosync has all votes on every one. */
  async start(): Promise<void> {
    for (const node of this.nodes) node.host.powerOn();
    await Promise.all(this.nodes.map((node) => this.whole(node, 600_000)));
  }

  /** Waits until a node answers ssh and every node sees all nodes of the cluster. */
  async whole(node: LabNode, deadlineMs: number): Promise<void> {
    await until(`ssh to ${node.name}`, deadlineMs, async () =>
      (await this.ssh.try(node.address, 'true')).exitCode === 0 ? true : undefined,
    );
    const { length } = this.nodes;
    if (length === 1) return;
    await until(`${length} members as seen by every node`, deadlineMs, () => {
      const views = this.nodes.map(({ name }) => this.record.quorumOn(name));
      return Promise.resolve(views.every((view) => view?.quorate === true && view.members.length === length) ? true : undefined);
    });
  }

  /** The configuration that corosync has on every host. */
  get corosyncConf(): string {
    return corosyncConf(clusterName, this.nodes);
  }

  node(name: string): LabNode {
    const node = this.nodes.find((each) => each.name === name);
    if (node === undefined) throw new Error(`the lab has no ${name}`);
    return node;
  }

  /** What a host is before its first boot: name, keys, membership. */
  async #settle(labRun: LabRun): Promise<void> {
    const hosts = this.nodes.map(({ name, address, host }) => ({ name, address, root: host.root }));
    const names = this.nodes.map(({ name, address }) => `${address} ${name}.lab.test ${name}\n`);
    await giveKeys(hosts, this.pmxcfs.shared, labRun.folder);
    const key = corosyncKey();
    const conf = this.corosyncConf;
    for (const { name, root } of hosts) {
      await writeFile(join(root, 'etc/hostname'), `${name}\n`);
      await writeFile(join(root, 'etc/hosts'), `127.0.0.1 localhost\n${names.join('')}`);
      await writeFile(join(root, 'etc/machine-id'), `${randomBytes(16).toString('hex')}\n`);
      if (this.nodes.length === 1) continue;
      await mkdir(join(root, 'etc/corosync'), { recursive: true });
      await writeFile(join(root, 'etc/corosync/corosync.conf'), conf);
      await writeFile(join(root, 'etc/corosync/authkey'), key, { mode: 0o400 });
    }
  }

  #announced(host: string, words: readonly string[]): void {
    const [what, first, ...rest] = words;
    if (what === 'booted') this.record.add({ type: 'booted', host, bootId: first ?? '', kernel: rest[0] ?? '' });
    else if (what === 'quorum') this.record.add({ type: 'quorum', host, quorate: first === 'Yes', members: rest.map(Number) });
    else throw new Error(`${host} announces ${words.join(' ')}, which the lab does not know`);
  }
}
