import type { JsonValue } from '../../flow/index.ts';
import type { StoreReader } from '../../store/index.ts';
import type { MetricValues, QueryAnswer } from '../answer.ts';
import type { QueryOptions } from '../run.ts';
import { MOST_PARTS } from './crossing.ts';
import { rank, rankingLines } from './ranking.ts';
import type { ReportQuery } from './report.ts';

/** What is known of an autonomous system beside its number; null where that is not known, or nobody names it. */
export function nameOf(as: JsonValue, { asName }: QueryOptions): string | null {
  return (typeof as === 'number' && asName?.(as)) || null;
}

/** Bytes of one end's autonomous system behind one adjacent system, one way across the border. Null: not known. */
export interface Behind {
  readonly as: JsonValue;
  readonly adjacent: JsonValue;
  readonly direction: string;
  readonly bytes: JsonValue;
}

export interface BothEnds {
  readonly sources: readonly Behind[];
  readonly destinations: readonly Behind[];
  readonly answer: QueryAnswer;
  readonly ms: number;
}

/** Autonomous systems of either end with the adjacent ones that exporters name, as roll-ups have them. */
export async function bothEnds(store: StoreReader, query: ReportQuery, options: QueryOptions): Promise<BothEnds> {
  const all = { ...query, limit: MOST_PARTS };
  const source = await rank(store, all, ['src_as', 'src_peer_as', 'direction'], options, ['bytes', 'packets', 'flows']);
  const destination = await rank(store, all, ['dst_as', 'dst_peer_as', 'direction'], options, ['bytes']);
  const lines = (answer: QueryAnswer, side: 'src' | 'dst') =>
    rankingLines(answer).map((line: MetricValues): Behind => {
      return {
        as: line[`${side}_as`] ?? null,
        adjacent: line[`${side}_peer_as`] ?? null,
        direction: String(line.direction ?? 'unknown'),
        bytes: line.bytes ?? 0,
      };
    });
  return {
    sources: lines(source, 'src'),
    destinations: lines(destination, 'dst'),
    answer: source,
    ms: source.plan.ms + destination.plan.ms,
  };
}
