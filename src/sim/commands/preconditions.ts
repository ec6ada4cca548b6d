/** `pvesh get /nodes/N/qemu/ID/migrate` and its twin for containers (facts 3.3, 3.4; captures `migrate-precond-`, `pvesh-lxc-migrate-precond`). */
import type { Process } from '../process.ts';
import type { SimGuest } from '../guest.ts';
import { MiB } from '../spec.ts';
import { compareVersions } from '../../model/version.ts';
import { ownGuest, refused } from './guest-command.ts';

/** Only about the own node, as nobody asks from another one. @returns the exit code; nothing for a path that is no such question */
export function preconditions(process: Process, path: string): number | undefined {
  const [, node, kind, vmid] = /^\/nodes\/([^/]+)\/(qemu|lxc)\/(\d+)\/migrate$/.exec(path) ?? [];
  const owner = process.node;
  if (node !== owner.name || vmid === undefined || (kind !== 'qemu' && kind !== 'lxc')) return undefined;
  const installed = (name: string, from: string) => compareVersions(owner.apt.installed.get(name) ?? '0', from) >= 0;
  if (kind === 'lxc' && !installed('pve-container', '6.0.8')) return undefined;
  const guest = ownGuest(process, kind, vmid);
  if (guest === undefined) return 2;
  const no = refused(process, guest, 255);
  if (no !== undefined) return no;
  process.out(JSON.stringify(kind === 'qemu' ? ofVm(process, guest, installed('qemu-server', '8.3.9')) : ofCt(process, guest)));
  return 0;
}

function ofVm({ world, node }: Process, guest: SimGuest, lists: boolean): Record<string, unknown> {
  const others = world.nodes.filter((other) => other !== node);
  const mappings = world.spec.mappings ?? {};
  const mapped = [...guest.mapped];
  const against = others.map((other) => {
    const storages = [...new Set(guest.disks.map(({ storage }) => storage))].filter((id) => !world.storages.availableOn(id, other));
    const missing = mapped.filter(([, name]) => mappings[name]?.nodes.includes(other.name) !== true).map(([key]) => key);
    const seen = guest.unavailable[other.name] ?? [];
    const all = [...storages, ...seen];
    return {
      node: other.name,
      why: {
        ...(all.length === 0 ? {} : { unavailable_storages: all }),
        ...(missing.length === 0 ? {} : { 'unavailable-resources': missing }),
      },
    };
  });
  const raw = [...guest.localDevices, ...(guest.up ? guest.heldWhileRunning : [])];
  const held = mapped.filter(([key, name]) => !key.startsWith('hostpci') || (guest.up && mappings[name]?.live !== true));
  const listed = lists || !guest.up;
  return {
    ...(listed ? { allowed_nodes: against.filter(({ why }) => Object.keys(why).length === 0).map(({ node: name }) => name) } : {}),
    ...(lists ? { 'has-dbus-vmstate': 1 } : {}),
    local_disks: localDisks(world.storages.isShared.bind(world.storages), guest),
    local_resources: [...raw, ...held.map(([key]) => key)],
    ...(lists
      ? { 'mapped-resource-info': Object.fromEntries(mapped.map(([key, name]) => [key, infoOf(name, mappings[name]?.live)])) }
      : {}),
    'mapped-resources': mapped.map(([key]) => key),
    ...(listed ? { not_allowed_nodes: Object.fromEntries(against.map(({ node: name, why }) => [name, why])) } : {}),
    running: guest.up ? 1 : 0,
  };
}

function infoOf(name: string, live: boolean | undefined): Record<string, unknown> {
  return { name, ...(live === true ? { 'live-migration': 1 } : {}) };
}

function localDisks(isShared: (id: string) => boolean, guest: SimGuest): unknown[] {
  return guest.disks
    .filter(({ storage }) => !isShared(storage))
    .map(({ key, storage, volume, bytes }) => {
      const cloudInit = /cloudinit/.test(volume);
      const image = /^iso\//.test(volume);
      return {
        cdrom: cloudInit || image ? 1 : 0,
        drivename: key,
        is_attached: key.startsWith('unused') ? 0 : 1,
        is_cloudinit: cloudInit ? 1 : 0,
        is_tpmstate: key.startsWith('tpmstate') ? 1 : 0,
        is_unused: key.startsWith('unused') ? 1 : 0,
        is_vmstate: 0,
        replicate: 1,
        shared: 0,
        size: image ? MiB : bytes,
        volid: `${storage}:${volume}`,
      };
    });
}

function ofCt({ world, node }: Process, guest: SimGuest): Record<string, unknown> {
  return {
    'allowed-nodes': world.nodes.filter((other) => other !== node).map(({ name }) => name),
    'not-allowed-nodes': {},
    running: guest.up ? 1 : 0,
  };
}
