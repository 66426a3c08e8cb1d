/**
 * What a backend knows of sockets' traffic, one slot for each (socket cookie, addresses, ports, protocol); counters are cumulative since the entry began.
 * The same object is filled again at each sweep. "Local" is the side of the socket, "tx" what it sends.
 */
export interface SocketSweep {
  /** Slots that are filled, counted from 0. */
  count: number;
  /** Of the kernel's socket; 0: no socket (the kernel's own packets). */
  readonly cookie: Float64Array;
  /** 1: what a socket that listens has of a connection, its handshake. One with the same addresses and ports that comes later counts in it as well. */
  readonly handshake: Uint8Array;
  /** Four words for each slot, the most significant first; IPv4 as ::ffff:a.b.c.d. */
  readonly local: Uint32Array;
  readonly remote: Uint32Array;
  /** Of ICMP what each side sends in their place: type times 256, and code; 65535 unknown. Of others that have none: 0 both. */
  readonly localPort: Uint16Array;
  readonly remotePort: Uint16Array;
  readonly protocol: Uint8Array;
  readonly ifIndex: Uint32Array;
  readonly txBytes: Float64Array;
  readonly txPackets: Float64Array;
  readonly rxBytes: Float64Array;
  readonly rxPackets: Float64Array;
  /** First and last packet, ms since 1970. */
  readonly firstMs: Float64Array;
  readonly lastMs: Float64Array;
  /** TCP flags seen. */
  readonly txFlags: Uint8Array;
  readonly rxFlags: Uint8Array;
  /** From the first packet to the first answer, in µs; 0 unknown. */
  readonly setupUs: Uint32Array;
  /** From the first payload of who began to that of the other side, in µs; where that one speaks first, from the end of the handshake; 0 unknown. */
  readonly responseUs: Uint32Array;
  /** Who sent first: one of BEGAN. */
  readonly began: Uint8Array;
  /** 1: the SYN that began it was made by a raw socket. What answers it does not come through it. */
  readonly raw: Uint8Array;
  /** Inode of the cgroup; 0 unknown. */
  readonly cgroup: Float64Array;
  /** UNKNOWN_UID where it is not known. */
  readonly uid: Uint32Array;
  /** 0 unknown. */
  readonly rttUs: Uint32Array;
  readonly retransmits: Uint32Array;
}

export const BEGAN = { unknown: 0, here: 1, there: 2 } as const;
export const UNKNOWN_UID = 0xffff_ffff;

export function newSocketSweep(capacity: number): SocketSweep {
  return {
    count: 0,
    cookie: new Float64Array(capacity),
    handshake: new Uint8Array(capacity),
    local: new Uint32Array(4 * capacity),
    remote: new Uint32Array(4 * capacity),
    localPort: new Uint16Array(capacity),
    remotePort: new Uint16Array(capacity),
    protocol: new Uint8Array(capacity),
    ifIndex: new Uint32Array(capacity),
    txBytes: new Float64Array(capacity),
    txPackets: new Float64Array(capacity),
    rxBytes: new Float64Array(capacity),
    rxPackets: new Float64Array(capacity),
    firstMs: new Float64Array(capacity),
    lastMs: new Float64Array(capacity),
    txFlags: new Uint8Array(capacity),
    rxFlags: new Uint8Array(capacity),
    setupUs: new Uint32Array(capacity),
    responseUs: new Uint32Array(capacity),
    began: new Uint8Array(capacity),
    raw: new Uint8Array(capacity),
    cgroup: new Float64Array(capacity),
    uid: new Uint32Array(capacity),
    rttUs: new Uint32Array(capacity),
    retransmits: new Uint32Array(capacity),
  };
}
