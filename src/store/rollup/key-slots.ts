import { columnOf, VIRTUAL_COLUMNS } from '../../flow/index.ts';

type Kind = 'small' | 'word' | 'text' | 'exporter' | 'address';

/** Bits of a key beside the code of its minute: those that the minute's word has left, and further words. */
const FIRST_BITS = 16;
const WORD_BITS = 32;
const WORDS = 4;
/** Codes of texts that are packed stay below this. */
export const PACKED_TEXTS = 2 ** 16;

/** A dimension of a key: where its bits are. */
export interface KeyField {
  readonly name: string;
  readonly kind: Kind;
  /** Slot 0 is the upper half of the minute's word, the others are words. */
  readonly slot: number;
  /** Of the slot. */
  readonly shift: number;
  readonly bits: number;
}

/**
 * Places for the dimensions of a key: enumerations below 256 share a word, others have one of their own. `packed`: numbers of 16 bits and texts (whose codes
 * are then below `PACKED_TEXTS`) share words as well. An address takes all words.
 */
export function keyFields(names: readonly string[], packed: boolean): readonly KeyField[] {
  const left = [FIRST_BITS, ...new Array<number>(WORDS).fill(WORD_BITS)];
  return names.map((name) => {
    const kind = kindOf(name);
    if (kind === 'address') return { name, kind, slot: 1, shift: 0, bits: WORD_BITS };
    const bits = bitsOf(name, kind, packed);
    const slot = left.findIndex((free, i) => free >= bits && (i > 0 || kind === 'small'));
    if (slot < 0) throw new RangeError(`no room for ${name} in a key of ${names.join(', ')}`);
    const shift = (slot === 0 ? FIRST_BITS : WORD_BITS) - left[slot]!;
    left[slot]! -= bits;
    return { name, kind, slot, shift, bits };
  });
}

function bitsOf(name: string, kind: Kind, packed: boolean): number {
  if (kind === 'small') return 8;
  if (!packed) return WORD_BITS;
  return kind === 'text' || typeOf(name) === 'u16' ? 16 : WORD_BITS;
}

function kindOf(name: string): Kind {
  if (name === 'exporter') return 'exporter';
  const type = typeOf(name);
  if (type === 'address' || type === 'text') return type;
  return type === 'enum' || type === 'u8' ? 'small' : 'word';
}

function typeOf(name: string): string {
  return VIRTUAL_COLUMNS.find((v) => v.name === name)?.type ?? columnOf(name).type;
}
