import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { without } from '../installed.ts';

const run = promisify(execFile);
const service = fileURLToPath(new URL('service-here.ts', import.meta.url));
const program = fileURLToPath(new URL('follow-here.ts', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** A tmux of its own with one window; what is seen in it is what a person would see. */
class Screen {
  readonly #socket = `proxroll-test-${process.pid}-${Math.random().toString(36).slice(2)}`;

  async open(columns: number, rows: number, folder: string, env: string): Promise<void> {
    const node = `'${process.execPath}' --import tsx`;
    const command = `cd '${root}' && { ${node} '${service}' '${folder}' 60 >'${folder}/said' 2>&1 & ${env} ${node} '${program}' '${folder}' 60; echo "left with $?"; exec sleep 600; }`;
    await this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), command);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  async lines(): Promise<readonly string[]> {
    return (await this.#tmux('capture-pane', '-p')).replace(/\n+$/, '').split('\n');
  }

  /** With what sets colours. */
  async painted(): Promise<string> {
    return this.#tmux('capture-pane', '-p', '-e');
  }

  /** @returns the screen as soon as it shows all of these */
  async shows(...patterns: readonly RegExp[]): Promise<readonly string[]> {
    const until = Date.now() + 90_000;
    for (;;) {
      const lines = await this.lines();
      const missing = patterns.find((pattern) => !pattern.test(lines.join('\n')));
      if (missing === undefined) return lines;
      if (Date.now() > until) throw new Error(`never showed ${String(missing)}:\n${lines.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async close(): Promise<void> {
    await this.#tmux('kill-server');
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    // Who runs the tests may want no colour for themselves; here each case says what it wants.
    const { NO_COLOR: _ours, ...inherited } = process.env;
    const env = { ...inherited, TZ: 'UTC', LC_ALL: 'C.UTF-8', TERM: 'xterm-256color' };
    return (await run('tmux', ['-L', this.#socket, ...args], { env })).stdout;
  }
}

const titles = /^node +step +elapsed +guests +(expected )?end$/m;

function demandOneFrame(lines: readonly string[], columns: number): void {
  assert.equal(lines.filter((line) => line.startsWith('prod: running')).length, 1, lines.join('\n'));
  assert.equal(lines.filter((line) => titles.test(line)).length, 1, lines.join('\n'));
  assert.ok(
    lines.every((line) => line.length < columns),
    lines.join('\n'),
  );
}

for (const [from, to] of [
  [80, 200],
  [200, 80],
] as const)
  test(
    `status --follow of a service with its state folder must stand in a real terminal of ${from} columns, and when it becomes one of ${to}`,
    { skip: without('tmux') },
    async () => {
      const screen = new Screen();
      const folder = await mkdtemp(join(tmpdir(), 'proxroll-follow-'));
      await screen.open(from, 24, folder, from === 80 ? 'NO_COLOR=1' : '');
      try {
        const whole = [
          /^waits for \S/m,
          /^\d of 4 nodes, \d+ of \d+ steps done; \d of \d guests moved/m,
          // Five earlier runs lie beside it, so it is known from the first step what is usual.
          /^expected end \d\d:\d\d, in 19 of 20 cases by \d\d:\d\d/m,
          titles,
        ];
        demandOneFrame(await screen.shows(...whole), from);
        assert.equal(/\u001b\[3\dm/.test(await screen.painted()), from !== 80, 'colour where it is wanted, and only there');
        await screen.resize(to, 40);
        demandOneFrame(await screen.shows(/^pve\d +reboot, /m, ...whole), to);
        await screen.resize(60, 20);
        demandOneFrame(await screen.shows(/^\d of 4 nodes, \d+ of \d+ steps done/m, /^node +step +elapsed +guests +/m), 60);
        await screen.resize(to, 40);
        const last = await screen.shows(/left with 0/);
        assert.ok(last.some((line) => /^run \S+ of prod finished, /.test(line)));
      } finally {
        await screen.close();
        await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  );
