import type { PacketFields } from '../packet/index.ts';
import { DoubledFlows } from './doubled-flows.ts';
import type { HashSecrets } from './key-hash.ts';
import { PacketSignature } from './packet-signature.ts';
import { SEEN, SEEN_F64, SeenPackets } from './seen-packets.ts';

/**
 * How far apart the copies of a packet are, at most. What lies between them is the queue of a router, whose buffers hold some tens of milliseconds; no TCP sends
 * again that soon after silence (RFC 6298 asks for 1 s, Linux waits 200 ms).
 */
const WINDOW_MS = 50;
/**
 * The same for copies that nothing tells from a packet that was sent again. A mirror sends both copies of a switched packet within microseconds; a loss probe of TCP
 * comes after two round trips and 2 ms at least (RFC 8985 section 7.2 as Linux has it). What is sent again because later segments arrived comes within a round trip,
 * which is less than this between neighbours: DoubledFlows.
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
 * header, 32 of TCP, with ports, sequence numbers and checksum), and one of these holds:
 *
 * - they differ in TTL, MAC addresses, VLAN or interface, and come within 50 ms: one packet was seen at two places;
 * - they come within 1 ms and have an IPv4 identification other than 0, which what was sent again does not share (RFC 6864 section 4), or are TCP segments with
 *   data, SYN or FIN, of a flow of which nothing new came in between, or about all segments come twice: what was lost and is sent again is neither.
 *
 * Else nobody can tell a copy from a packet that is sent twice, and both count: IPv6 and IPv4 with identification 0, in UDP, ICMP and acknowledgements without
 * data. Those that come within 1 ms are `unsure`. Some senders give all packets one identification: a mirror makes one copy, at once, so that where a third packet
 * comes as evenly as the second the sender repeats, and what comes from there counts for as long as it keeps coming.
 */
export class MirrorCopies {
  private readonly signature: PacketSignature;
  private readonly packets = new SeenPackets(WINDOW_MS);
  private readonly doubled = new DoubledFlows();

  constructor(secrets: HashSecrets) {
    this.signature = new PacketSignature(secrets);
  }

  /** Whether the packet is a copy of one before, by COPY. `keyHash` is the hash of its flow's key. */
  judge(fields: PacketFields, keyHash: number, timeMs: number, inIf: number): number {
    const { signature, packets } = this;
    signature.take(fields, keyHash, inIf);
    const place = packets.find(signature.high, signature.low);
    if (place >= 0) return this.again(place, fields, keyHash, timeMs);
    if (takesSequence(fields) && !isOneOfItsKind(fields)) this.doubled.fresh(keyHash, signature.low ^ signature.high);
    this.keep(packets.add(signature.high, signature.low, timeMs), timeMs);
    return COPY.none;
  }

  /** A packet alike was there. */
  private again(place: number, fields: PacketFields, keyHash: number, timeMs: number): number {
    const { i32, f64 } = this.packets;
    const time = (place >> 1) + SEEN_F64.time;
    const apartMs = Math.abs(timeMs - f64[time]!);
    if (apartMs > WINDOW_MS) {
      this.keep(place, timeMs);
      return COPY.none;
    }
    const expected = i32[place + SEEN.expected]!;
    if (i32[place + SEEN.vantage] !== this.signature.vantage) {
      if (expected > 0) {
        i32[place + SEEN.expected] = expected - 1;
        return COPY.certain;
      }
      // Sent that often: it goes on to count for as long as it keeps coming.
      f64[time] = timeMs;
      return COPY.none;
    }
    f64[time] = timeMs;
    const copy = this.second(place, apartMs, fields, keyHash);
    if (copy !== COPY.certain) i32[place + SEEN.expected] = Math.min(expected + MOST_COPIES, MOST_EXPECTED);
    return copy;
  }

  /** Whether a packet from the same vantage point is the mirror's copy of the one before. */
  private second(place: number, apartMs: number, fields: PacketFields, keyHash: number): number {
    const { f32 } = this.packets;
    const pair = f32[place + SEEN.pair]!;
    if (pair === 0) {
      if (apartMs > AT_ONCE_MS) return COPY.none;
      f32[place + SEEN.pair] = Math.max(apartMs, NEAREST_MS);
      const isCopy =
        isOneOfItsKind(fields) ||
        (takesSequence(fields) && this.doubled.isCopy(keyHash, this.signature.low ^ this.signature.high));
      return isCopy ? COPY.certain : COPY.unsure;
    }
    if (pair !== REPEATED) f32[place + SEEN.pair] = apartMs < NEARER * pair ? REPEATED : 0;
    return COPY.none;
  }

  private keep(place: number, timeMs: number): void {
    const { i32, f32, f64 } = this.packets;
    i32[place + SEEN.vantage] = this.signature.vantage;
    i32[place + SEEN.expected] = MOST_COPIES;
    f32[place + SEEN.pair] = 0;
    f64[(place >> 1) + SEEN_F64.time] = timeMs;
  }
}

/** Its sender gave it an identification: of IPv4, where it is not 0. */
function isOneOfItsKind(fields: PacketFields): boolean {
  return fields.ipVersion === 4 && fields.fragmentId !== 0;
}

function takesSequence(fields: PacketFields): boolean {
  return fields.protocol === TCP && ((fields.tcpFlags & SYN_OR_FIN) !== 0 || fields.payloadLength > 0);
}
