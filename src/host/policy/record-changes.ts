import {
  type AddressWords,
  CryptoPan,
  formatAddress,
  isMappedIPv4,
  maskAddress,
  Pseudonyms,
} from '../../flow/index.ts';
import { type AddressForms, addressForms, mayHoldAddress, mentionsAddress } from './address-mentions.ts';
import { type MutableFlow, wordsOfFlow } from './record-row.ts';
import type { EndEffects, RecordEffects } from './rule-effects.ts';
import { TEXTS, TextChanges } from './text-changes.ts';

/** Columns that say the same as an address of their side, in other words. */
const BESIDE = {
  src: ['src_mac', 'src_nat_addr'],
  dst: ['dst_mac', 'dst_nat_addr', 'next_hop', 'bgp_next_hop'],
} as const;

/**
 * Takes out of a record what rules say. What is taken out of one column is not left in another one of the same record: an address in the name of a
 * container, a user in the path of an executable.
 */
export class RecordChanges {
  private readonly pan: CryptoPan | null;
  private readonly texts: TextChanges;

  /** The key is null where no rule makes pseudonyms. */
  constructor(key: Uint8Array | null) {
    this.pan = key && new CryptoPan(key);
    this.texts = new TextChanges(key && new Pseudonyms(key));
  }

  /** Changes the record in place. */
  make(flow: MutableFlow, effects: RecordEffects): void {
    const src = this.changeEnd(flow, 'src', effects.src);
    const dst = this.changeEnd(flow, 'dst', effects.dst);
    this.texts.make(flow, effects);
    if (src !== null || dst !== null) removeMentions(flow, src, dst);
  }

  /** The address as it was, where it was changed. */
  private changeEnd(flow: MutableFlow, side: 'src' | 'dst', effects: EndEffects): AddressWords | null {
    const column = `${side}_addr`;
    const words = wordsOfFlow(flow, column);
    if (words === null) return null;
    const before: AddressWords = [words[0], words[1], words[2], words[3]];
    const kept = isMappedIPv4(before) ? 96 + effects.ipv4 : effects.ipv6;
    if (kept === 128 && !effects.pseudonym) return null;
    // Crypto-PAn keeps prefixes: cutting afterwards is the same as cutting before, and leaves zeros.
    const other = effects.pseudonym ? this.pan!.address(before) : before;
    writeAddress(flow, column, maskAddress(other, kept));
    for (const beside of BESIDE[side]) if (flow[beside] !== undefined) flow[beside] = undefined;
    if (flow.tunnel !== undefined) flow.tunnel = undefined;
    return before;
  }
}

function removeMentions(flow: MutableFlow, src: AddressWords | null, dst: AddressWords | null): void {
  let forms: readonly AddressForms[] | null = null;
  for (const column of TEXTS) {
    const text = flow[column];
    if (typeof text !== 'string' || !mayHoldAddress(text)) continue;
    forms ??= [src, dst].flatMap((words) => (words ? [addressForms(words)] : []));
    if (forms.some((one) => mentionsAddress(text, one))) flow[column] = undefined;
  }
}

/** Into the record's own words where it has words: they are filled again for each record. */
function writeAddress(flow: MutableFlow, column: string, words: AddressWords): void {
  const place = flow[column];
  if (typeof place === 'object') place.set(words);
  else flow[column] = formatAddress(words);
}
