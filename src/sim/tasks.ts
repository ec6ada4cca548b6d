/** PVE's tasks: what `/cluster/tasks` lists, with the ids it gives them (facts 1.3). */
import type { SimNode } from './node.ts';
import type { Timers } from './timers.ts';

export interface Task {
  readonly upid: string;
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly startedAtS: number;
  endedAtS: number | undefined;
  /** `OK`, or the error's free text; missing while it runs. */
  status: string | undefined;
}

/** A node broadcasts its running tasks and so many of the ended ones. */
const toldPerNode = 25;

export class Tasks {
  readonly all: Task[] = [];
  readonly #timers: Timers;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  start(node: SimNode, type: string, id: string, user = 'root@pam'): Task {
    const now = this.#timers.now();
    const pid = node.nextPid();
    const pstart = Math.floor((now - node.bootedAtMs) / 10);
    const startedAtS = Math.floor(now / 1000);
    const upid = `UPID:${node.name}:${hex8(pid)}:${hex8(pstart)}:${hex8(startedAtS)}:${type}:${id}:${user}:`;
    const task: Task = { upid, node: node.name, pid, pstart, type, id, user, startedAtS, endedAtS: undefined, status: undefined };
    this.all.push(task);
    return task;
  }

  end(task: Task, status: string): void {
    if (task.status !== undefined) return;
    task.status = status;
    task.endedAtS = Math.floor(this.#timers.now() / 1000);
  }

  /** What the node was doing ends without a verdict when its power goes. */
  nodeDown(node: string): void {
    for (const task of this.all) if (task.node === node) this.end(task, 'unexpected status');
  }

  /** As the cluster is told, the newest first. */
  told(nodes: readonly string[]): Task[] {
    return nodes.flatMap((node) => {
      const own = this.all.filter((task) => task.node === node).reverse();
      const ended = own.filter((task) => task.status !== undefined).slice(0, toldPerNode);
      return [...own.filter((task) => task.status === undefined), ...ended];
    });
  }
}

function hex8(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}
