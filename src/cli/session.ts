/** One call of the program: its global options, what it is connected to, and how it will exit. */
import type { Config } from '../config/schema.ts';
import type { TextOptions } from '../report/findings.ts';
import type { Terminal } from '../report/terminal.ts';
import type { Actions, Entrance, Globals } from './actions.ts';
import { Exit, type ExitCode } from './exit-codes.ts';

export class Session {
  globals: Globals = { debug: false };
  exit: ExitCode = Exit.ok;
  /** Errors carry the priority that systemd reads. */
  inService = false;

  constructor(readonly entrance: Entrance) {}

  /** @throws ConfigRejected with every problem */
  async config(): Promise<Config> {
    const loaded = await this.entrance.readConfig(this.globals);
    if ('config' in loaded)
      return this.globals.rebootOnly === true ? { ...loaded.config, upgrade: 'none', reboot: 'always' } : loaded.config;
    const { ConfigRejected } = await import('./refused.ts');
    throw new ConfigRejected(loaded.problems);
  }

  /** @throws ConfigRejected, Refused */
  async actions(): Promise<Actions> {
    return this.entrance.connect(this.globals, await this.config(), 'cluster');
  }

  /** The same for commands that work from what runs have left on this node. @throws ConfigRejected, Refused */
  async records(): Promise<Actions> {
    return this.entrance.connect(this.globals, await this.config(), 'records');
  }

  json(value: unknown): void {
    this.entrance.out.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  say(text: string): void {
    this.entrance.out.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** Progress, and remarks that are not the answer. */
  remark(text: string): void {
    this.entrance.err.write(text.endsWith('\n') ? text : `${text}\n`);
  }
}

/** Longer lines are harder to read, however wide the screen. */
const widest = 110;

export function textOptions(terminal: Terminal): TextOptions {
  return { width: Math.max(40, Math.min(widest, terminal.columns())), colour: terminal.colour };
}
