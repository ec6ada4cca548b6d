/** The file for node_exporter's textfile collector (facts 7.1): replaced at once, readable for it, and never under a name it reads half-written. */
import { chmod, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const fileName = 'proxroll.prom';

/**
 * @returns the file, or nothing where there is no such folder: then nobody wants it
 * @throws a Node.js system error when it cannot be written; what was there before stays
 */
export async function writeTextfile(folder: string, text: string): Promise<string | undefined> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (found?.isDirectory() !== true) return undefined;
  const file = join(folder, fileName);
  // Names that do not end in .prom are not read.
  const temporary = `${file}.${process.pid}`;
  try {
    const handle = await open(temporary, 'w', 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // The umask may have taken the exporter's right to read it.
    await chmod(temporary, 0o644);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return file;
}
