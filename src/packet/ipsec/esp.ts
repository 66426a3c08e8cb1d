import type { EspOpener } from '../esp-opener.ts';
import { IPSEC } from '../packet-codes.ts';
import type { PacketFields } from '../packet-fields.ts';
import { PROTOCOL } from '../transport-header.ts';
import type { EspKey } from './cipher-suites.ts';
import { type EspKeyCounts, KeyRing } from './key-ring.ts';
import { KeyedOpener } from './keyed-opener.ts';
import { NullOpener } from './null-opener.ts';
import { PlainText } from './plain-text.ts';
import { SecurityAssociations } from './security-associations.ts';

export interface EspOptions {
  readonly keys?: readonly EspKey[];
  /** Security associations that are remembered; 131,072 take 5 MB. */
  readonly maxAssociations?: number;
}

/** Packets of ESP, by what became of them. */
export interface EspCounts {
  /** Not seen into. */
  opaque: number;
  /** Seen into: NULL encryption, found without a key or told by one. */
  null: number;
  /** Seen into with a key. */
  decrypted: number;
  /** Of the opaque ones: there is a key, and the check value does not match. The key is wrong, or the packet was changed. */
  integrityFailures: number;
  /** Of the opaque ones: there is a key and no check value that could tell, and what comes out is no plain text for certain. */
  implausible: number;
  /** Associations that gave way to others, as there was no room: what was known of them is judged anew. */
  evicted: number;
}

/** Sees into ESP (RFC 4303) with keys, and without them where the encryption is NULL. */
export class Esp extends PlainText implements EspOpener {
  ipsec: number = IPSEC.null;

  readonly #associations: SecurityAssociations;
  readonly #keys: KeyRing;
  readonly #null: NullOpener;
  readonly #keyed: KeyedOpener;
  #opaque = 0;
  #nullPackets = 0;
  #decrypted = 0;

  constructor({ keys = [], maxAssociations = 131_072 }: EspOptions = {}) {
    super();
    this.#associations = new SecurityAssociations(maxAssociations);
    this.#keys = new KeyRing(keys);
    this.#null = new NullOpener(this.#associations);
    this.#keyed = new KeyedOpener(this.#associations, this.#keys);
  }

  get counts(): EspCounts {
    const { counts } = this.#keys;
    return {
      opaque: this.#opaque,
      null: this.#nullPackets,
      decrypted: this.#decrypted,
      integrityFailures: counts.reduce((sum, key) => sum + key.integrityFailures, 0),
      implausible: counts.reduce((sum, key) => sum + key.implausible, 0),
      evicted: this.#associations.evicted,
    };
  }

  /** The same for each key, in the order of the keys. */
  get keyCounts(): readonly Readonly<EspKeyCounts>[] {
    return this.#keys.counts;
  }

  open(fields: PacketFields): boolean {
    const opened = this.#open(fields);
    if (!opened) this.#opaque++;
    else if (this.ipsec === IPSEC.null) this.#nullPackets++;
    else this.#decrypted++;
    return opened;
  }

  #open(fields: PacketFields): boolean {
    const end = wireEnd(fields);
    if (end < 0) return false;
    const { dstAddr, spi } = fields;
    let slot = this.#associations.find(dstAddr, spi);
    if (slot < 0) slot = this.#associations.add(dstAddr, spi, this.#keys.find(dstAddr, spi));
    const key = this.#associations.key[slot]!;
    this.ipsec = key >= 0 && this.#keys.keys[key]!.cipher !== 'null' ? IPSEC.decrypted : IPSEC.null;
    // Of a fragment, neither the end nor the length of the whole is known.
    if (fields.fragment) return key < 0 && this.#null.openFirstFragment(fields, slot, this);
    return key < 0 ? this.#null.open(fields, slot, end, this) : this.#keyed.open(fields, slot, end, this);
  }
}

/** Where the packet ended on the wire, however much of it was captured; -1 unknown. */
function wireEnd(fields: PacketFields): number {
  if (!fields.cut) return fields.payloadAt + fields.payloadLength;
  if (fields.protocol === PROTOCOL.udp) return fields.transportAt + fields.data.getUint16(fields.transportAt + 4);
  return fields.ipAt < 0 ? -1 : fields.ipAt + fields.ipBytes;
}
