/** corosync.conf in the form Proxmox VE writes it. */
export interface Member {
  readonly name: string;
  readonly index: number;
  readonly address: string;
}

export function corosyncConf(cluster: string, members: readonly Member[]): string {
  const nodes = members.map(
    ({ name, index, address }) => `  node {
    name: ${name}
    nodeid: ${index}
    quorum_votes: 1
    ring0_addr: ${address}
  }
`,
  );
  return `logging {
  debug: off
  to_syslog: yes
}

nodelist {
${nodes.join('')}}

quorum {
  provider: corosync_votequorum
}

totem {
  cluster_name: ${cluster}
  config_version: ${members.length}
  interface {
    linknumber: 0
  }
  ip_version: ipv4-6
  link_mode: passive
  secauth: on
  version: 2
}
`;
}
