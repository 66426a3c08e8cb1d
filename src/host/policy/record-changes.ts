import {
  type AddressWords,
  type Column,
  CryptoPan,
  columns,
  formatAddress,
  isMappedIPv4,
  kindOfNames,
  maskAddress,
  Pseudonyms,
} from '../../flow/index.ts';
import { addressForms, mentions, withoutAccounts, withPseudonym } from './mentions.ts';
import { REMOVABLE } from './policy-rule.ts';
import { type MutableFlow, wordsOfFlow } from './record-row.ts';
import type { EndEffects, RecordEffects } from './rule-effects.ts';

const USER = 1 << REMOVABLE.indexOf('user');
const TEXTS = columns.filter((c: Column) => c.type === 'text').map((c) => c.name);
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
  private readonly names: Pseudonyms | null;

  /** The key is null where no rule makes pseudonyms. */
  constructor(key: Uint8Array | null) {
    this.pan = key && new CryptoPan(key);
    this.names = key && new Pseudonyms(key);
  }

  /** Changes the record in place; whether anything was changed. */
  make(flow: MutableFlow, effects: RecordEffects): boolean {
    // Both sides first: the texts are searched for what neither side may show.
    const src = this.changeEnd(flow, 'src', effects.src);
    const dst = this.changeEnd(flow, 'dst', effects.dst);
    const texts = this.changeColumns(flow, effects);
    if (src !== null) removeMentions(flow, addressForms(src));
    if (dst !== null) removeMentions(flow, addressForms(dst));
    return src !== null || dst !== null || texts;
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

  private changeColumns(flow: MutableFlow, { removed, pseudonyms }: RecordEffects): boolean {
    if ((removed | pseudonyms) === 0) return false;
    const taken: { value: string; pseudonym: string | null }[] = [];
    let changed = false;
    if (((removed | pseudonyms) & USER) !== 0) hideAccounts(flow);
    REMOVABLE.forEach((column, i) => {
      const bit = 1 << i;
      const value = flow[column];
      if (((removed | pseudonyms) & bit) === 0 || value === undefined || value === '') return;
      changed = true;
      const text = typeof value === 'object' ? '' : String(value);
      const pseudonym = (removed & bit) === 0 ? this.names!.of(kindOfNames(column), text) : null;
      flow[column] = pseudonym ?? undefined;
      taken.push({ value: text, pseudonym });
    });
    const made = new Set(taken.map((t) => t.pseudonym));
    for (const { value, pseudonym } of taken) {
      for (const column of TEXTS) {
        const text = flow[column];
        if (typeof text !== 'string' || made.has(text) || !mentions(text, value)) continue;
        flow[column] = pseudonym === null ? undefined : withPseudonym(text, value, pseudonym);
      }
    }
    return changed;
  }
}

/** Numbers of accounts in names of units and in paths tell the user as well. */
function hideAccounts(flow: MutableFlow): void {
  for (const column of TEXTS) {
    const text = flow[column];
    if (typeof text === 'string' && column !== 'user') flow[column] = withoutAccounts(text);
  }
}

function removeMentions(flow: MutableFlow, forms: readonly string[]): void {
  for (const column of TEXTS) {
    const text = flow[column];
    if (typeof text === 'string' && forms.some((form) => mentions(text, form))) flow[column] = undefined;
  }
}

/** Into the record's own words where it has words: they are filled again for each record. */
function writeAddress(flow: MutableFlow, column: string, words: AddressWords): void {
  const place = flow[column];
  if (typeof place === 'object') place.set(words);
  else flow[column] = formatAddress(words);
}
