import { z } from 'zod';
import { nearestWord } from './units.ts';

/** Settings that are lists of mappings, which only a file can hold. */

/** A mapping with these keys alone; dashes may stand for underscores, as in the names of settings. */
export function entry<T extends z.ZodRawShape>(shape: T, example: string) {
  const keys = Object.keys(shape);
  const unknown = (key: string) => {
    const nearest = nearestWord(key, keys);
    return nearest ? `"${key}" (did you mean ${nearest}?)` : `"${key}"`;
  };
  const mapping = z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown key ${issue.keys.map(unknown).join(', ')}; expected ${keys.join(', ')}`
        : `expected a mapping such as \`${example}\``,
  });
  return z.preprocess(withUnderscores, mapping);
}

function withUnderscores(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key.replaceAll('-', '_'), v]));
}

/** Entries of a list that say the same by `keyOf`; what has no key, since it is wrong by itself, is like no other. */
export function refuseTwice<T>(
  entries: readonly T[],
  keyOf: (e: T) => string | undefined,
  part: string,
  ctx: z.RefinementCtx,
): void {
  const first = new Map<string, number>();
  entries.forEach((e, i) => {
    const key = keyOf(e);
    if (key === undefined) return;
    const at = first.get(key);
    if (at === undefined) first.set(key, i);
    else ctx.addIssue({ code: 'custom', path: [i, part], message: `is in the list already, as entry ${at + 1}` });
  });
}
