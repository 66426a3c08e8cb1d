import type { EspOpener } from '../esp-opener.ts';
import { IPSEC, type PacketFields } from '../packet-fields.ts';
import { PROTOCOL } from '../transport-header.ts';
import { cutEvidence, nextHeaderOfCut } from './cut-payload.ts';
import { kindOf } from './next-headers.ts';
import { CHECK_BYTES, LAYOUT_COUNT, VECTOR_BYTES } from './null-layouts.ts';
import { CONTRADICTED, isPlausible, PROOF_BITS, payloadEnd, plainEvidence } from './plain-evidence.ts';
import { SecurityAssociations } from './security-associations.ts';

/** SPI and sequence number (RFC 4303 section 2). */
const HEADER_BYTES = 8;

/** By so many bits a layout must be ahead of the others: two that differ by the vector alone have the same trailer. */
const LEAD_BITS = 12;

/** A score does not go beyond what its byte holds. */
const MOST_BITS = 255;

export interface EspOptions {
  /** Security associations that are remembered; 131,072 take 7 MB. */
  readonly maxAssociations?: number;
}

/** Packets of ESP, by what became of them. */
export interface EspCounts {
  /** Not seen into. */
  opaque: number;
  /** Seen into without a key: NULL encryption. */
  null: number;
  /** Associations that gave way to others, as there was no room: what was known of them is judged anew. */
  evicted: number;
}

/**
 * Sees into ESP with NULL encryption (RFC 2410), which no header announces: it is told by the bytes themselves (RFC 5879). One packet with enough
 * evidence is seen into at once; those that come before the evidence is enough stay opaque.
 */
export class Esp implements EspOpener {
  view: DataView = new DataView(new ArrayBuffer(0));
  at = 0;
  end = 0;
  nextHeader = 0;
  ipsec: number = IPSEC.null;

  readonly #associations: SecurityAssociations;
  readonly #counts: EspCounts = { opaque: 0, null: 0, evicted: 0 };

  constructor(options: EspOptions = {}) {
    this.#associations = new SecurityAssociations(options.maxAssociations ?? 131_072);
  }

  get counts(): Readonly<EspCounts> {
    this.#counts.evicted = this.#associations.evicted;
    return this.#counts;
  }

  open(fields: PacketFields): boolean {
    const opened = this.#open(fields);
    if (opened) this.#counts.null++;
    else this.#counts.opaque++;
    return opened;
  }

  #open(fields: PacketFields): boolean {
    // Neither the end nor the length of the whole is known of a piece.
    if (fields.fragment) return false;
    const end = wireEnd(fields);
    if (end < 0 || ((end - fields.payloadAt) & 3) !== 0) return false;
    const { dstAddr, spi } = fields;
    let slot = this.#associations.find(dstAddr, spi);
    if (slot < 0) slot = this.#associations.add(dstAddr, spi, -1);
    if (this.#associations.proven[slot] !== 0) {
      if (this.#openProven(fields, slot, end)) return true;
      if (this.#associations.proven[slot] !== 0) return false;
    }
    return this.#prove(fields, slot, end) && this.#openProven(fields, slot, end);
  }

  /** Opens a packet of an association whose layout is known; forgets the layout when the packet contradicts it (an SPI may be used anew). */
  #openProven(fields: PacketFields, slot: number, wireEnd: number): boolean {
    const associations = this.#associations;
    const layout = associations.proven[slot]! - 1;
    const { data } = fields;
    const captured = fields.payloadAt + fields.payloadLength;
    const at = fields.payloadAt + HEADER_BYTES + VECTOR_BYTES[layout]!;
    const plainEnd = wireEnd - CHECK_BYTES[layout]!;
    if (plainEnd > captured) {
      const next = nextHeaderOfCut(data, at, captured, plainEnd, associations.carried[slot]!, fields);
      return next >= 0 && this.#found(data, at, captured, next);
    }
    const end = payloadEnd(data, at, plainEnd);
    const next = end < 0 ? 0 : data.getUint8(plainEnd - 1);
    if (end < 0 || !isPlausible(data, at, end, next)) {
      associations.forget(slot);
      return false;
    }
    associations.carried[slot]! |= kindOf(next);
    return this.#found(data, at, end, next);
  }

  #found(view: DataView, at: number, end: number, nextHeader: number): boolean {
    this.view = view;
    this.at = at;
    this.end = end;
    this.nextHeader = nextHeader;
    return true;
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

/** Where the packet ended on the wire, however much of it was captured; -1 unknown. */
function wireEnd(fields: PacketFields): number {
  if (!fields.cut) return fields.payloadAt + fields.payloadLength;
  if (fields.protocol === PROTOCOL.udp) return fields.transportAt + fields.data.getUint16(fields.transportAt + 4);
  return fields.ipAt < 0 ? -1 : fields.ipAt + fields.ipBytes;
}
