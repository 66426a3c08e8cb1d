import { z } from 'zod';
import { WeirError } from '../base/index.ts';
import { parseAddress } from '../flow/index.ts';
import { around, homePrefixes, type LookUpAddress, type RangeOfSource } from '../label/index.ts';
import { type Api, answered, typed } from './api-schema.ts';
import type { ExplainWith } from './label-explain.ts';

const source = z
  .object({
    range: z.string().describe('prefix, or first and last address'),
    source: z.string().describe('the file, or name and version of the package'),
    made: z.number().nullable().describe('when its maker says that it was made, ms since 1970'),
  })
  .nullable();

const addressSchema = z.object({
  address: z.string(),
  place: z
    .string()
    .nullable()
    .describe('home, site or neither, in words; null where the node was not told what is home'),
  asn: z.number().nullable(),
  as_name: z.string().nullable(),
  as_from: source,
  country: z.string().nullable().describe('two letters (ISO 3166-1)'),
  country_from: source,
  lists: z
    .array(
      z.object({ list: z.string(), prefix: z.string(), source: z.string().nullable(), fetched: z.number().nullable() }),
    )
    .describe('block lists that it is on'),
});

/** Reading the tables takes a tenth of a second and tens of megabytes: who looks up one address mostly looks up another soon. */
const KEPT_MS = 30_000;

/** What the data of the node know of an address, and which of them: nothing of traffic, so that it is the same for everybody. */
export function addAddressRoute(api: Api, { networks, lookUps }: ExplainWith): void {
  const lookUp = lookUps && keptFor(KEPT_MS, lookUps);
  typed(api).get(
    '/api/v1/address/:address',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'What is known of an address: place, autonomous system, country, block lists, and by which data',
        tags: ['answers'],
        params: z.object({ address: z.string().max(64) }),
        response: answered(addressSchema),
      },
    },
    async ({ params: { address } }): Promise<z.output<typeof addressSchema>> => {
      if (parseAddress(address) === null)
        throw new WeirError(
          'usage',
          `"${address.slice(0, 64)}" is no address: expected one such as 192.0.2.1 or 2001:db8::1`,
        );
      const facts = lookUp?.()(address) ?? null;
      const hasHome = homePrefixes(networks).length > 0;
      return {
        address,
        place: hasHome ? around(networks, address) : null,
        asn: facts?.asn || null,
        as_name: facts?.asName || null,
        as_from: told(facts?.asFrom ?? null),
        country: facts?.country || null,
        country_from: told(facts?.countryFrom ?? null),
        lists: (facts?.lists ?? []).map(({ fetchedMs, ...list }) => ({ ...list, fetched: fetchedMs || null })),
      };
    },
  );
}

/** `make`, whose result is used again for so long after it was made, and then forgotten. */
function keptFor(ms: number, make: () => LookUpAddress): () => LookUpAddress {
  let kept: LookUpAddress | null = null;
  return () => {
    if (kept !== null) return kept;
    kept = make();
    setTimeout(() => {
      kept = null;
    }, ms).unref();
    return kept;
  };
}

function told(from: RangeOfSource | null): z.output<typeof source> {
  return from && { range: from.range, source: from.source, made: from.madeMs || null };
}
