import { z } from 'zod';
import { parsePrefix } from '../flow/index.ts';
import { list, prefixKey } from './setting-schemas.ts';

/** A name is a value of two text columns, whose dictionaries hold no more. */
const MOST_SITES = 10_000;
const MOST_NAME_BYTES = 255;
const EXAMPLE = 'expected a mapping such as `berlin: [10.1.0.0/16, "2001:db8:1::/48"]`';

/** Names with their prefixes; a prefix belongs to one site. Of prefixes that lie within each other the longest counts, wherever it is. */
export const siteSetting: z.ZodType<Readonly<Record<string, readonly string[]>>> = z
  .record(
    z.string(),
    list('prefixes such as 10.1.0.0/16,2001:db8:1::/48', (t) => (parsePrefix(t) ? t : null)),
    { error: () => EXAMPLE },
  )
  .superRefine((sites, ctx) => {
    const names = Object.keys(sites);
    if (names.length > MOST_SITES)
      ctx.addIssue({ code: 'custom', message: `expected at most ${MOST_SITES} sites; there are ${names.length}` });
    const taken = new Map<string, string>();
    for (const name of names) {
      if (!isName(name))
        ctx.addIssue({ code: 'custom', path: [name], message: 'is no name: 1 to 255 printable characters are' });
      if (sites[name]!.length === 0) ctx.addIssue({ code: 'custom', path: [name], message: 'has no prefix' });
      for (const prefix of sites[name]!) {
        const other = taken.get(prefixKey(prefix));
        if (other === undefined) taken.set(prefixKey(prefix), name);
        else if (other !== name)
          ctx.addIssue({ code: 'custom', path: [name], message: `${prefix} is a prefix of the site ${other} already` });
      }
    }
  });

function isName(name: string): boolean {
  return name.trim() !== '' && Buffer.byteLength(name) <= MOST_NAME_BYTES && /^[^\p{Cc}]+$/u.test(name);
}
