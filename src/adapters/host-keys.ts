/**
 * Which host keys we trust: only those that the cluster itself has written down, never one seen for the first time
 * (facts 7.1, 7.2). Names are node names, never addresses, as with ssh's HostKeyAlias. Files are searched by
 * `ssh-keygen -F`, which also knows hashed names.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { execa } from 'execa';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { COMMAND_ENV } from './environment.ts';

export interface HostKey {
  /** As in the file: `ssh-rsa`, `ssh-ed25519`, … */
  readonly type: string;
  /** The public key as it travels in the ssh protocol. */
  readonly blob: Buffer;
}

export interface KnownKeys {
  readonly node: string;
  /** The files that were looked at, found or not. */
  readonly files: readonly string[];
  readonly trusted: readonly HostKey[];
  readonly revoked: readonly HostKey[];
}

export interface HostKeyFiles {
  /** The file that a node writes about itself; when it exists, nothing else counts. */
  readonly ofNode: (node: string) => string;
  readonly shared: readonly string[];
}

export const clusterHostKeyFiles: HostKeyFiles = {
  ofNode: (node) => `/etc/pve/nodes/${node}/ssh_known_hosts`,
  shared: ['/etc/ssh/ssh_known_hosts', '/root/.ssh/known_hosts'],
};

/** Read anew at each call: `pvecm updatecerts` may have run in between. @throws Error when ssh-keygen cannot be run or cannot read a file that is there */
export async function knownHostKeys(node: string, files: HostKeyFiles = clusterHostKeyFiles): Promise<KnownKeys> {
  const own = files.ofNode(node);
  const pinned = existsSync(own);
  const looked = pinned ? [own] : files.shared;
  const lines = (await Promise.all(looked.map((file) => linesAbout(node, file)))).flat();
  return {
    node,
    files: pinned ? looked : [own, ...looked],
    trusted: lines.filter(({ marker }) => marker === undefined),
    revoked: lines.filter(({ marker }) => marker === '@revoked'),
  };
}

/** What to offer, so that the host shows a key we can compare. SHA-1 signatures (`ssh-rsa`) are never asked for. Empty: none that we can check. */
export function hostKeyAlgorithms({ trusted }: KnownKeys): readonly ServerHostKeyAlgorithm[] {
  return Object.entries(ALGORITHMS).flatMap(([type, algorithms]) => (trusted.some((key) => key.type === type) ? algorithms : []));
}

const ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
};

/** @returns `undefined` when the key is trusted, else why not and what to do, for people */
export function whyRefused(known: KnownKeys, shown: Buffer): string | undefined {
  const { node, files, trusted, revoked } = known;
  const where = files.join(', ');
  if (revoked.some(({ blob }) => blob.equals(shown))) return `its host key ${fingerprint(shown)} is marked as revoked in ${where}`;
  if (trusted.some(({ blob }) => blob.equals(shown))) return undefined;
  const expected = trusted.map(({ type, blob }) => `${type} ${fingerprint(blob)}`).join(', ');
  return (
    `it shows the host key ${fingerprint(shown)}, but ${where} has ${expected}. ` +
    `If ${node} was reinstalled or got new host keys, run \`pvecm updatecerts\` on it; if not, another machine answers in its place`
  );
}

/** Why there is nothing to compare with, and what to do, for people. */
export function whyUnknown({ node, files, trusted }: KnownKeys): string {
  const types = trusted.map(({ type }) => type).join(', ');
  const seen =
    types === '' ? `no host key of ${node} is known` : `the known host keys of ${node} (${types}) are of no type that can be checked`;
  return `${seen}; looked in ${files.join(', ')}. Run \`pvecm updatecerts\` on ${node}`;
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

interface KnownLine extends HostKey {
  readonly marker: string | undefined;
}

async function linesAbout(node: string, file: string): Promise<readonly KnownLine[]> {
  if (!existsSync(file)) return [];
  const result = await execa('ssh-keygen', ['-F', node, '-f', file], {
    cwd: '/',
    env: COMMAND_ENV,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: 10_000,
  });
  // 1 without a word: no such name in the file.
  if (result.exitCode === 1 && result.stderr === '') return [];
  if (result.exitCode !== 0)
    throw new Error(`ssh-keygen cannot search ${file}: ${result.stderr || result.shortMessage}`, { cause: result });
  return result.stdout.split('\n').flatMap(knownLine);
}

/** `[@marker] names type base64 [comment]`; lines that begin with `#` are ssh-keygen's own words. */
function knownLine(line: string): readonly KnownLine[] {
  if (line === '' || line.startsWith('#')) return [];
  const words = line.split(/\s+/);
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
  const [, type, base64] = words;
  if (type === undefined || base64 === undefined) return [];
  return [{ marker, type, blob: Buffer.from(base64, 'base64') }];
}
