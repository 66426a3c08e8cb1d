import type { OwnerSource, SocketOwner } from './host-backend.ts';

/** `struct owner` of bpf/owners.bpf.h. */
const CGROUP = 0;
const PID = 8;
const UID = 12;
const COMM = 16;
const COMM_BYTES = 16;
const SOURCE = 32;
const RELEASED = 33;
const SEEN_NS = 40;

/** By SOURCE_* of bpf/owners.bpf.h. */
const OWNER_SOURCES: readonly OwnerSource[] = [
  'none',
  'create',
  'connect',
  'send',
  'receive',
  'accept',
  'io',
  'release',
  'listener',
];

/** An owner as the programs wrote it. */
export function readOwner(value: Uint8Array): SocketOwner {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const comm = bytes.subarray(COMM, COMM + COMM_BYTES);
  const end = comm.indexOf(0);
  return {
    pid: bytes.readUInt32LE(PID),
    uid: bytes.readUInt32LE(UID),
    comm: comm.toString('utf8', 0, end < 0 ? COMM_BYTES : end),
    cgroup: Number(bytes.readBigUInt64LE(CGROUP)),
    source: OWNER_SOURCES[bytes[SOURCE]!] ?? 'none',
    released: bytes[RELEASED] === 1,
    seenMs: Number(bytes.readBigUInt64LE(SEEN_NS)) / 1e6,
  };
}
