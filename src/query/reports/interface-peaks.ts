import type { RawValue } from '../../store/index.ts';
import type { Scope } from '../scope.ts';
import { list, name, sql } from '../sql.ts';
import { BYTES } from '../sums.ts';

/** Steps of which the largest is the peak. */
export const PEAK_STEP_MS = 300_000;
/** Of more interfaces than this no peak is looked for: it takes each step of each of them in memory. */
const MOST_INTERFACES = 1_000;

export type Side = 'in_if' | 'out_if';
/** Exporter, agent and number of an interface, as groups have them. */
export const interfaceKeys = (side: Side) =>
  ['exporter_hi', 'exporter_lo', 'agent_address_hi', 'agent_address_lo', side].map(name);

interface Peak {
  readonly key: readonly RawValue[];
  readonly bytes: bigint;
}

/** Bytes of the largest step of each interface with one of these numbers; steps begin with the range. Null where that is shorter than a step, and of too many. */
export async function interfacePeaks(
  { run, source, shape, extent }: Scope,
  side: Side,
  indices: ReadonlySet<number>,
): Promise<readonly Peak[] | null> {
  if (extent === null || extent.to - extent.from < PEAK_STEP_MS) return null;
  if (indices.size > MOST_INTERFACES) return null;
  if (indices.size === 0) return [];
  const keys = interfaceKeys(side);
  const step = sql`(${name('time')} - ${extent.from}) // ${PEAK_STEP_MS}`;
  const chosen = list([...indices].map((index) => sql`${index}`));
  const named = keys.map((key, i) => sql`${key} AS ${name(`k${i}`)}`);
  const shown = list(keys.map((_, i) => name(`k${i}`)));
  const { rows } = await run(sql`SELECT ${shown}, max(b) FROM (
    SELECT ${list(named)}, ${step} AS step, ${BYTES.sql(shape.how)} AS b FROM ${source.from}
    WHERE ${source.where} AND ${name(side)} IN (${chosen}) GROUP BY ${list(keys)}, step) AS steps GROUP BY ${shown}`);
  return rows.map((row) => ({ key: row.slice(0, keys.length), bytes: BigInt(row[keys.length] as bigint) }));
}
