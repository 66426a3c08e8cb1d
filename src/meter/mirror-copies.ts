import type { PacketFields } from '../packet/index.ts';
import { type HashSecrets, step } from './key-hash.ts';

/**
 * How far apart the copies of a packet are, at most. What lies between them is the queue of a router, whose buffers hold some tens of milliseconds; no TCP sends
 * again that soon after silence (RFC 6298 asks for 1 s, Linux waits 200 ms).
 */
const WINDOW_MS = 50;
/**
 * The same for equal copies of TCP segments whose IP header cannot tell them from retransmissions. A mirror sends both copies of a switched packet within
 * microseconds; a loss probe comes after two round trips and 2 ms at least (RFC 8985 section 7.2 as Linux has it).
 */
const AT_ONCE_MS = 1;
/** Copies of one packet besides the first. What comes more often than a mirror has ports is sent that often. */
const MOST_COPIES = 3;
/** Bytes behind the IP header that are compared: TCP's and UDP's checksums stand for the others. */
const COMPARED_BYTES = 64;

/** Packets that are remembered: those of 50 ms at 1.3 million packets a second. */
const SETS = 16_384;
const WAYS = 4;
/** 32 bytes for each: signature (2 words), vantage point, copies, time. */
const WORDS = 8;
const VANTAGE = 2;
const COPIES = 3;
/** In units of 8 bytes. */
const TIME = 2;

const TCP = 6;
/** SYN and FIN take a sequence number, as data does. */
const SYN_OR_FIN = 3;

/**
 * Recognises packets that a mirror port gives twice: on the way in and on the way out of a router, or from two ports. Two packets are copies of one when they are
 * alike in all that routers leave as it is (addresses, protocol, lengths, identification and offset of IPv4, and the first 64 bytes behind the IP
 * header, with ports, sequence numbers and checksum), come within 50 ms, and one of these holds:
 *
 * - they have an IPv4 identification other than 0, which no two packets share so soon (RFC 6864 section 4); what was sent again has another one;
 * - they differ in TTL, MAC addresses, VLAN or interface: one packet was seen at two places;
 * - they are TCP segments with data, SYN or FIN, within 1 ms.
 *
 * Else nobody can tell a copy from a packet that is sent twice, and both count: IPv6 and IPv4 with identification 0, in UDP, ICMP and acknowledgements without
 * data. And what comes more than four times within the window is sent that often, whatever its identification says: floods are made of equal packets.
 */
export class MirrorCopies {
  private readonly secrets: HashSecrets;
  private readonly u32: Uint32Array;
  private readonly f64: Float64Array;
  /** Of the packet that is looked at: its signature. */
  private low = 0;
  private high = 0;

  constructor(secrets: HashSecrets) {
    this.secrets = secrets;
    const memory = new ArrayBuffer(SETS * WAYS * WORDS * 4);
    this.u32 = new Uint32Array(memory);
    this.f64 = new Float64Array(memory);
  }

  /** Whether the packet is a copy of one before. `keyHash` is the hash of its flow's key. */
  seen(fields: PacketFields, keyHash: number, timeMs: number, inIf: number): boolean {
    this.sign(fields, keyHash);
    const vantage = vantageOf(fields, inIf, this.secrets.multiplier);
    const { u32, f64, low, high } = this;
    const first = (low & (SETS - 1)) * WAYS;
    let oldest = first;
    for (let entry = first; entry < first + WAYS; entry++) {
      const u = entry * WORDS;
      const since = f64[(u >>> 1) + TIME]!;
      if (u32[u] === low && u32[u + 1] === high)
        return this.judge(entry, Math.abs(timeMs - since), fields, vantage, timeMs);
      if (since < f64[((oldest * WORDS) >>> 1) + TIME]!) oldest = entry;
    }
    this.keep(oldest, vantage, timeMs);
    return false;
  }

  /** A packet alike was there. */
  private judge(entry: number, apartMs: number, fields: PacketFields, vantage: number, timeMs: number): boolean {
    const { u32 } = this;
    const u = entry * WORDS;
    const copies = u32[u + COPIES]!;
    if (apartMs > WINDOW_MS) {
      this.keep(entry, vantage, timeMs);
      return false;
    }
    const elsewhere = u32[u + VANTAGE] !== vantage;
    if (!elsewhere && !isOneOfItsKind(fields) && !(apartMs <= AT_ONCE_MS && takesSequence(fields))) {
      // It counts, and the copies that follow may be its own.
      this.keep(entry, vantage, timeMs);
      return false;
    }
    if (copies >= MOST_COPIES) {
      // Sent that often: it goes on to count for as long as it keeps coming.
      this.f64[(u >>> 1) + TIME] = timeMs;
      return false;
    }
    u32[u + COPIES] = copies + 1;
    return true;
  }

  private keep(entry: number, vantage: number, timeMs: number): void {
    const { u32 } = this;
    const u = entry * WORDS;
    u32[u] = this.low;
    u32[u + 1] = this.high;
    u32[u + VANTAGE] = vantage;
    u32[u + COPIES] = 0;
    this.f64[(u >>> 1) + TIME] = timeMs;
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
    for (const end = transportAt + (length & ~3); at < end; at += 4) {
      const word = data.getUint32(at);
      a = Math.imul(a ^ word ^ (a >>> 15), m);
      b = Math.imul(b ^ word ^ (b >>> 13), n);
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
