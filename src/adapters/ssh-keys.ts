/** The private keys we may log in with. Read at each new connection: they may be replaced while we run. */
import { readFile } from 'node:fs/promises';
import ssh2 from 'ssh2';
import type { ParsedKey } from 'ssh2';

/** root's cluster key, which every node accepts (facts 7.1), and the one that people add themselves. */
export const clusterKeyFiles: readonly string[] = ['/root/.ssh/id_rsa', '/root/.ssh/id_ed25519'];

export interface PrivateKeys {
  readonly usable: readonly { readonly file: string; readonly key: ParsedKey }[];
  /** One line for each file that gave no key: the file and why. */
  readonly unusable: readonly string[];
}

export async function readPrivateKeys(files: readonly string[]): Promise<PrivateKeys> {
  const read = await Promise.all(files.map(readPrivateKey));
  return {
    usable: read.flatMap((one) => ('key' in one ? [one] : [])),
    unusable: read.flatMap((one) => ('why' in one ? [`${one.file} (${one.why})`] : [])),
  };
}

type OneKey = { readonly file: string; readonly key: ParsedKey } | { readonly file: string; readonly why: string };

async function readPrivateKey(file: string): Promise<OneKey> {
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    return { file, why: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : (error as Error).message };
  }
  const key = ssh2.utils.parseKey(content);
  if (key instanceof Error) return { file, why: key.message };
  if (!key.isPrivateKey()) return { file, why: 'not a private key' };
  return { file, key };
}
