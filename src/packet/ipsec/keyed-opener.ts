import type { PacketFields } from '../packet-fields.ts';
import { CIPHERS } from './cipher-suites.ts';
import { nextHeaderOfCut } from './cut-payload.ts';
import { decryptHead, decryptPacket, isVerifying } from './decrypt.ts';
import type { KeyRing } from './key-ring.ts';
import { CARRIED, kindOf } from './next-headers.ts';
import { LAYOUT_COUNT } from './null-layouts.ts';
import { CONTRADICTED, isPlausible, MOST_BITS, PROOF_BITS, payloadEnd, plainEvidence } from './plain-evidence.ts';
import { HEADER_BYTES, type PlainText } from './plain-text.ts';
import type { SecurityAssociations } from './security-associations.ts';

/**
 * Opens packets with keys. A check value that matches is proof; where the key cannot check one, the plain text must prove itself, as it does with
 * NULL encryption: a wrong key never makes up ports.
 */
export class KeyedOpener {
  readonly #associations: SecurityAssociations;
  readonly #ring: KeyRing;

  constructor(associations: SecurityAssociations, ring: KeyRing) {
    this.#associations = associations;
    this.#ring = ring;
  }

  open(fields: PacketFields, slot: number, wireEnd: number, out: PlainText): boolean {
    const position = this.#associations.key[slot]!;
    const key = this.#ring.keys[position]!;
    const counts = this.#ring.counts[position]!;
    const { data, payloadAt } = fields;
    const captured = payloadAt + fields.payloadLength;
    const packet = new Uint8Array(data.buffer, data.byteOffset + payloadAt, Math.min(wireEnd, captured) - payloadAt);
    if (wireEnd > captured) return this.#openCut(fields, slot, wireEnd - payloadAt, packet, out);

    const sequence = data.getUint32(payloadAt + 4);
    const high = this.#ring.highOf(position, sequence);
    const plain = decryptPacket(key, packet, high);
    const verified = isVerifying(key);
    if (plain === null) {
      if (verified) counts.integrityFailures++;
      else counts.implausible++;
      return false;
    }
    const view = new DataView(plain.buffer, plain.byteOffset, plain.length);
    if (verified) this.#ring.seen(position, high, sequence);
    const end = verified ? payloadEndOf(view) : this.#provenEnd(view, slot, fields);
    if (end < 0) {
      counts.implausible++;
      return false;
    }
    const next = view.getUint8(plain.length - 1);
    this.#associations.proven[slot] = 1;
    this.#associations.carried[slot]! |= kindOf(next) || CARRIED.other;
    counts.opened++;
    return out.found(view, 0, end, next);
  }

  /** The end of the payload when the plain text was proven, with this packet or before; -1 when it was not. */
  #provenEnd(view: DataView, slot: number, fields: PacketFields): number {
    const { proven, score } = this.#associations;
    const end = payloadEnd(view, 0, view.byteLength);
    const isPlain = end >= 0 && isPlausible(view, 0, end, view.getUint8(view.byteLength - 1));
    if (proven[slot] !== 0) {
      if (!isPlain) this.#associations.forget(slot);
      return isPlain ? end : -1;
    }
    const bits = plainEvidence(view, 0, view.byteLength, fields);
    const first = LAYOUT_COUNT * slot;
    score[first] = bits === CONTRADICTED ? 0 : Math.min(MOST_BITS, score[first]! + bits);
    return score[first]! >= PROOF_BITS ? end : -1;
  }

  /** A packet whose end was not captured: its first bytes, once whole packets of the association were read with the key. */
  #openCut(fields: PacketFields, slot: number, wireBytes: number, packet: Uint8Array, out: PlainText): boolean {
    const { proven, carried, key: position } = this.#associations;
    if (proven[slot] === 0) return false;
    const key = this.#ring.keys[position[slot]!]!;
    const cipher = CIPHERS[key.cipher];
    const plainEnd = wireBytes - HEADER_BYTES - cipher.vectorBytes - key.checkBytes;
    const plain = decryptHead(key, packet);
    const there = Math.min(plain.length, plainEnd - 2);
    const view = new DataView(plain.buffer, plain.byteOffset, plain.length);
    const next = nextHeaderOfCut(view, 0, there, plainEnd, cipher.blockBytes - 1, carried[slot]!, fields);
    if (next < 0) return false;
    this.#ring.counts[position[slot]!]!.opened++;
    return out.found(view, 0, there, next);
  }
}

/** The end of the payload of a packet whose check value matched: whatever its padding holds; -1 when it is longer than the packet. */
function payloadEndOf(view: DataView): number {
  const padding = view.getUint8(view.byteLength - 2);
  return view.byteLength - 2 - padding;
}
