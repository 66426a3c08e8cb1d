import type { z } from 'zod';
import { type Action, ENDS, type End, PROCESS_DETAIL, REMOVABLE, type Removable } from './policy-rule.ts';

type Context = z.core.$RefinementCtx;

const NAMED = REMOVABLE.filter((c) => c !== 'pid' && !/_(mac|addr)$/.test(c));
const REMOVED_WORDS = [...REMOVABLE, 'process_detail'];
const END_WORDS = [...ENDS, 'both'];
const KINDS = 'drop, keep, `truncate: ...`, `pseudonymise: ...` or `remove: ...`';

/** Reads one action of a rule; each mistake is told at its place, and null is given. */
export function readAction(value: unknown, place: readonly PropertyKey[], ctx: Context): Action | null {
  if (value === 'drop' || value === 'keep') return { kind: value };
  const complain = (path: readonly PropertyKey[], message: string) => {
    ctx.addIssue({ code: 'custom', path: [...place, ...path], message });
    return null;
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return complain([], `expected ${KINDS}, not ${JSON.stringify(value)}`);
  const [[kind, content] = [undefined, undefined], ...more] = Object.entries(value);
  if (kind === undefined || more.length > 0) return complain([], `expected one of ${KINDS}`);
  if (kind === 'truncate') return readTruncate(content, complain);
  if (kind === 'pseudonymise') return readPseudonymise(content, complain);
  if (kind === 'remove') return readRemove(content, complain);
  return complain([kind], `unknown action; expected ${KINDS}`);
}

type Complain = (path: readonly PropertyKey[], message: string) => null;

function readTruncate(content: unknown, complain: Complain): Action | null {
  const example = 'expected a mapping such as `{ addresses: remote, ipv4: 24, ipv6: 48 }`';
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return complain(['truncate'], example);
  const { addresses, ipv4 = 24, ipv6 = 48, ...unknown } = content as Record<string, unknown>;
  let right = true;
  const wrong = (path: readonly PropertyKey[], message: string) => {
    right = false;
    return complain(['truncate', ...path], message);
  };
  for (const key of Object.keys(unknown)) wrong([key], 'unknown key; expected addresses, ipv4, ipv6');
  const words = wordsOf(addresses, END_WORDS, ['addresses'], wrong);
  const bits = (name: string, value: unknown, most: number) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value;
    wrong([name], `expected a number of bits from 0 to ${most}, not ${JSON.stringify(value)}`);
    return 0;
  };
  const kept = { ipv4: bits('ipv4', ipv4, 31), ipv6: bits('ipv6', ipv6, 127) };
  return right ? { kind: 'truncate', ends: endsOf(words), ...kept } : null;
}

function readPseudonymise(content: unknown, complain: Complain): Action | null {
  const words = wordsOf(content, [...END_WORDS, ...NAMED], ['pseudonymise'], complain);
  if (words.length === 0) return null;
  return { kind: 'pseudonymise', ends: endsOf(words), columns: columnsOf(words) };
}

function readRemove(content: unknown, complain: Complain): Action | null {
  const words = wordsOf(content, REMOVED_WORDS, ['remove'], complain);
  if (words.length === 0) return null;
  const detail = words.includes('process_detail') ? PROCESS_DETAIL : [];
  return { kind: 'remove', columns: [...columnsOf(words), ...detail] };
}

/** One word, or a list of them; none where one is wrong. */
function wordsOf(
  value: unknown,
  known: readonly string[],
  path: readonly PropertyKey[],
  complain: Complain,
): readonly string[] {
  const words: readonly unknown[] = Array.isArray(value) ? value : [value];
  const wrong = words.flatMap((word, i) => (known.some((k) => k === word) ? [] : [{ word, i }]));
  for (const { word, i } of wrong) {
    const found = word === undefined ? '' : `, not ${JSON.stringify(word)}`;
    complain(Array.isArray(value) ? [...path, i] : path, `expected ${known.join(', ')}${found}`);
  }
  if (words.length === 0) complain(path, `expected ${known.join(', ')}`);
  return wrong.length > 0 ? [] : (words as readonly string[]);
}

function endsOf(words: readonly string[]): readonly End[] {
  return words.includes('both') ? ['src', 'dst'] : ENDS.filter((end) => words.includes(end));
}

function columnsOf(words: readonly string[]): readonly Removable[] {
  return REMOVABLE.filter((column) => words.includes(column));
}
