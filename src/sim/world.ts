/**
 * The simulated cluster. Things take time here, not in the calls that ask for them: a migration goes on when the agent is
 * dead, and a node that was asked to reboot answers for a while. One engine for tests, `demo`, `rehearse` and the lab.
 */
import type { Argv } from '../ports/shell.ts';
import { Boot } from './boot.ts';
import { Ceph } from './ceph.ts';
import { programs } from './commands/index.ts';
import { Corosync } from './corosync.ts';
import { WorldLog } from './facts.ts';
import { SimGuest } from './guest.ts';
import { Guests } from './guests.ts';
import { Ha } from './ha.ts';
import type { Migration } from './migration.ts';
import { SimNode } from './node.ts';
import { Pmxcfs } from './pmxcfs.ts';
import { Process } from './process.ts';
import type { CommandResult } from './process.ts';
import type { SeededRandom } from './random.ts';
import { nominal } from './spec.ts';
import type { GuestSpec, Latencies, WorldSpec } from './spec.ts';
import { Storages } from './storages.ts';
import { never } from './store.ts';
import { Tasks } from './tasks.ts';
import type { Timers } from './timers.ts';

export class World {
  readonly name: string;
  readonly clustered: boolean;
  /** `crs` of datacenter.cfg. */
  crs: string | undefined;
  readonly latencies: Latencies;
  readonly nodes: readonly SimNode[];
  readonly log: WorldLog;
  readonly tasks: Tasks;
  readonly storages: Storages;
  readonly corosync: Corosync;
  readonly pmxcfs: Pmxcfs;
  readonly guests: Guests;
  readonly ceph: Ceph;
  readonly ha: Ha;
  readonly boot: Boot;
  readonly migrations = new Set<Migration>();
  /** Told the name of a node in the moment it goes dark, or answers again. */
  readonly onNodeDown = new Set<(node: string) => void>();
  readonly onNodeUp = new Set<(node: string) => void>();
  readonly #byName: ReadonlyMap<string, SimNode>;

  constructor(
    readonly spec: WorldSpec,
    readonly timers: Timers,
    readonly random: SeededRandom,
  ) {
    this.name = spec.name ?? 'testclu';
    this.latencies = { ...nominal, ...spec.latencies };
    this.nodes = Object.entries(spec.nodes).map(([name, node], at) => new SimNode(name, at + 1, node, this.latencies));
    this.#byName = new Map(this.nodes.map((node) => [node.name, node]));
    this.clustered = spec.clustered ?? this.nodes.length > 1;
    this.crs = spec.crs;
    this.log = new WorldLog(timers);
    this.tasks = new Tasks(timers);
    this.storages = new Storages(spec.storages ?? {});
    this.pmxcfs = new Pmxcfs(this);
    this.guests = new Guests(
      this,
      Object.entries(spec.guests ?? {}).map(([vmid, guest]) => this.#guest(Number(vmid), guest)),
    );
    this.storages.isUp = (vmid) => this.guests.find(vmid)?.up === true;
    for (const node of this.nodes) this.#settle(node);
    this.corosync = new Corosync(this);
    this.ceph = new Ceph(this);
    this.ha = new Ha(this);
    this.boot = new Boot(this);
    if (this.nodes.some(({ spec: { off } }) => off === true)) this.ha.kick();
  }

  /** What happened so far, and a way to hear of more. */
  get facts(): WorldLog {
    return this.log;
  }

  /** Somebody wrote `crs` of datacenter.cfg. */
  setCrs(crs: string): void {
    if (this.crs === crs) return;
    this.crs = crs;
    this.log.tell({ type: 'crs', crs });
  }

  findNode(name: string): SimNode | undefined {
    return this.#byName.get(name);
  }

  /** @throws when there is no such node */
  node(name: string): SimNode {
    const node = this.#byName.get(name);
    if (node === undefined) throw new Error(`this world has no node ${name}; it has ${[...this.#byName.keys()].join(', ')}`);
    return node;
  }

  /** @throws when there is no such guest */
  guest(vmid: number): SimGuest {
    const guest = this.guests.find(vmid);
    if (guest === undefined) throw new Error(`this world has no guest ${vmid}`);
    return guest;
  }

  /** A guest appears, as if somebody had just made it. */
  addGuest(vmid: number, spec: GuestSpec): SimGuest {
    const guest = this.#guest(vmid, spec);
    this.guests.add(guest);
    return guest;
  }

  /** Whether a program on `from` can open an ssh connection to `to`. */
  reaches(from: SimNode, to: SimNode): boolean {
    return to.alive && (from === to || (!from.cut && !to.cut));
  }

  /**
   * Runs one command on a host. @param started is given the process before it does anything
   * @returns never, when the host is or goes dark first
   */
  execute(node: SimNode, argv: Argv, stdin = '', started?: (process: Process) => void): Promise<CommandResult> {
    return Promise.resolve(this.start(node, argv, stdin, started));
  }

  /** The same, but a program that takes no time has its result at once: most of them only look. */
  start(node: SimNode, argv: Argv, stdin = '', started?: (process: Process) => void): CommandResult | Promise<CommandResult> {
    if (!node.alive) return never();
    const process = new Process(this, node, argv, stdin);
    started?.(process);
    const { boots } = node;
    // From its first moment on: what it does there may take the node's power.
    node.processes.add(process);
    const program = programs[argv[0]];
    const exitCode = program === undefined ? process.fail(127, `sh: 1: ${argv[0]}: not found`) : program(process);
    if (typeof exitCode === 'number') {
      node.processes.delete(process);
      return { exitCode, stdout: process.stdout, stderr: process.stderr };
    }
    return exitCode.then((code) => {
      node.processes.delete(process);
      if (node.power === 'off' || node.boots !== boots) return never();
      return { exitCode: code, stdout: process.stdout, stderr: process.stderr };
    });
  }

  /** The host is dark: called by the lab, where hosts are real; the world's own reboots call it themselves. */
  nodeWentDown(name: string, how: 'reboot' | 'power' = 'reboot'): void {
    this.boot.wentDown(this.node(name), how);
  }

  /** The host answers again. */
  nodeCameUp(name: string, options: { readonly bootId?: string } = {}): void {
    const node = this.node(name);
    if (node.power === 'off') this.boot.cameUp(node, options.bootId);
  }

  /** Every file below `/etc/pve` as a node sees it, by path relative to it. */
  pmxcfsFiles(from: string = this.nodes[0]?.name ?? ''): Map<string, string> {
    return this.pmxcfs.files(this.node(from));
  }

  /** Cuts the node's link, or mends it. */
  cut(name: string, cut: boolean): void {
    const node = this.node(name);
    if (node.cut === cut) return;
    node.cut = cut;
    this.log.tell({ type: 'node.cut', node: name, cut });
    for (const migration of this.migrations) migration.linkChanged(name);
    if (cut) this.corosync.leave(node, this.latencies.silentMs);
    else this.#back(node);
    this.corosync.changed();
  }

  /** Freezes the node, or thaws it: it takes connections, and answers nothing meanwhile. */
  hang(name: string, hung: boolean): void {
    const node = this.node(name);
    if (node.power === 'off' || node.hung === hung) return;
    node.hung = hung;
    if (hung) this.corosync.leave(node, this.latencies.silentMs);
    else this.#back(node);
    this.corosync.changed();
  }

  /** corosync restarts with its package: the node is away for a moment. */
  restartCorosync(node: SimNode): void {
    if (!this.clustered || !node.joined) return;
    this.corosync.leave(node, 0);
    this.corosync.join(node, 2_000);
  }

  /** A duration near `nominalMs`, from the named stream. */
  around(stream: string, nominalMs: number): number {
    return this.random.stream(stream).around(nominalMs);
  }

  /** `2026-11-21 09:55:05`: how task logs are stamped. */
  dateTime(ms: number): string {
    return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
  }

  /** `Sat Nov 21 10:06:35 2026`: how status commands print a time. */
  longTime(ms: number): string {
    const [day, date, month, year, time] = new Date(ms).toUTCString().replace(',', '').split(' ');
    return `${day ?? ''} ${month ?? ''} ${(date ?? '').replace(/^0/, ' ')} ${time ?? ''} ${year ?? ''}`;
  }

  #back(node: SimNode): void {
    if (this.corosync.stay(node)) node.lostAtMs = undefined;
    else this.corosync.join(node, 3_000);
  }

  #guest(vmid: number, spec: GuestSpec): SimGuest {
    const guest = new SimGuest(vmid, spec);
    if (!this.#byName.has(spec.on)) throw new Error(`guest ${vmid} is on ${spec.on}, and this world has no such node`);
    guest.worldBegins(this.timers.now());
    if (guest.up) {
      guest.startedAtMs = this.timers.now() - 86_400_000;
      guest.pid = this.node(spec.on).nextPid();
    }
    return guest;
  }

  /** Every node has been up for days, but those that are off. */
  #settle(node: SimNode): void {
    node.bootId = this.random.stream('boot-ids').uuid();
    node.onBootDoneFor = node.bootId;
    node.bootedAtMs = this.timers.now() - 30 * 86_400_000 - node.id * 3_600_000;
    for (const name of node.spec.installedAfterBoot ?? []) node.apt.installedAtMs.set(name, this.timers.now());
    if (this.clustered && node.sickUnits.has('corosync')) {
      node.joined = false;
      node.heardOfCluster = false;
    }
    if (node.spec.off !== true) return;
    node.power = 'off';
    node.joined = false;
    node.lostAtMs = this.timers.now() - 3_600_000;
    for (const guest of this.guests.on(node.name)) guest.status = 'stopped';
  }
}
