import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileStore } from '../../src/adapters/file-store.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { StoreFull } from '../../src/ports/store.ts';
import { descendants } from './sshd.ts';

const root = mkdtempSync(join(tmpdir(), 'proxroll-store-'));
after(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const newFolder = (): string => join(root, `state-${(made += 1)}`);
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test('what was appended is read back in order, also by another process later', async () => {
  const folder = newFolder();
  const store = fileStore(folder);
  await store.append('runs/1/journal.jsonl', 'one\n');
  await store.append('runs/1/journal.jsonl', 'zwei ü\n');
  assert.equal(await fileStore(folder).read('runs/1/journal.jsonl'), 'one\nzwei ü\n');
});

test('appends that were not waited for keep their order', async () => {
  const store = fileStore(newFolder());
  await Promise.all([...Array(50).keys()].map((n) => store.append('log', `${n}\n`)));
  assert.equal(await store.read('log'), [...Array(50).keys()].map((n) => `${n}\n`).join(''));
});

test('a write replaces the whole file and leaves nothing beside it', async () => {
  const folder = newFolder();
  const store = fileStore(folder);
  await store.write('a/status.json', 'long text');
  await Promise.all([store.write('a/status.json', 'b'), store.write('a/status.json', 'c')]);
  assert.equal(await store.read('a/status.json'), 'c');
  assert.deepEqual(readdirSync(join(folder, 'a')), ['status.json']);
});

test('a file or folder that is not there reads as undefined and lists as empty', async () => {
  const store = fileStore(newFolder());
  assert.equal(await store.read('none'), undefined);
  assert.deepEqual(await store.list(''), []);
  assert.deepEqual(await store.list('none/at/all'), []);
});

test('names are listed sorted, without what a killed write left behind', async () => {
  const folder = newFolder();
  const store = fileStore(folder);
  for (const name of ['b', 'a', 'c']) await store.write(`runs/${name}`, '');
  writeFileSync(join(folder, 'runs/.a.123.tmp'), 'half');
  assert.deepEqual(await store.list('runs'), ['a', 'b', 'c']);
  assert.deepEqual(await store.list(''), ['runs']);
});

test('remove takes a folder with all below it, and does not mind what is not there', async () => {
  const store = fileStore(newFolder());
  await store.write('runs/1/a', 'x');
  await store.remove('runs/1');
  await store.remove('runs/1');
  await store.remove('never/was');
  assert.deepEqual(await store.list('runs'), []);
});

test('folders and files are for root alone', async () => {
  const folder = newFolder();
  await fileStore(folder).append('runs/1/journal.jsonl', 'x');
  await fileStore(folder).write('plan.json', 'x');
  assert.deepEqual([folder, join(folder, 'runs'), join(folder, 'runs/1')].map(mode), ['700', '700', '700']);
  assert.deepEqual([join(folder, 'plan.json'), join(folder, 'runs/1/journal.jsonl')].map(mode), ['600', '600']);
});

for (const path of ['../x', 'a/../../x', '/etc/x', '', '.', 'a//b', 'a/', 'a\0b'])
  test(`the path ${JSON.stringify(path)} is refused`, async () => {
    const store = fileStore(newFolder());
    await assert.rejects(async () => store.read(path), TypeError);
    await assert.rejects(async () => store.write(path, 'x'), TypeError);
    await assert.rejects(async () => store.append(path, 'x'), TypeError);
    await assert.rejects(async () => store.remove(path), TypeError);
    if (path !== '') await assert.rejects(async () => store.list(path), TypeError);
  });

describe('a full disk', { skip: process.getuid?.() === 0 ? false : 'only root can mount a small disk' }, () => {
  const disk = join(root, 'disk');
  const withDisk = async (body: (folder: string) => Promise<void>): Promise<void> => {
    mkdirSync(disk, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk]);
    try {
      await body(join(disk, 'state'));
    } finally {
      execFileSync('umount', [disk]);
    }
  };
  test('an append that does not fit counts for nothing, and one that fits still works', () =>
    withDisk(async (folder) => {
      const store = fileStore(folder);
      await store.append('journal', 'first\n');
      await assert.rejects(store.append('journal', 'x'.repeat(100_000)), StoreFull);
      assert.equal(await store.read('journal'), 'first\n');
      await store.append('journal', 'second\n');
      assert.equal(await store.read('journal'), 'first\nsecond\n');
    }));
  test('a write that does not fit leaves the old text and no rest', () =>
    withDisk(async (folder) => {
      const store = fileStore(folder);
      await store.write('plan.json', 'old');
      await assert.rejects(store.write('plan.json', 'x'.repeat(100_000)), StoreFull);
      assert.equal(await store.read('plan.json'), 'old');
      assert.deepEqual(readdirSync(folder), ['plan.json']);
    }));
});

describe('the lock', () => {
  test("where its file cannot be made, the system's own reason is told", async () =>
    // Nobody can make a file there, root neither.
    assert.rejects(fileStore('/sys/kernel').lock('run'), ({ code, path }: NodeJS.ErrnoException) => {
      assert.match(code ?? '', /^(EACCES|EPERM|EROFS)$/);
      assert.equal(path, '/sys/kernel/run.lock');
      return true;
    }));
  test('is busy for everybody else until it is released', async () => {
    const folder = newFolder();
    const lock = await fileStore(folder).lock('run');
    assert.ok(lock !== 'busy');
    assert.equal(await fileStore(folder).lock('run'), 'busy');
    const file = join(folder, 'run.lock');
    assert.throws(() => execFileSync('flock', ['--nonblock', file, 'true']));
    assert.notEqual(await fileStore(folder).lock('other'), 'busy');
    await lock.release();
    execFileSync('flock', ['--nonblock', file, 'true']);
    assert.notEqual(await fileStore(folder).lock('run'), 'busy');
  });

  /** Another process that takes the lock, says so, and goes on as told. */
  const holder = (folder: string, then: string): ReturnType<typeof spawn> => {
    const module = new URL('../../src/adapters/file-store.ts', import.meta.url).pathname;
    const file = join(root, `holder-${(made += 1)}.mts`);
    writeFileSync(
      file,
      `import { fileStore } from '${module}';\nconst lock = await fileStore('${folder}').lock('run');\nconsole.log(lock === 'busy' ? 'busy' : 'held');\n${then}\n`,
    );
    return spawn(process.execPath, ['--import', 'tsx', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  };
  const firstWord = (child: ReturnType<typeof spawn>): Promise<string> =>
    new Promise((resolve) => child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())));
  const ended = (child: ReturnType<typeof spawn>): Promise<number | null> =>
    new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  /** The kernel gives the lock back in its own time. */
  const takenSoon = async (folder: string): Promise<void> => {
    for (let tries = 0; tries < 500; tries += 1) {
      const lock = await fileStore(folder).lock('run');
      if (lock !== 'busy') return lock.release();
    }
    assert.fail('still busy');
  };

  test('is free again when its process was killed', async () => {
    const folder = newFolder();
    const child = holder(folder, 'setInterval(() => {}, 1000);');
    assert.equal(await firstWord(child), 'held');
    assert.equal(await fileStore(folder).lock('run'), 'busy');
    const gone = ended(child);
    child.kill('SIGKILL');
    await gone;
    await takenSoon(folder);
  });

  test('does not keep a process from ending, and is free then', async () => {
    const folder = newFolder();
    const child = holder(folder, '');
    assert.equal(await ended(child), 0);
    await takenSoon(folder);
  });

  test('can be released by a process that does nothing else any more', async () => {
    const child = holder(newFolder(), `if (lock !== 'busy') await lock.release();`);
    assert.equal(await ended(child), 0);
  });

  test('outlives the signals that a whole service gets', async () => {
    const folder = newFolder();
    const child = holder(folder, `process.on('SIGTERM', () => {}); process.on('SIGINT', () => {}); setInterval(() => {}, 1000);`);
    assert.equal(await firstWord(child), 'held');
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) for (const pid of descendants(child.pid ?? 0)) process.kill(pid, signal);
    assert.equal(await fileStore(folder).lock('run'), 'busy');
    const gone = ended(child);
    child.kill('SIGKILL');
    await gone;
  });

  test('that is lost is told', async () => {
    const folder = newFolder();
    const lost: string[] = [];
    const before = new Set(descendants(process.pid));
    const lock = await fileStore(folder, (name) => lost.push(name)).lock('run');
    assert.notEqual(lock, 'busy');
    for (const pid of descendants(process.pid)) if (!before.has(pid)) process.kill(pid, 'SIGKILL');
    const clock = systemClock();
    for (const end = clock.elapsed() + 5000; lost.length === 0 && clock.elapsed() < end;) await clock.sleep(5);
    assert.deepEqual(lost, ['run']);
  });

  test('cannot be taken where no file can be made', async () => {
    const file = join(root, 'a-file');
    writeFileSync(file, '');
    await assert.rejects(fileStore(join(file, 'state')).lock('run'), /ENOTDIR/);
  });
});
