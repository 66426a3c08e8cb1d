import type { PacketFields } from '../packet-fields.ts';
import { ALIGNING_PADDING, cutEvidence, nextHeaderOfCut, nextHeaderOfFirstFragment } from './cut-payload.ts';
import { kindOf } from './next-headers.ts';
import { CHECK_BYTES, LAYOUT_COUNT, VECTOR_BYTES } from './null-layouts.ts';
import { CONTRADICTED, isPlausible, MOST_BITS, PROOF_BITS, payloadEnd, plainEvidence } from './plain-evidence.ts';
import { HEADER_BYTES, type PlainText } from './plain-text.ts';
import type { SecurityAssociations } from './security-associations.ts';

/** By so many bits a layout must be ahead of the others: two that differ by the vector alone have the same trailer. */
const LEAD_BITS = 12;

/**
 * Finds NULL encryption (RFC 2410), which no header announces: it is told by the bytes themselves (RFC 5879). A packet with enough
 * evidence is seen into at once; those that come before the evidence is enough stay opaque.
 */
export class NullOpener {
  readonly #associations: SecurityAssociations;

  constructor(associations: SecurityAssociations) {
    this.#associations = associations;
  }

  open(fields: PacketFields, slot: number, wireEnd: number, out: PlainText): boolean {
    // The trailer ends at a multiple of 4 bytes (RFC 4303 section 2.4), and each check value is one.
    if (((wireEnd - fields.payloadAt) & 3) !== 0) return false;
    const { proven } = this.#associations;
    if (proven[slot] !== 0) {
      if (this.#openProven(fields, slot, wireEnd, out)) return true;
      if (proven[slot] !== 0) return false;
    }
    return this.#prove(fields, slot, wireEnd) && this.#openProven(fields, slot, wireEnd, out);
  }

  /** The first fragment of a packet, whose trailer is in the last one, once the layout of its association is known. */
  openFirstFragment(fields: PacketFields, slot: number, out: PlainText): boolean {
    const { proven, carried } = this.#associations;
    if (proven[slot] === 0) return false;
    const at = fields.payloadAt + HEADER_BYTES + VECTOR_BYTES[proven[slot]! - 1]!;
    const captured = fields.payloadAt + fields.payloadLength;
    const next = nextHeaderOfFirstFragment(fields.data, at, captured, carried[slot]!, fields);
    return next >= 0 && out.found(fields.data, at, captured, next);
  }

  /** Opens a packet of an association whose layout is known; forgets the layout when the packet contradicts it (an SPI may be used anew). */
  #openProven(fields: PacketFields, slot: number, wireEnd: number, out: PlainText): boolean {
    const associations = this.#associations;
    const layout = associations.proven[slot]! - 1;
    const { data } = fields;
    const captured = fields.payloadAt + fields.payloadLength;
    const at = fields.payloadAt + HEADER_BYTES + VECTOR_BYTES[layout]!;
    const plainEnd = wireEnd - CHECK_BYTES[layout]!;
    if (plainEnd > captured) {
      const next = nextHeaderOfCut(data, at, captured, plainEnd, ALIGNING_PADDING, associations.carried[slot]!, fields);
      return next >= 0 && out.found(data, at, captured, next);
    }
    const end = payloadEnd(data, at, plainEnd);
    const next = end < 0 ? 0 : data.getUint8(plainEnd - 1);
    if (end < 0 || !isPlausible(data, at, end, next)) {
      associations.forget(slot);
      return false;
    }
    associations.carried[slot]! |= kindOf(next);
    return out.found(data, at, end, next);
  }

  /** Adds what the packet says for and against each layout; true when one of them is proven by it. */
  #prove(fields: PacketFields, slot: number, wireEnd: number): boolean {
    const { score, proven } = this.#associations;
    const first = LAYOUT_COUNT * slot;
    let best = 0;
    let second = 0;
    let winner = 0;
    for (let layout = 0; layout < LAYOUT_COUNT; layout++) {
      const bits = evidence(fields, layout, wireEnd);
      const total = bits === CONTRADICTED ? 0 : Math.min(MOST_BITS, score[first + layout]! + bits);
      score[first + layout] = total;
      if (total > best) {
        second = best;
        best = total;
        winner = layout;
      } else if (total > second) second = total;
    }
    if (best < PROOF_BITS || best - second < LEAD_BITS) return false;
    proven[slot] = winner + 1;
    return true;
  }
}

function evidence(fields: PacketFields, layout: number, wireEnd: number): number {
  const { data } = fields;
  const captured = fields.payloadAt + fields.payloadLength;
  const at = fields.payloadAt + HEADER_BYTES + VECTOR_BYTES[layout]!;
  const plainEnd = wireEnd - CHECK_BYTES[layout]!;
  if (plainEnd > captured) return cutEvidence(data, at, captured, plainEnd);
  return plainEvidence(data, at, plainEnd, fields);
}
