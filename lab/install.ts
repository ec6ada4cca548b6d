/** proxroll on its node, the account it uses on the others, and an upgrade to find. */
import { cp, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { first, tellMust } from './operator.ts';
import type { LabCluster } from './cluster.ts';

export interface Installation {
  /** Path of the package. */
  readonly deb: string;
  /** Runs over this account instead of root's. */
  readonly sshUser?: string;
}

/** Installs the package by apt, and configures what this cluster needs. @throws Error when the lab cannot be made ready */
export async function install(cluster: LabCluster, plan: Installation): Promise<void> {
  const [carrier] = cluster.nodes;
  if (carrier === undefined) throw new Error('the lab has no host');
  await installPackage(cluster, plan.deb, carrier.name);
  const config = [
    ...(plan.sshUser === undefined ? [] : [`ssh_user: ${plan.sshUser}`]),
    // There is nowhere to move them to.
    ...(cluster.nodes.length === 1 ? ['guests:', '  default: shutdown'] : []),
  ];
  if (config.length > 0) await writeFile(join(carrier.host.root, 'etc/proxroll/config.yaml'), `${config.join('\n')}\n`);
  if (plan.sshUser !== undefined) await admit(cluster, plan.sshUser);
  await tellMust(cluster, 'proxroll config check && proxroll --version && systemctl is-enabled proxroll-resume.service');
}

/** Installs the package by apt on one node. @throws Error when that fails */
export async function installPackage(cluster: LabCluster, deb: string, node: string): Promise<void> {
  const name = basename(deb);
  await cp(deb, join(cluster.node(node).host.root, 'root', name));
  await tellMust(cluster, `cd /root && DEBIAN_FRONTEND=noninteractive apt-get -q -y install ./${name}`, node);
}

/** The account on every node, with the sudo rules that proxroll prints, and root's own way in closed to all but the lab. */
async function admit(cluster: LabCluster, user: string): Promise<void> {
  const sudoers = await cluster.ssh.run(first(cluster), 'proxroll config sudoers');
  const key = await cluster.ssh.run(first(cluster), 'cat /root/.ssh/id_rsa.pub');
  for (const { address, host } of cluster.nodes) {
    await cluster.ssh.run(
      address,
      `useradd --create-home --shell /bin/bash ${user} && install -d -m 700 -o ${user} -g ${user} /home/${user}/.ssh`,
    );
    await writeFile(join(host.root, `home/${user}/.ssh/authorized_keys`), key);
    await writeFile(join(host.root, 'etc/sudoers.d/proxroll'), sudoers, { mode: 0o440 });
    await writeFile(join(host.root, 'etc/ssh/sshd_config.d/lab.conf'), 'Match Address 10.99.0.1\n  PermitRootLogin yes\nMatch all\n');
    await cluster.ssh.run(
      address,
      "sed -i 's/^PermitRootLogin.*/PermitRootLogin no/' /etc/ssh/sshd_config.d/proxmox.conf && systemctl reload ssh",
    );
    console.log(await cluster.ssh.run(address, 'visudo -c'));
  }
}

/** The new release, and the lists refreshed on every node as pve-daily-update does every night. */
export async function publishUpgrade(cluster: LabCluster): Promise<void> {
  await cluster.repository.publish('v2');
  await Promise.all(cluster.nodes.map(({ address }) => cluster.ssh.run(address, 'apt-get -q --error-on=any update', 60_000)));
}
