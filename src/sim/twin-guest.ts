/** One guest of a real cluster as the spec of its twin, with the part of its config that decides where it can go. */
import { guestTitle, type GuestConfig, type GuestFacts, type GuestVolume } from '../model/guest.ts';
import type { GuestSpec, HaResourceSpec } from './spec.ts';
import type { Missing } from './twin-node.ts';

/** No snapshot tells how large a disk is; copying one of this size takes minutes, as it does on real hosts. */
const localDiskGib = 32;

/** What of the cluster belongs to this guest. */
export interface GuestSurroundings {
  /** Whether a storage lies on the guest's node alone. */
  readonly isLocal: (storage: string) => boolean;
  /** Whether the HA manager takes it back to its node by itself. */
  readonly failback: boolean;
  readonly takenAtMs: number;
}

export function guestSpec(guest: GuestFacts, around: GuestSurroundings, missing: Missing): GuestSpec {
  const { isLocal, takenAtMs } = around;
  const replicas = replicasOf(guest, takenAtMs);
  const title = guestTitle(guest);
  const ha = guest.ha === undefined ? undefined : haSpec(title, guest.ha, around.failback, missing);
  if (!guest.memoryBytes.known && guest.status.known) missing(`${title}: its memory (${guest.memoryBytes.why}); 2 GiB are taken`);
  if (!guest.config.known) missing(`${title}: its config (${guest.config.why}); a disk on shared storage is taken`);
  return {
    kind: guest.kind,
    name: guest.name,
    on: guest.node,
    status: statusOf(guest, title, missing),
    onBoot: guest.config.known && guest.config.value.onBoot,
    ...(guest.memoryBytes.known ? { memoryBytes: guest.memoryBytes.value } : {}),
    ...(guest.template ? { template: true } : {}),
    ...(guest.tags.length === 0 ? {} : { tags: guest.tags }),
    ...(guest.lock === undefined ? {} : { lock: guest.lock }),
    ...(ha === undefined ? {} : { ha }),
    ...(replicas === undefined ? {} : { replicas }),
    ...(guest.config.known && guest.config.value.snapshots !== undefined ? { snapshots: guest.config.value.snapshots } : {}),
    ...(guest.config.known ? { diskBytes: 0, config: configLines(guest, guest.config.value, isLocal) } : {}),
  };
}

function replicasOf({ replicas }: GuestFacts, takenAtMs: number): GuestSpec['replicas'] {
  if (replicas === undefined || !replicas.known || replicas.value.length === 0) return undefined;
  return Object.fromEntries(
    replicas.value.map(({ target, lastSyncS, trouble }) => [
      target,
      {
        ...(lastSyncS.known && lastSyncS.value > 0 ? { ageMs: Math.max(0, takenAtMs - lastSyncS.value * 1000) } : {}),
        ...(trouble === undefined ? {} : { error: trouble }),
      },
    ]),
  );
}

function statusOf({ status, node }: GuestFacts, title: string, missing: Missing): NonNullable<GuestSpec['status']> {
  if (!status.known) {
    missing(`${title}: whether it runs on ${node} (${status.why}); in the twin it does not`);
    return 'stopped';
  }
  if (status.value.kind !== 'odd') return status.value.kind;
  missing(`${title}: its state ${status.value.word}; in the twin it is paused`);
  return 'paused';
}

function haSpec(title: string, { requested, comment }: NonNullable<GuestFacts['ha']>, failback: boolean, missing: Missing): HaResourceSpec {
  const state = (['started', 'stopped', 'disabled'] as const).find((word) => word === requested);
  if (state === undefined) missing(`${title}: its HA state ${requested}; in the twin it is started`);
  return { state: state ?? 'started', ...(failback ? {} : { failback }), ...(comment === undefined ? {} : { comment }) };
}

function configLines(guest: GuestFacts, config: GuestConfig, isLocal: (storage: string) => boolean): Readonly<Record<string, string>> {
  const { kind } = guest;
  const net = (bridge: string): string => (kind === 'qemu' ? `virtio,bridge=${bridge}` : `name=eth0,bridge=${bridge},type=veth`);
  return {
    ...(kind === 'qemu' ? { cpu: config.cpuType } : {}),
    ...Object.fromEntries(config.bridges.map((bridge, index) => [`net${index}`, net(bridge)])),
    ...Object.fromEntries(config.volumes.map((volume) => [volume.key, volumeText(volume, isLocal)])),
    ...Object.fromEntries(config.pinnedBy.map((key) => [key, deviceText(key)])),
    ...Object.fromEntries(
      (config.mapped ?? []).map(({ key, kind: sort, mapping }) => [key, sort === 'dir' ? mapping : `mapping=${mapping}`]),
    ),
    ...(config.machine === undefined ? {} : { machine: config.machine }),
    ...(config.vncClipboard === true ? { vga: 'std,clipboard=vnc' } : {}),
  };
}

function volumeText(
  { key, storage, volume, use, declaredShared, bytes, replicated }: GuestVolume,
  isLocal: (storage: string) => boolean,
): string {
  const copied = use === 'disk' && storage !== undefined && isLocal(storage);
  return [
    volume,
    ...(use === 'iso' || use === 'cloud-init' ? ['media=cdrom'] : []),
    ...(/^(mp\d+)$/.test(key) ? [`mp=/mnt/${key}`] : []),
    ...(declaredShared ? ['shared=1'] : []),
    ...(replicated === false ? ['replicate=0'] : []),
    ...(copied ? [`size=${bytes === undefined ? localDiskGib : Math.ceil(bytes / 1024 ** 3)}G`] : []),
  ].join(',');
}

/** Some device of that sort: which one it is decides nothing. */
function deviceText(key: string): string {
  if (key.startsWith('hostpci')) return '0000:01:00.0';
  if (key.startsWith('usb')) return 'host=0000:0001';
  if (key.startsWith('virtiofs')) return 'folder';
  if (key === 'ivshmem') return 'size=32';
  return /^(amd-sev|intel-tdx)$/.test(key) ? 'type=std' : `/dev/${key}`;
}
