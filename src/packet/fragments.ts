import type { PacketFields } from './packet-fields.ts';

/** What waits for its other fragments, at most. */
const MAX_WAITING = 1024;
const MAX_WAITING_BYTES = 16 * 1_048_576;

/** RFC 8200 section 4.5 gives 60 seconds, Linux 30. In time of the capture. */
const MAX_AGE_MS = 30_000;

/** A datagram of 65,535 bytes has 119 pieces where the MTU is 576. */
const MAX_FRAGMENTS = 256;

const MAX_IP_PAYLOAD = 65_535;
const FIRST_BUFFER_BYTES = 4096;

/** Why fragments became no datagram. Closed: counted by name. */
const FRAGMENT_DROPS = [
  'timed_out', // the others did not come in time, or not before the end of the capture
  'evicted', // too many others waited
  'overlap', // pieces that contradict each other: an attack (RFC 5722) or two packets with the same identification
  'bad_length', // beyond 65,535 bytes, behind the last piece, or not in units of 8 bytes
  'cut', // the snap length of the capture left some of it away
  'too_many', // more pieces than any link makes
] as const;

export type FragmentDrop = (typeof FRAGMENT_DROPS)[number];

interface Waiting {
  readonly key: string;
  readonly sinceMs: number;
  bytes: Uint8Array<ArrayBuffer>;
  /** Start and end of each piece. */
  readonly pieces: number[];
  received: number;
  /** -1 until the last piece came. */
  total: number;
  /** Kept after it failed, so that its other pieces are not counted as another datagram. */
  failed: boolean;
}

/** A datagram that is whole again: an IP payload, from its transport header on. */
export interface Reassembled {
  readonly view: DataView;
  readonly length: number;
}

/** Puts fragments of IPv4 (RFC 791) and IPv6 (RFC 8200 section 4.5) together again, within bounds of memory and time. */
export class FragmentTable {
  readonly dropped: Record<FragmentDrop, number> = {
    timed_out: 0,
    evicted: 0,
    overlap: 0,
    bad_length: 0,
    cut: 0,
    too_many: 0,
  };
  /** In the order of their first fragment. */
  private readonly waiting = new Map<string, Waiting>();
  private waitingBytes = 0;

  /** Takes the fragment in `fields`; the datagram when it completes one. `dropped` counts datagrams, not fragments. */
  add(view: DataView, fields: PacketFields, timeMs: number): Reassembled | null {
    this.expire(timeMs);
    const key = keyOf(fields);
    const entry = this.waiting.get(key) ?? this.open(key, timeMs);
    if (entry.failed) return null;
    const drop = fields.cut ? 'cut' : this.place(entry, view, fields);
    if (drop) this.fail(entry, drop);
    if (entry.failed) return null;
    if (entry.received !== entry.total) return null;
    this.close(entry);
    return { view: new DataView(entry.bytes.buffer), length: entry.total };
  }

  /** The capture is at its end: what waits will not be completed. */
  finish(): void {
    for (const entry of this.waiting.values()) this.fail(entry, 'timed_out');
    this.waiting.clear();
    this.waitingBytes = 0;
  }

  private open(key: string, timeMs: number): Waiting {
    if (this.waiting.size >= MAX_WAITING) this.dropOldest('evicted');
    const entry: Waiting = {
      key,
      sinceMs: timeMs,
      bytes: new Uint8Array(FIRST_BUFFER_BYTES),
      pieces: [],
      received: 0,
      total: -1,
      failed: false,
    };
    this.waiting.set(key, entry);
    this.waitingBytes += FIRST_BUFFER_BYTES;
    return entry;
  }

  private fail(entry: Waiting, cause: FragmentDrop): void {
    if (entry.failed) return;
    entry.failed = true;
    this.dropped[cause]++;
    this.waitingBytes -= entry.bytes.length;
    entry.bytes = new Uint8Array(0);
    entry.pieces.length = 0;
  }

  private close(entry: Waiting): void {
    if (this.waiting.delete(entry.key)) this.waitingBytes -= entry.bytes.length;
  }

  private expire(nowMs: number): void {
    for (const entry of this.waiting.values()) {
      if (!(nowMs - entry.sinceMs > MAX_AGE_MS)) return;
      this.fail(entry, 'timed_out');
      this.close(entry);
    }
  }

  private dropOldest(cause: FragmentDrop): void {
    for (const entry of this.waiting.values()) {
      this.fail(entry, cause);
      this.close(entry);
      return;
    }
  }

  private place(entry: Waiting, view: DataView, fields: PacketFields): FragmentDrop | null {
    const from = fields.fragmentOffset;
    const to = from + fields.transportLength;
    if (to > MAX_IP_PAYLOAD || (fields.moreFragments && (to === from || fields.transportLength % 8 !== 0))) {
      return 'bad_length';
    }
    const known = overlapOf(entry.pieces, from, to);
    if (known === 'same') return null;
    if (known === 'overlap') return 'overlap';
    if (entry.pieces.length >= 2 * MAX_FRAGMENTS) return 'too_many';
    if (!fields.moreFragments) {
      if (entry.total >= 0 || endOf(entry.pieces) > to) return 'bad_length';
      entry.total = to;
    } else if (entry.total >= 0 && to > entry.total) return 'bad_length';
    this.grow(entry, to);
    if (entry.failed) return null;
    entry.bytes.set(new Uint8Array(view.buffer, view.byteOffset + fields.transportAt, to - from), from);
    entry.pieces.push(from, to);
    entry.received += to - from;
    return null;
  }

  private grow(entry: Waiting, length: number): void {
    if (length <= entry.bytes.length) return;
    const grown = new Uint8Array(length <= 16_384 ? 16_384 : MAX_IP_PAYLOAD);
    grown.set(entry.bytes);
    this.waitingBytes += grown.length - entry.bytes.length;
    entry.bytes = grown;
    while (this.waitingBytes > MAX_WAITING_BYTES && this.waiting.size > 1) this.dropOldest('evicted');
  }
}

/** The identification is one of the pair of addresses, and in IPv4 of the protocol. */
function keyOf(fields: PacketFields): string {
  return `${fields.srcAddr.join()} ${fields.dstAddr.join()} ${fields.fragmentId} ${fields.protocol}`;
}

function overlapOf(pieces: readonly number[], from: number, to: number): 'same' | 'overlap' | 'none' {
  for (let i = 0; i < pieces.length; i += 2) {
    if (pieces[i] === from && pieces[i + 1] === to) return 'same';
    if (from < pieces[i + 1]! && to > pieces[i]!) return 'overlap';
  }
  return 'none';
}

function endOf(pieces: readonly number[]): number {
  let end = 0;
  for (let i = 1; i < pieces.length; i += 2) end = Math.max(end, pieces[i]!);
  return end;
}
