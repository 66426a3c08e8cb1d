import { WeirError } from '../../base/index.ts';
import { type FilterSets, parseFilter, referencedColumns } from '../../filter/index.ts';
import { storedColumnsOf } from '../../flow/index.ts';

/** What open flows have from their first packet as their records will have it. Names of applications, systems and exporters come with the record, or later. */
export const OF_OPEN_FLOWS: ReadonlySet<string> = new Set(
  'src_addr dst_addr src_port dst_port protocol icmp_type icmp_code src_site dst_site src_subnet dst_subnet direction reach process user app'.split(
    ' ',
  ),
);

/**
 * WeirError `forbidden` where a caller's limit asks for what `what` does not have yet: a limit such as `not application = ftp` would hold for all of it, and show what it
 * leaves out. `has`: whether a stored column is there as the record will have it.
 */
export function refuseBeyond(
  limit: string | null,
  sets: FilterSets,
  what: string,
  has: (column: string) => boolean,
): void {
  if (limit === null) return;
  const asked = [...referencedColumns(parseFilter('', { sets, limit }))];
  const unknown = asked.find((name) => !storedColumnsOf(name).every(has));
  if (unknown === undefined) return;
  throw new WeirError(
    'forbidden',
    `you see no more than a part of the traffic (${limit}), and of ${what} it is not known yet which part they are: ${unknown} comes later`,
  );
}
