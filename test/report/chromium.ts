/** A real browser without a screen: what it makes of a page, and a picture of it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const alone = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
] as const;

/** @returns the document as the browser has it once its scripts have run */
export async function domOf(file: string): Promise<string> {
  return browse(file, ['--virtual-time-budget=60000', '--dump-dom']);
}

/** @param scheme what the reader prefers */
export async function shoot(
  file: string,
  picture: string,
  width: number,
  height: number,
  scheme: 'light' | 'dark' = 'light',
): Promise<void> {
  const preferred = `--blink-settings=preferredColorScheme=${scheme === 'dark' ? 0 : 1}`;
  await browse(file, [`--screenshot=${picture}`, `--window-size=${width},${height}`, preferred]);
}

export async function print(file: string, pdf: string): Promise<void> {
  await browse(file, [`--print-to-pdf=${pdf}`, '--no-pdf-header-footer']);
}

async function browse(file: string, wanted: readonly string[]): Promise<string> {
  const profile = await mkdtemp(join(tmpdir(), 'proxroll-chromium-'));
  try {
    const { stdout } = await run('chromium', [...alone, `--user-data-dir=${profile}`, ...wanted, pathToFileURL(file).href], {
      maxBuffer: 64 * 1024 ** 2,
      timeout: 60_000,
    });
    return stdout;
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
