import type { Action, End, PolicyRule, Removable } from './policy-rule.ts';
import { REMOVABLE } from './policy-rule.ts';

/** What is to be done to the address of one end. */
export interface EndEffects {
  /** Bits that are kept. */
  ipv4: number;
  ipv6: number;
  pseudonym: boolean;
}

/** What rules do to a record; columns as bits by their place in REMOVABLE. One object for each policy, which is filled again. */
export interface RecordEffects {
  readonly src: EndEffects;
  readonly dst: EndEffects;
  removed: number;
  pseudonyms: number;
}

export function newRecordEffects(): RecordEffects {
  const end = (): EndEffects => ({ ipv4: 32, ipv6: 128, pseudonym: false });
  return { src: end(), dst: end(), removed: 0, pseudonyms: 0 };
}

export function clearEffects(effects: RecordEffects): void {
  clearEnd(effects.src);
  clearEnd(effects.dst);
  effects.removed = 0;
  effects.pseudonyms = 0;
}

function clearEnd(end: EndEffects): void {
  end.ipv4 = 32;
  end.ipv6 = 128;
  end.pseudonym = false;
}

/** The actions of a rule, added up. */
export interface RuleEffects {
  readonly drop: boolean;
  readonly keep: boolean;
  readonly ends: Readonly<Record<End, EndEffects>>;
  readonly removed: number;
  readonly pseudonyms: number;
}

export function effectsOf({ actions }: PolicyRule): RuleEffects {
  const ends: Record<End, EndEffects> = {
    src: newRecordEffects().src,
    dst: newRecordEffects().src,
    local: newRecordEffects().src,
    remote: newRecordEffects().src,
  };
  let removed = 0;
  let pseudonyms = 0;
  for (const action of actions) {
    if (action.kind === 'truncate') for (const end of action.ends) add(ends[end], { ...action, pseudonym: false });
    if (action.kind === 'pseudonymise') {
      for (const end of action.ends) ends[end].pseudonym = true;
      pseudonyms |= bitsOf(action.columns);
    }
    if (action.kind === 'remove') removed |= bitsOf(action.columns);
  }
  const has = (kind: Action['kind']) => actions.some((a) => a.kind === kind);
  return { drop: has('drop'), keep: has('keep'), ends, removed, pseudonyms };
}

function bitsOf(names: readonly Removable[]): number {
  return names.reduce((bits, name) => bits | (1 << REMOVABLE.indexOf(name)), 0);
}

function add(into: EndEffects, more: EndEffects): void {
  into.ipv4 = Math.min(into.ipv4, more.ipv4);
  into.ipv6 = Math.min(into.ipv6, more.ipv6);
  into.pseudonym ||= more.pseudonym;
}

/**
 * Adds a rule that a record matches as it is written, with source and destination exchanged, or both (then each of its ends is either). `local` is the
 * source, the destination or, where nobody knows, null: then each end may be the local one, and both are changed.
 */
export function addRule(
  into: RecordEffects,
  rule: RuleEffects,
  asWritten: boolean,
  exchanged: boolean,
  local: 'src' | 'dst' | null,
): void {
  const { src, dst, local: ofLocal, remote } = rule.ends;
  if (asWritten) {
    add(into.src, src);
    add(into.dst, dst);
  }
  if (exchanged) {
    add(into.src, dst);
    add(into.dst, src);
  }
  if (local !== 'dst') {
    add(into.src, ofLocal);
    add(into.dst, remote);
  }
  if (local !== 'src') {
    add(into.dst, ofLocal);
    add(into.src, remote);
  }
  into.removed |= rule.removed;
  into.pseudonyms |= rule.pseudonyms;
}
