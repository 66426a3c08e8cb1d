import type { PacketFields } from '../packet/index.ts';
import { type HashSecrets, step } from './key-hash.ts';

/**
 * How far apart the copies of a packet are, at most. What lies between them is the queue of a router, whose buffers hold some tens of milliseconds; no TCP sends
 * again that soon after silence (RFC 6298 asks for 1 s, Linux waits 200 ms).
 */
const WINDOW_MS = 50;
/**
 * The same for copies that nothing tells from a packet that was sent again. A mirror sends both copies of a switched packet within microseconds; a loss probe of TCP
 * comes after two round trips and 2 ms at least (RFC 8985 section 7.2 as Linux has it).
 */
const AT_ONCE_MS = 1;
/** A mirror's copy is at least so many times nearer to its packet than the next packet is: what comes evenly is sent like that. */
const NEARER = 4;
/** In place of a distance: the sender repeats the packet. */
const REPEATED = Number.POSITIVE_INFINITY;
/** As near as captures tell times apart. */
const NEAREST_MS = 0.001;
/** Copies of one packet that are seen elsewhere. What comes there more often is sent that often. */
const MOST_COPIES = 3;
const MOST_EXPECTED = 0xffff;
/** Bytes behind the IP header that are compared: TCP's and UDP's checksums stand for the others. */
const COMPARED_BYTES = 64;

/** Packets that are remembered: those of 50 ms at 1.3 million packets a second. */
const SETS = 16_384;
const WAYS = 4;

/** What a packet is. */
export const COPY = {
  none: 0,
  /** A copy, or a packet that was sent twice: nobody can tell. */
  unsure: 1,
  certain: 2,
} as const;

const TCP = 6;
/** SYN and FIN take a sequence number, as data does. */
const SYN_OR_FIN = 3;

/**
 * Recognises packets that a mirror port gives twice: on the way in and on the way out of a router, or from two ports. Two packets are copies of one when they are
 * alike in all that routers leave as it is (addresses, protocol, lengths, identification and offset of IPv4, and the first 64 bytes behind the IP
 * header, with ports, sequence numbers and checksum), and one of these holds:
 *
 * - they differ in TTL, MAC addresses, VLAN or interface, and come within 50 ms: one packet was seen at two places;
 * - they come within 1 ms and have an IPv4 identification other than 0, which what was sent again does not share (RFC 6864 section 4), or are TCP segments with
 *   data, SYN or FIN.
 *
 * Else nobody can tell a copy from a packet that is sent twice, and both count: IPv6 and IPv4 with identification 0, in UDP, ICMP and acknowledgements without
 * data. Those that come within 1 ms are `unsure`. Some senders give all packets one identification: a mirror makes one copy, at once, so that where a third packet comes as evenly as the second
 * the sender repeats, and what comes from there counts for as long as it keeps coming.
 */
export class MirrorCopies {
  private readonly secrets: HashSecrets;
  // What a search reads is apart from the rest, so that it fits into the processor's cache: nearly all packets are copies of none.
  /** Upper half of the signatures. */
  private readonly highs = new Uint32Array(SETS * WAYS);
  private readonly lows = new Uint32Array(SETS * WAYS);
  private readonly vantages = new Uint32Array(SETS * WAYS);
  /** When the last one came from that vantage point. */
  private readonly times = new Float64Array(SETS * WAYS);
  /** How far the copy was from its packet, if that was the last one; REPEATED, or 0. */
  private readonly pairs = new Float32Array(SETS * WAYS);
  /** Copies that may still be seen elsewhere. */
  private readonly expected = new Uint16Array(SETS * WAYS);
  /** By set: where the next packet goes, in place of the one that came first. */
  private readonly nextWays = new Uint8Array(SETS);
  /** Of the packet that is looked at: its signature. */
  private low = 0;
  private high = 0;

  constructor(secrets: HashSecrets) {
    this.secrets = secrets;
  }

  /** Whether the packet is a copy of one before, by COPY. `keyHash` is the hash of its flow's key. */
  judge(fields: PacketFields, keyHash: number, timeMs: number, inIf: number): number {
    this.sign(fields, keyHash);
    const vantage = vantageOf(fields, inIf, this.secrets.multiplier);
    const { highs, lows, low, high } = this;
    const set = low & (SETS - 1);
    const first = set * WAYS;
    for (let entry = first; entry < first + WAYS; entry++)
      if (highs[entry] === high && lows[entry] === low) return this.again(entry, fields, vantage, timeMs);
    const way = this.nextWays[set]!;
    this.nextWays[set] = (way + 1) % WAYS;
    highs[first + way] = high;
    lows[first + way] = low;
    this.keep(first + way, vantage, timeMs);
    return COPY.none;
  }

  /** A packet alike was there. */
  private again(entry: number, fields: PacketFields, vantage: number, timeMs: number): number {
    const { times, expected } = this;
    const apartMs = Math.abs(timeMs - times[entry]!);
    if (apartMs > WINDOW_MS) {
      this.keep(entry, vantage, timeMs);
      return COPY.none;
    }
    if (this.vantages[entry] !== vantage) {
      if (expected[entry]! > 0) {
        expected[entry]! -= 1;
        return COPY.certain;
      }
      // Sent that often: it goes on to count for as long as it keeps coming.
      times[entry] = timeMs;
      return COPY.none;
    }
    times[entry] = timeMs;
    const copy = this.second(entry, apartMs, fields);
    if (copy !== COPY.certain) expected[entry] = Math.min(expected[entry]! + MOST_COPIES, MOST_EXPECTED);
    return copy;
  }

  /** Whether a packet from the same vantage point is the mirror's copy of the one before. */
  private second(entry: number, apartMs: number, fields: PacketFields): number {
    const { pairs } = this;
    const pair = pairs[entry]!;
    if (pair === 0) {
      if (apartMs > AT_ONCE_MS) return COPY.none;
      pairs[entry] = Math.max(apartMs, NEAREST_MS);
      return isOneOfItsKind(fields) || takesSequence(fields) ? COPY.certain : COPY.unsure;
    }
    if (pair !== REPEATED) pairs[entry] = apartMs < NEARER * pair ? REPEATED : 0;
    return COPY.none;
  }

  private keep(entry: number, vantage: number, timeMs: number): void {
    this.vantages[entry] = vantage;
    this.times[entry] = timeMs;
    this.pairs[entry] = 0;
    this.expected[entry] = MOST_COPIES;
  }

  /** 64 bits over what does not change on the way. */
  private sign(fields: PacketFields, keyHash: number): void {
    const m = this.secrets.multiplier;
    const n = this.secrets.finish;
    const { data, transportAt, transportLength } = fields;
    const length = Math.min(transportLength, COMPARED_BYTES);
    const identity = fields.ipVersion === 4 ? fields.fragmentId : 0;
    let a = step(keyHash, fields.srcAddr[3]! ^ (fields.ipBytes << 16) ^ transportLength, m);
    let b = Math.imul(keyHash ^ (identity | (fields.fragmentOffset << 16)), n);
    a = step(a, b, m);
    let at = transportAt;
    // Each half of the signature takes every other word: the processor works on both at a time. One after the other it took twice as long.
    for (const end = transportAt + (length & ~7); at < end; at += 8) {
      a = Math.imul(a ^ data.getUint32(at) ^ (a >>> 15), m);
      b = Math.imul(b ^ data.getUint32(at + 4) ^ (b >>> 13), n);
    }
    for (const end = transportAt + length; at < end; at++) {
      a = step(a, data.getUint8(at), m);
      b = Math.imul(b ^ a, n);
    }
    this.low = (a ^ (a >>> 16)) >>> 0;
    this.high = (b ^ (b >>> 16)) >>> 0;
  }
}

/** What differs where a packet is seen at two places. */
function vantageOf(fields: PacketFields, inIf: number, multiplier: number): number {
  let h = fields.ttl | (fields.vlan << 8) | (fields.innerVlan << 20);
  h = Math.imul(h ^ inIf, multiplier) ^ fields.srcMacLo;
  h = Math.imul(h ^ (h >>> 15) ^ fields.srcMacHi, multiplier) ^ fields.dstMacLo;
  h = Math.imul(h ^ (h >>> 15) ^ fields.dstMacHi, multiplier);
  return (h ^ (h >>> 15)) >>> 0;
}

/** Its sender gave it an identification: of IPv4, where it is not 0. */
function isOneOfItsKind(fields: PacketFields): boolean {
  return fields.ipVersion === 4 && fields.fragmentId !== 0;
}

function takesSequence(fields: PacketFields): boolean {
  return fields.protocol === TCP && ((fields.tcpFlags & SYN_OR_FIN) !== 0 || fields.payloadLength > 0);
}
