/**
 * A physical volume with one logical volume, as bytes: making one with LVM's own tools needs a block device. What GRUB reads of it is written
 * after the format that `man lvmsystemid` and the metadata text of `vgcfgbackup` show; checksums, which GRUB does not look at, are zero.
 */

const mib = 1024 * 1024;
const sector = 512;
const metadataAt = 4096;
const dataAt = mib;
const extentBytes = 4 * mib;

/** @param inside the file system of the logical volume @returns the physical volume, with that in its first extents */
export function physicalVolume(inside: Uint8Array): Buffer {
  const extents = Math.ceil(inside.length / extentBytes);
  const bytes = Buffer.alloc(dataAt + (extents + 1) * extentBytes);
  bytes.write('LABELONE', sector, 'latin1');
  bytes.writeBigUInt64LE(1n, sector + 8);
  bytes.writeUInt32LE(32, sector + 20);
  bytes.write('LVM2 001', sector + 24, 'latin1');
  const header = sector + 32;
  bytes.write(uuid(1), header, 'latin1');
  bytes.writeBigUInt64LE(BigInt(bytes.length), header + 32);
  // Where the data begins, an end, where the metadata lies, an end.
  bytes.writeBigUInt64LE(BigInt(dataAt), header + 40);
  bytes.writeBigUInt64LE(BigInt(metadataAt), header + 72);
  bytes.writeBigUInt64LE(BigInt(dataAt - metadataAt), header + 80);
  const text = metadata(extents, bytes.length);
  bytes.write(' LVM2 x[5A%r0N*>', metadataAt + 4, 'latin1');
  bytes.writeUInt32LE(1, metadataAt + 20);
  bytes.writeBigUInt64LE(BigInt(metadataAt), metadataAt + 24);
  bytes.writeBigUInt64LE(BigInt(dataAt - metadataAt), metadataAt + 32);
  bytes.writeBigUInt64LE(BigInt(sector), metadataAt + 40);
  bytes.writeBigUInt64LE(BigInt(text.length + 1), metadataAt + 48);
  bytes.write(text, metadataAt + sector, 'latin1');
  bytes.set(inside, dataAt);
  return bytes;
}

function uuid(seed: number): string {
  return Array.from({ length: 32 }, (_, at) => String.fromCharCode(97 + ((at * 7 + seed) % 26))).join('');
}

function dashed(id: string): string {
  return [0, 6, 10, 14, 18, 22, 26].map((from, at, all) => id.slice(from, all[at + 1])).join('-');
}

function metadata(extents: number, size: number): string {
  return `pve {
id = "${dashed(uuid(2))}"
seqno = 1
format = "lvm2"
status = ["RESIZEABLE", "READ", "WRITE"]
flags = []
extent_size = ${extentBytes / sector}
max_lv = 0
max_pv = 0
metadata_copies = 0

physical_volumes {

pv0 {
id = "${dashed(uuid(1))}"
device = "/dev/vda2"

status = ["ALLOCATABLE"]
flags = []
dev_size = ${size / sector}
pe_start = ${dataAt / sector}
pe_count = ${extents}
}
}

logical_volumes {

root {
id = "${dashed(uuid(3))}"
status = ["READ", "WRITE", "VISIBLE"]
flags = []
segment_count = 1

segment1 {
start_extent = 0
extent_count = ${extents}

type = "striped"
stripe_count = 1

stripes = [
"pv0", 0
]
}
}
}

}
contents = "Text Format Volume Group"
version = 1
description = ""
creation_host = "lab"
creation_time = 1
`;
}
