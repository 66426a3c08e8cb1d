import { type Cipher, createCipheriv } from 'node:crypto';
import { type AddressWords, isMappedIPv4 } from './address.ts';

/** Bytes of a key: the first half is the cipher's, the second half makes the pad. */
export const CRYPTO_PAN_KEY_BYTES = 32;

const BLOCK = 16;
/** Positions of two direct-mapped caches of whole addresses: traffic has few addresses that come often. */
const SLOTS = 65_536;
const SLOTS_V6 = 16_384;

/**
 * Crypto-PAn (Xu, Fan, Ammar, Moon: "Prefix-Preserving IP Address Anonymization", 2002): one-to-one, and two addresses that share their
 * first n bits share the first n bits afterwards. Bit n is turned by the first bit of AES-128 over the n bits before it, filled up
 * with a secret pad. IPv4 gives what nfanon gives with the same key. IPv6 is the same over 128 bits; nfanon 1.7.1 does
 * otherwise there: it keeps no prefixes, and the same address becomes another as a source than as a destination. All blocks of an address are encrypted in one call, because the call costs more than the cipher.
 */
export class CryptoPan {
  private readonly cipher: Cipher;
  private readonly pad = new Uint32Array(4);
  private readonly input = Buffer.alloc(128 * BLOCK);
  private readonly view = new DataView(this.input.buffer, this.input.byteOffset, this.input.length);
  private readonly turned = new Uint32Array(4);
  private readonly words = new Uint32Array(4);
  /** By the first 16 bits of an IPv4 address: which of them are turned; -1 where that is not known yet. */
  private readonly first16 = new Int32Array(65_536).fill(-1);
  private readonly v4From = new Uint32Array(SLOTS);
  private readonly v4To = new Uint32Array(SLOTS);
  private readonly v4Used = new Uint8Array(SLOTS);
  private readonly v6From = new Uint32Array(4 * SLOTS_V6);
  private readonly v6To = new Uint32Array(4 * SLOTS_V6);
  private readonly v6Used = new Uint8Array(SLOTS_V6);

  constructor(key: Uint8Array) {
    if (key.length !== CRYPTO_PAN_KEY_BYTES) throw new RangeError(`a key of ${key.length} bytes`);
    this.cipher = createCipheriv('aes-128-ecb', key.subarray(0, BLOCK), null).setAutoPadding(false);
    const pad = this.cipher.update(key.subarray(BLOCK));
    for (let i = 0; i < 4; i++) this.pad[i] = pad.readUInt32BE(4 * i);
  }

  /** The address that stands for this one. IPv4 stays IPv4. */
  address(w: AddressWords): AddressWords {
    return isMappedIPv4(w) ? [w[0], w[1], w[2], this.ipv4(w[3])] : this.ipv6(w);
  }

  ipv4(word: number): number {
    const slot = (Math.imul(word, 0x9e37_79b1) >>> 16) % SLOTS;
    if (this.v4Used[slot] === 1 && this.v4From[slot] === word) return this.v4To[slot]!;
    const high = word >>> 16;
    const known = this.first16[high]!;
    this.words[0] = word;
    this.turn(known < 0 ? 0 : 16, 32);
    const low = this.turned[0]!;
    if (known < 0) this.first16[high] = low >>> 16;
    const to = (word ^ (known < 0 ? low : (known << 16) | low)) >>> 0;
    this.v4Used[slot] = 1;
    this.v4From[slot] = word;
    this.v4To[slot] = to;
    return to;
  }

  ipv6(w: AddressWords): AddressWords {
    const mixed = Math.imul(w[1], 0x85eb_ca6b) ^ Math.imul(w[2], 0xc2b2_ae35) ^ Math.imul(w[3], 0x27d4_eb2f) ^ w[0];
    const slot = (Math.imul(mixed, 0x9e37_79b1) >>> 16) % SLOTS_V6;
    const at = 4 * slot;
    const { v6From: from, v6To: to } = this;
    const hit = from[at] === w[0] && from[at + 1] === w[1] && from[at + 2] === w[2] && from[at + 3] === w[3];
    if (!hit || this.v6Used[slot] === 0) {
      this.words.set(w);
      this.turn(0, 128);
      for (let i = 0; i < 4; i++) {
        from[at + i] = this.words[i]!;
        to[at + i] = this.words[i]! ^ this.turned[i]!;
      }
      this.v6Used[slot] = 1;
    }
    return [to[at]!, to[at + 1]!, to[at + 2]!, to[at + 3]!];
  }

  /** Which of the bits [from, to) of `words` are turned, into `turned`. */
  private turn(from: number, to: number): void {
    const { view, words, pad, turned } = this;
    for (let p = from, at = 0; p < to; p++, at += BLOCK) {
      for (let i = 0; i < 4; i++) {
        const bits = Math.min(32, Math.max(0, p - 32 * i));
        const mask = bits === 0 ? 0 : 0xffff_ffff << (32 - bits);
        view.setUint32(at + 4 * i, (words[i]! & mask) | (pad[i]! & ~mask));
      }
    }
    const out = this.cipher.update(this.input.subarray(0, (to - from) * BLOCK));
    turned.fill(0);
    for (let p = from, at = 0; p < to; p++, at += BLOCK) {
      if (out[at]! & 0x80) turned[p >>> 5]! |= 0x8000_0000 >>> (p & 31);
    }
  }
}
