/**
 * One booted host and the loop that boots it again when it asks for it. A class, because it holds a running machine open.
 * Faults are asked for here: plug, link, freeze, coming back late or never.
 */
import { spawn } from 'node:child_process';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from './command.ts';
import { plugIn, setLink } from './network.ts';
import type { LabRun } from './lab-run.ts';
import type { Tools } from './tools.ts';

export interface HostPlan {
  readonly name: string;
  /** From 1; fixes address and hardware address. */
  readonly index: number;
  /** Lower layers of its root file system, the uppermost first. */
  readonly layers: readonly string[];
  /** Shared folders: path outside, path on the host. Order counts: a mount point comes before what is mounted in it. */
  readonly binds: readonly (readonly [outside: string, onHost: string])[];
}

/** What happens after the host went down for a reboot. */
export type Return = { readonly kind: 'after'; readonly ms: number } | { readonly kind: 'never' };

export type HostEvent =
  | { readonly type: 'powered-on'; readonly host: string }
  | { readonly type: 'went-down'; readonly host: string; readonly how: 'reboot' | 'power-off' | 'cut-short' };

export class LabHost {
  /** Read at each reboot: a fault changes it while the host runs. */
  returns: Return;
  readonly root: string;
  /** New for every boot: in one that was killed before, the kernel goes on killing what systemd starts. */
  #cgroup = '';
  #boots = 0;
  #linkUp = true;
  #plugged = false;
  #loop: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(
    readonly plan: HostPlan,
    private readonly labRun: LabRun,
    private readonly tools: Tools,
    private readonly onEvent: (event: HostEvent) => void,
    firmwareMs: number,
  ) {
    this.returns = { kind: 'after', ms: firmwareMs };
    this.root = join(this.#own, 'root');
  }

  get name(): string {
    return this.plan.name;
  }

  get isOn(): boolean {
    return this.#loop !== undefined;
  }

  /** Whether it has power: from the moment the plug is pulled it has none, before anything on it has ended. */
  get isPlugged(): boolean {
    return this.#plugged;
  }

  /** Mounts its file systems. Until it is powered on, `root` can be written to. */
  async prepare(): Promise<void> {
    const upper = join(this.#own, 'upper');
    const work = join(this.#own, 'work');
    for (const folder of [upper, work, this.root]) await mkdir(folder, { recursive: true });
    const layers = `lowerdir=${this.plan.layers.join(':')},upperdir=${upper},workdir=${work}`;
    await run(['mount', '-t', 'overlay', '-o', layers, 'overlay', this.root]);
  }

  /** Powers it on and returns at once. @throws Error when the host is on */
  powerOn(): void {
    if (this.#loop !== undefined) throw new Error(`${this.name} is on`);
    this.#plugged = true;
    this.#loop = this.#supervise()
      .catch((error: unknown) => {
        this.#failure = new Error(`${this.name} cannot be booted`, { cause: error });
        console.error('lab:', this.#failure);
      })
      .finally(() => {
        this.#loop = undefined;
      });
  }

  /** Resolves when the host is off and stays off. @throws what kept it from booting */
  async off(): Promise<void> {
    await this.#loop;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Everything on it ends at once, as without power. SIGKILL to nspawn alone would leave the host running. */
  async pullPlug(): Promise<void> {
    this.#plugged = false;
    await writeFile(join(this.#cgroup, 'cgroup.kill'), '1');
    await this.off();
  }

  /** A hung host: nothing on it moves, while ping and TCP connect still answer. */
  async freeze(frozen: boolean): Promise<void> {
    await writeFile(join(this.#cgroup, 'cgroup.freeze'), frozen ? '1' : '0');
  }

  /** Cuts or heals its link at the switch; a cut stays over the next boot. */
  async link(up: boolean): Promise<void> {
    this.#linkUp = up;
    await setLink(this.name, up);
  }

  get #own(): string {
    return join(this.labRun.folder, 'hosts', this.plan.name);
  }

  async #supervise(): Promise<void> {
    for (;;) {
      await plugIn(this.name, this.plan.index, this.#linkUp);
      this.#cgroup = join(this.labRun.cgroup, `${this.name}-${++this.#boots}`);
      await mkdir(this.#cgroup);
      this.onEvent({ type: 'powered-on', host: this.name });
      const how = await this.#boot();
      this.onEvent({ type: 'went-down', host: this.name, how });
      if (how !== 'reboot' || this.returns.kind === 'never') return;
      await delay(this.returns.ms);
      if (!this.#plugged) return;
    }
  }

  async #boot(): Promise<'reboot' | 'power-off' | 'cut-short'> {
    const nspawn = ['systemd-nspawn', '--boot', `--directory=${this.root}`, `--machine=${this.name}`, '--register=no', '--keep-unit'];
    const apart = ['--resolv-conf=off', '--timezone=off', '--link-journal=no', '--console=pipe', '--quiet'];
    const rights = ['--capability=CAP_NET_ADMIN,CAP_IPC_LOCK,CAP_SYS_RESOURCE'];
    const binds = this.plan.binds.map(([outside, onHost]) => `--bind=${outside}:${onHost}`);
    const script = fileURLToPath(new URL('boot.sh', import.meta.url));
    const env = {
      PATH: this.tools.path,
      LD_LIBRARY_PATH: this.tools.nspawnLibraries,
      SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1',
      SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network',
    };
    const argv = [script, this.name, this.#cgroup, ...nspawn, ...apart, ...rights, ...binds];
    const screen = await open(join(this.#own, 'console.log'), 'a');
    return new Promise((resolve, reject) => {
      const child = spawn('sh', argv, { env, stdio: ['ignore', screen.fd, screen.fd] });
      child.once('error', reject);
      child.once('exit', (code) => {
        void screen.close();
        resolve(code === 133 ? 'reboot' : code === 0 ? 'power-off' : 'cut-short');
      });
    });
  }
}
