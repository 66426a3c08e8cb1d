import { type JsonValue, jsonInteger } from '../../flow/index.ts';
import type { StoreReader } from '../../store/index.ts';
import type { MetricValues, QueryAnswer } from '../answer.ts';
import type { QueryOptions } from '../run.ts';
import { RANKING_METRICS, rank, rankingLines } from './ranking.ts';
import { column, percentOf, type ReportColumn, type ReportQuery } from './report.ts';

/** More parts than the shown rows of a ranking have: most of a query. */
export const MOST_PARTS = 100_000;

/** A sum of cells that are whole numbers, which above 2^53 are texts. */
export function addCells(...cells: readonly (JsonValue | undefined)[]): JsonValue {
  return jsonInteger(cells.reduce<bigint>((sum, cell) => sum + BigInt(cell ?? 0), 0n));
}

/** One value of a ranking: its figures, and its bytes by direction and, where that was asked for, by something else. */
export interface CrossingLine {
  /** By dimension. */
  readonly key: MetricValues;
  readonly figures: MetricValues;
  /** Percent of the bytes of all. */
  readonly share: number | null;
  readonly bytes_by_direction: MetricValues;
  readonly bytes_by_part: MetricValues;
}

export interface Crossing {
  readonly answer: QueryAnswer;
  readonly lines: readonly CrossingLine[];
  /** Bytes by direction and by part, of all that matches. */
  readonly bytes_by_direction: MetricValues;
  readonly bytes_by_part: MetricValues;
  readonly ms: number;
}

/** The values of `by` with the most bytes, and which way their bytes went. `part` is one more dimension that their bytes are told apart by. */
export async function rankCrossing(
  store: StoreReader,
  query: ReportQuery,
  by: readonly string[],
  options: QueryOptions,
  part?: string,
): Promise<Crossing> {
  const answer = await rank(store, query, by, options);
  const dimensions = [...by, ...(part ? [part] : []), 'direction'];
  const divided = await rank(store, { ...query, limit: MOST_PARTS }, dimensions, options, ['bytes']);
  const pieces = rankingLines(divided);
  const name = (line: MetricValues) => JSON.stringify(by.map((b) => line[b] ?? null));
  const ofKey = new Map<string, MetricValues[]>();
  for (const piece of pieces) {
    const key = name(piece);
    const found = ofKey.get(key);
    if (found) found.push(piece);
    else ofKey.set(key, [piece]);
  }
  const lines = rankingLines(answer).map((line): CrossingLine => {
    const own = ofKey.get(name(line)) ?? [];
    return {
      key: Object.fromEntries(by.map((b) => [b, line[b] ?? null])),
      figures: Object.fromEntries(RANKING_METRICS.map((m) => [m, line[m] ?? null])),
      share: percentOf(line.bytes ?? 0, answer.total.bytes ?? 0, 2),
      bytes_by_direction: bytesBy(own, 'direction'),
      bytes_by_part: part ? bytesBy(own, part) : {},
    };
  });
  return {
    answer,
    lines,
    bytes_by_direction: bytesBy(pieces, 'direction'),
    bytes_by_part: part ? bytesBy(pieces, part) : {},
    ms: answer.plan.ms + divided.plan.ms,
  };
}

/** Bytes by the values of a dimension; what has none is `unknown`. */
export function bytesBy(lines: readonly MetricValues[], dimension: string): Record<string, JsonValue> {
  const sums: Record<string, JsonValue> = {};
  for (const line of lines) {
    const value = String(line[dimension] ?? 'unknown');
    sums[value] = addCells(sums[value], line.bytes);
  }
  return sums;
}

/** Out / both, in percent: how much of what crosses the border is provided to others. */
export function providerShare(bytesIn: JsonValue | undefined, bytesOut: JsonValue | undefined): number | null {
  return percentOf(bytesOut ?? 0, addCells(bytesIn, bytesOut), 1);
}

/** Percent of bytes whose application is known by the port of its server alone; `by` has bytes by evidence. */
export function guessedPercent(by: MetricValues, bytes: JsonValue): number | null {
  return percentOf(by.port ?? 0, bytes, 1);
}
export const GUESSED_COLUMN = column('guessed', 'by port alone %', 'number', '%', 1);

const SHARE_COLUMN = column('share', 'share %', 'number', '%', 2);
export const CROSSING_COLUMNS: readonly ReportColumn[] = [
  column('bytes', 'bytes', 'integer', 'bytes'),
  SHARE_COLUMN,
  column('bytes_in', 'in', 'integer', 'bytes'),
  column('bytes_out', 'out', 'integer', 'bytes'),
  column('packets', 'packets', 'integer', 'packets'),
  column('flows', 'flows', 'integer', 'flows'),
  column('peak_bps', 'peak', 'number', 'bit/s'),
];

/** Whether any of these lines crossed the border of the network one way: without home networks none has, and a zero would be a measurement. */
export function haveDirections(lines: readonly { readonly direction?: JsonValue }[]): boolean {
  return lines.some(({ direction }) => direction !== undefined && direction !== null && direction !== 'unknown');
}

/** Bytes of one direction; nothing where no byte has a direction, as without home networks: a zero would be a measurement. */
export function waysCell(ways: MetricValues, direction: string): JsonValue {
  const isKnown = Object.keys(ways).some((way) => way !== 'unknown');
  return isKnown ? (ways[direction] ?? 0) : null;
}

/** As CROSSING_COLUMNS. */
export function crossingCells({ figures, share, bytes_by_direction: ways }: CrossingLine): JsonValue[] {
  return [
    figures.bytes ?? null,
    share,
    waysCell(ways, 'in'),
    waysCell(ways, 'out'),
    figures.packets ?? null,
    figures.flows ?? null,
    figures.peak_bps ?? null,
  ];
}
