/** The keys of a cluster: ssh of root and hosts in the places Proxmox VE has them, corosync's own, and the lab's. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.ts';

export interface Keyed {
  readonly name: string;
  readonly address: string;
  readonly root: string;
}

/** Gives every host its keys. Root's is RSA and its authorized_keys a link into /etc/pve, as facts 7.1 say. */
export async function giveKeys(hosts: readonly Keyed[], shared: string, labFolder: string): Promise<void> {
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', join(labFolder, 'lab_key')]);
  await Promise.all(hosts.map((host) => hostKeys(host)));
  const priv = join(shared, 'priv');
  await mkdir(join(priv, 'lock'), { recursive: true });
  const authorized = [await readFile(join(labFolder, 'lab_key.pub'), 'utf8')];
  const known: string[] = [];
  const knownToLab: string[] = [];
  for (const host of hosts) {
    authorized.push(await readFile(join(host.root, 'root/.ssh/id_rsa.pub'), 'utf8'));
    const rsa = await publicKey(host, 'rsa');
    const folder = join(shared, 'nodes', host.name);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'ssh_known_hosts'), `${host.name} ${rsa}\n`);
    known.push(`${host.name} ${rsa}\n`, `${host.address} ${rsa}\n`);
    for (const type of ['rsa', 'ecdsa', 'ed25519']) knownToLab.push(`${host.name},${host.address} ${await publicKey(host, type)}\n`);
  }
  await writeFile(join(priv, 'authorized_keys'), authorized.join(''), { mode: 0o600 });
  await writeFile(join(priv, 'known_hosts'), known.join(''), { mode: 0o600 });
  await writeFile(join(labFolder, 'known_hosts'), knownToLab.join(''));
  await chmod(priv, 0o700);
}

/** corosync's key, the same on all nodes. */
export function corosyncKey(): Buffer {
  return randomBytes(256);
}

async function hostKeys(host: Keyed): Promise<void> {
  await run(['ssh-keygen', '-A', '-f', host.root]);
  const folder = join(host.root, 'root/.ssh');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Shorter than Proxmox VE's 4096 bits, which take seconds; the type is what matters.
  await run(['ssh-keygen', '-q', '-t', 'rsa', '-b', '2048', '-N', '', '-C', `root@${host.name}`, '-f', join(folder, 'id_rsa')]);
  await symlink('/etc/pve/priv/authorized_keys', join(folder, 'authorized_keys'));
  await rm(join(host.root, 'etc/ssh/ssh_known_hosts'), { force: true });
  await symlink('/etc/pve/priv/known_hosts', join(host.root, 'etc/ssh/ssh_known_hosts'));
}

async function publicKey(host: Keyed, type: string): Promise<string> {
  const text = await readFile(join(host.root, `etc/ssh/ssh_host_${type}_key.pub`), 'utf8');
  return text.trim().split(' ').slice(0, 2).join(' ');
}
