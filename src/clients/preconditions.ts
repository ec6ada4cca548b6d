/** `GET …/migrate`: what Proxmox VE itself has against moving a guest. About a second each, so only for guests about to move (facts 3.3, 3.4). */
import { z } from 'zod';
import type { GuestKind } from '../model/guest.ts';
import type { LocalDisk, Preconditions } from '../model/preconditions.ts';
import { compareVersions } from '../model/version.ts';
import { foreignFlag, foreignNumber, foreignText, maybe, parseJson } from './foreign-json.ts';
import { pveshGet } from './pvesh.ts';
import type { Query } from './query.ts';
import { answerQuery } from './query.ts';

export type Said =
  | { readonly kind: 'said'; readonly preconditions: Preconditions }
  /** A locked guest gets an error instead of an answer; it is asked again when the lock is gone. */
  | { readonly kind: 'locked' }
  /** Its config is not on this node (any more). */
  | { readonly kind: 'not-here' };

/** Perl has no empty object: `[]` stands for one. */
const perNode = z.union([
  z.record(z.string(), z.union([z.record(z.string(), z.unknown()), z.array(z.unknown()).transform(() => ({}))])),
  z.array(z.unknown()).transform((): Record<string, Record<string, unknown>> => ({})),
]);

const disk = z.looseObject({
  volid: foreignText,
  size: maybe(foreignNumber),
  cdrom: maybe(foreignFlag),
  is_cloudinit: maybe(foreignFlag),
  is_tpmstate: maybe(foreignFlag),
  is_vmstate: maybe(foreignFlag),
});

const vmSchema = z.looseObject({
  allowed_nodes: maybe(z.array(z.string())),
  not_allowed_nodes: maybe(perNode),
  local_disks: maybe(z.array(disk)),
  local_resources: maybe(z.array(z.string())),
  'mapped-resources': maybe(z.array(z.string())),
  'mapped-resource-info': maybe(z.record(z.string(), z.unknown())),
});

const ctSchema = z.looseObject({ 'allowed-nodes': maybe(z.array(z.string())), 'not-allowed-nodes': maybe(perNode) });

/** Asked on the node that has the guest. Source: facts 3.3, 3.4, captures `migrate-precond-`. @throws CommandFailed, Unparsable */
export function preconditionsQuery(node: string, kind: GuestKind, vmid: number): Query<Said> {
  return answerQuery(pveshGet(`/nodes/${node}/${kind}/${vmid}/migrate`), (answer, source, fail) => {
    if (answer.exitCode !== 0) {
      if (/^(VM|CT) is locked \(/m.test(answer.stderr)) return { kind: 'locked' };
      if (/Configuration file '.*' does not exist/.test(answer.stderr)) return { kind: 'not-here' };
      throw fail();
    }
    return {
      kind: 'said',
      preconditions: kind === 'qemu' ? ofVm(parseJson(vmSchema, answer.stdout, source)) : ofCt(parseJson(ctSchema, answer.stdout, source)),
    };
  });
}

/** Whether the release has it: for VMs every one, for containers from pve-container 6.0.8 on. @param versions by package */
export function hasPreconditions(kind: GuestKind, versions: Readonly<Record<string, string>>): boolean {
  const version = versions['pve-container'];
  return kind === 'qemu' || (version !== undefined && compareVersions(version, '6.0.8') >= 0);
}

function ofVm(said: z.infer<typeof vmSchema>): Preconditions {
  return {
    ...(said.allowed_nodes === undefined ? {} : { allowed: [...said.allowed_nodes].sort() }),
    against: inWords(said.not_allowed_nodes ?? {}),
    localDisks: (said.local_disks ?? []).map(({ volid, size, ...one }): LocalDisk => {
      const carried = one.is_tpmstate === true || one.is_vmstate === true || one.is_cloudinit === true || /cloudinit/.test(volid);
      return {
        volume: volid,
        use: carried ? 'carried' : one.cdrom === true ? 'image' : 'disk',
        ...(size === undefined ? {} : { bytes: size }),
      };
    }),
    localResources: said.local_resources ?? [],
    mapped: [...new Set([...(said['mapped-resources'] ?? []), ...Object.keys(said['mapped-resource-info'] ?? {})])],
  };
}

function ofCt(said: z.infer<typeof ctSchema>): Preconditions {
  const allowed = said['allowed-nodes'];
  return {
    ...(allowed === undefined ? {} : { allowed: [...allowed].sort() }),
    against: inWords(said['not-allowed-nodes'] ?? {}),
    localDisks: [],
    localResources: [],
    mapped: [],
  };
}

/** A node that is allowed stands there too, with an empty object (seen live). */
function inWords(nodes: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Preconditions['against'] {
  return Object.fromEntries(
    Object.entries(nodes).map(([node, reasons]) => [
      node,
      Object.entries(reasons).flatMap(([key, value]) => {
        const names = namesIn(value);
        if (names.length === 0) return [];
        switch (key) {
          case 'unavailable_storages':
            return [`storage ${names.join(', ')} is not available there`];
          case 'unavailable-resources':
            return [`it does not have what ${names.join(', ')} is mapped as`];
          case 'blocking-ha-resources':
            return [`the HA rules keep it from there because of ${names.join(', ')}`];
          default:
            return [`${key}: ${names.join(', ')}`];
        }
      }),
    ]),
  );
}

/** Names, or objects with a `sid`; anything else that is there says something too. */
function namesIn(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return value === null || value === undefined ? [] : [JSON.stringify(value)];
  return value.map((one: unknown) => {
    if (typeof one === 'string') return one;
    const sid = typeof one === 'object' && one !== null && 'sid' in one ? one.sid : undefined;
    return typeof sid === 'string' ? sid : JSON.stringify(one);
  });
}
