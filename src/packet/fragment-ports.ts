import { fragmentProtocol } from './ip-header.ts';
import type { PacketFields } from './packet-fields.ts';

/** Packets whose first fragment is remembered, at most: 16,384 of them, in sets of eight, take 1 MiB. */
const SETS = 2048;
const WAYS = 8;
const SLOTS = SETS * WAYS;

/** Words of a key: both addresses, identification, protocol. */
const WORDS = 10;

/** RFC 8200 section 4.5 gives 60 seconds, Linux 30. In time of the capture. */
const MAX_AGE_MS = 30_000;

/** What a slot holds. */
const FREE = 0;
const FLOW = 1;
const INSIDE = 2;

export interface FragmentPortCounts {
  /** Later fragments that were given what the first one said. */
  carried: number;
  /** Later fragments whose first one was not seen before them, or is forgotten: they have no ports. */
  unknown: number;
  /** Later fragments of packets that were counted whole, as the packet inside which the first fragment showed. */
  inside: number;
  /** First fragments that were forgotten within 30 seconds, for others. */
  evicted: number;
}

/**
 * Gives later fragments the ports, the ICMP type and the SPI of the first one, which alone has them, without putting packets together. Only
 * fragments cost anything.
 */
export class FragmentPorts {
  readonly counts: FragmentPortCounts = { carried: 0, unknown: 0, inside: 0, evicted: 0 };
  private readonly keys = new Uint32Array(SLOTS * WORDS);
  private readonly sinceMs = new Float64Array(SLOTS);
  private readonly holds = new Uint8Array(SLOTS);
  private readonly protocol = new Uint8Array(SLOTS);
  private readonly srcPort = new Uint16Array(SLOTS);
  private readonly dstPort = new Uint16Array(SLOTS);
  private readonly hasPorts = new Uint8Array(SLOTS);
  private readonly icmpType = new Uint8Array(SLOTS);
  private readonly icmpCode = new Uint8Array(SLOTS);
  private readonly spi = new Uint32Array(SLOTS);
  private readonly ipsec = new Uint8Array(SLOTS);
  /** The key that is looked for. */
  private readonly key = new Uint32Array(WORDS);
  /** Nobody can choose packets that push one another out of one set. */
  private readonly seed = (Math.random() * 0x1_0000_0000) | 0;

  /**
   * To be called for each packet, in the order of the capture. False when the packet is no more to be counted: it is the rest of one that was
   * fragmented outside of a tunnel, and the first fragment was counted with all bytes of the packet inside.
   */
  apply(fields: PacketFields, timeMs: number): boolean {
    if (fields.outerFragmentId >= 0) {
      this.setKey(fields.outerSrc, fields.outerDst, fields.outerFragmentId, fields.outerFragmentProtocol);
      this.remember(INSIDE, fields, timeMs);
    }
    if (!fields.fragment) return true;
    this.setKey(fields.srcAddr, fields.dstAddr, fields.fragmentId, fragmentProtocol(fields));
    if (fields.fragmentOffset === 0) {
      this.remember(FLOW, fields, timeMs);
      return true;
    }
    const slot = this.find(timeMs);
    if (slot < 0) {
      this.counts.unknown++;
      return true;
    }
    if (this.holds[slot] === INSIDE) {
      this.counts.inside++;
      return false;
    }
    this.counts.carried++;
    this.give(slot, fields);
    return true;
  }

  private setKey(src: Uint32Array, dst: Uint32Array, id: number, protocol: number): void {
    const { key } = this;
    for (let word = 0; word < 4; word++) {
      key[word] = src[word]!;
      key[4 + word] = dst[word]!;
    }
    key[8] = id;
    key[9] = protocol;
  }

  private firstOfSet(): number {
    let hash = this.seed;
    for (let word = 0; word < WORDS; word++) {
      hash = Math.imul(hash ^ this.key[word]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return (Math.imul(hash, 0x85ebca6b) >>> 21) * WAYS;
  }

  /** The slot of the key, or -1. */
  private find(timeMs: number): number {
    const first = this.firstOfSet();
    for (let slot = first; slot < first + WAYS; slot++) {
      if (this.holds[slot] !== FREE && !this.isOld(slot, timeMs) && this.isKey(slot)) return slot;
    }
    return -1;
  }

  private isKey(slot: number): boolean {
    const { key, keys } = this;
    const at = slot * WORDS;
    for (let word = 0; word < WORDS; word++) if (keys[at + word] !== key[word]) return false;
    return true;
  }

  /** A clock that was set back makes entries of the future, which must not stay for ever. */
  private isOld(slot: number, timeMs: number): boolean {
    return Math.abs(timeMs - this.sinceMs[slot]!) > MAX_AGE_MS;
  }

  /** The slot of the same key, else a free or old one, else the oldest of the set. */
  private remember(what: number, fields: PacketFields, timeMs: number): void {
    const first = this.firstOfSet();
    let slot = first;
    let free = -1;
    for (let i = first; i < first + WAYS; i++) {
      if (this.holds[i] === FREE || this.isOld(i, timeMs)) free = i;
      else if (this.isKey(i)) {
        free = i;
        break;
      } else if (this.sinceMs[i]! < this.sinceMs[slot]!) slot = i;
    }
    if (free >= 0) slot = free;
    else this.counts.evicted++;
    this.keys.set(this.key, slot * WORDS);
    this.sinceMs[slot] = timeMs;
    this.holds[slot] = what;
    this.protocol[slot] = fields.protocol;
    this.srcPort[slot] = fields.srcPort;
    this.dstPort[slot] = fields.dstPort;
    this.hasPorts[slot] = fields.hasPorts ? 1 : 0;
    this.icmpType[slot] = fields.icmpType;
    this.icmpCode[slot] = fields.icmpCode;
    this.spi[slot] = fields.spi;
    this.ipsec[slot] = fields.ipsec;
  }

  /** The protocol as well: behind the fragment header of IPv6, and behind AH, only the first fragment shows which it is. */
  private give(slot: number, fields: PacketFields): void {
    fields.protocol = this.protocol[slot]!;
    fields.hasPorts = this.hasPorts[slot] === 1;
    fields.srcPort = this.srcPort[slot]!;
    fields.dstPort = this.dstPort[slot]!;
    fields.icmpType = this.icmpType[slot]!;
    fields.icmpCode = this.icmpCode[slot]!;
    fields.spi = this.spi[slot]!;
    fields.ipsec = this.ipsec[slot]!;
  }
}
