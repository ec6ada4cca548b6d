/** A tar archive (POSIX ustar) of plain files, without anything of the machine that made it. */

export interface ArchiveFile {
  /** With `/` between names; at most 100 bytes. */
  readonly path: string;
  readonly text: string;
}

const blockBytes = 512;

/** @param atMs when the files are said to be from @throws for a path that does not fit */
export function tar(files: readonly ArchiveFile[], atMs: number): Uint8Array {
  const parts = files.flatMap(({ path, text }) => {
    const content = Buffer.from(text, 'utf8');
    const rest = (blockBytes - (content.length % blockBytes)) % blockBytes;
    return [header(path, content.length, atMs), content, Buffer.alloc(rest)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * blockBytes)]);
}

function header(path: string, bytes: number, atMs: number): Buffer {
  if (Buffer.byteLength(path) > 100) throw new Error(`the path ${path} is too long for a tar archive`);
  const block = Buffer.alloc(blockBytes);
  const put = (at: number, text: string) => block.write(text, at, 'latin1');
  const octal = (at: number, length: number, value: number) => put(at, `${value.toString(8).padStart(length - 1, '0')}\0`);
  block.write(path, 0, 'utf8');
  octal(100, 8, 0o600);
  octal(108, 8, 0);
  octal(116, 8, 0);
  octal(124, 12, bytes);
  octal(136, 12, Math.floor(atMs / 1000));
  put(148, '        ');
  put(156, '0');
  put(257, 'ustar\u000000');
  put(265, 'root');
  put(297, 'root');
  const sum = block.reduce((all, byte) => all + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}
