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

/** Entries of a list that say the same by `keyOf`. */
export function refuseTwice<T>(
  entries: readonly T[],
  keyOf: (e: T) => string,
  part: string,
  ctx: z.RefinementCtx,
): void {
  const first = new Map<string, number>();
  entries.forEach((e, i) => {
    const at = first.get(keyOf(e));
    if (at === undefined) first.set(keyOf(e), i);
    else ctx.addIssue({ code: 'custom', path: [i, part], message: `is in the list already, as entry ${at + 1}` });
  });
}
