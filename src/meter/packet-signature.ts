import type { PacketFields } from '../packet/index.ts';
import { type HashSecrets, hashStep } from './key-hash.ts';

const TCP = 6;

/** Bytes behind the IP header that are compared: checksums stand for the others. In TCP these are the header with its timestamps: data that has one number is the same data. */
const COMPARED_BYTES = 64;
const COMPARED_BYTES_OF_TCP = 32;
/** They are read so many at a time. */
const STRIDE = 8;

/**
 * What a packet is recognised by when it is seen again, and where it was seen; filled again for each packet. All numbers are integers of 32 bits with a sign, which V8
 * keeps in a field without a box.
 */
export class PacketSignature {
  /** 64 bits over what routers leave as it is: addresses, protocol, ports, lengths, identification and offset, and the first bytes behind the IP header. */
  low = 0;
  high = 0;
  /** What differs where a packet is seen at two places: TTL, VLANs, MAC addresses, interface. */
  vantage = 0;
  private readonly secrets: HashSecrets;

  constructor(secrets: HashSecrets) {
    this.secrets = secrets;
  }

  /** `keyHash` is the hash of the key of the packet's flow. */
  take(fields: PacketFields, keyHash: number, inIf: number): void {
    const { multiplier: m, finish: n } = this.secrets;
    const { data, transportAt, transportLength } = fields;
    const identity = fields.ipVersion === 4 ? fields.fragmentId : 0;
    let a = hashStep(keyHash, fields.srcAddr[3]! ^ (fields.ipBytes << 16) ^ transportLength, m);
    let b = Math.imul(keyHash ^ (identity | (fields.fragmentOffset << 16)), n);
    a = hashStep(a, b, m);
    const end =
      transportAt + Math.min(transportLength, fields.protocol === TCP ? COMPARED_BYTES_OF_TCP : COMPARED_BYTES);
    let at = transportAt;
    // Each half of the signature takes every other word: the processor works on both at a time. One after the other it took twice as long.
    for (; at <= end - STRIDE; at += STRIDE) {
      a = Math.imul(a ^ data.getInt32(at) ^ (a >>> 15), m);
      b = Math.imul(b ^ data.getInt32(at + 4) ^ (b >>> 13), n);
    }
    if (at < end) {
      if (at > transportAt) {
        // The rest, with some of what was before it: one by one these bytes would take as long as all others.
        a = Math.imul(a ^ data.getInt32(end - STRIDE) ^ (a >>> 15), m);
        b = Math.imul(b ^ data.getInt32(end - 4) ^ (b >>> 13), n);
      } else
        for (; at < end; at++) {
          a = hashStep(a, data.getUint8(at), m);
          b = Math.imul(b ^ a, n);
        }
    }
    this.low = a ^ (a >>> 16);
    this.high = b ^ (b >>> 16);
    this.vantage = vantageOf(fields, inIf, m, n);
  }
}

/** Three products that do not wait for each other. What may go up as another goes down (a number of an interface, the end of an address) is not in one word with it. */
function vantageOf(fields: PacketFields, inIf: number, m: number, n: number): number {
  const a = Math.imul(Math.imul(fields.ttl | (fields.vlan << 8) | (fields.innerVlan << 20), m) ^ fields.srcMacLo, n);
  const b = Math.imul(Math.imul(inIf, n) ^ fields.dstMacLo, m);
  const c = Math.imul((fields.srcMacHi << 16) | fields.dstMacHi, n);
  return a ^ (a >>> 15) ^ b ^ (b >>> 13) ^ c ^ (c >>> 11);
}
