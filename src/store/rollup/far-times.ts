import { join } from 'node:path';
import type { Duck } from '../duck.ts';
import { isScattered } from '../far-rows.ts';
import type { Layout } from '../layout.ts';
import { DAY_MS } from '../layout.ts';
import type { SegmentEntry } from '../manifest.ts';
import { literal, quote } from '../relation.ts';

const TIMEOUT_MS = 600_000;
/** A segment of fewer days is not looked into. */
const USUAL_MS = 30 * DAY_MS;

/** Whether a segment at rest has rows that are not for history and that were not kept apart when it was written, as earlier versions did not. */
export async function hasFarTimes(duck: Duck, layout: Layout, segment: SegmentEntry): Promise<boolean> {
  const { minTime, maxTime, maxReceived, shape, file } = segment;
  if (minTime < 0 || maxTime > maxReceived + USUAL_MS) return true;
  if (maxTime - minTime < USUAL_MS) return false;
  const day = `${quote(shape.includes('time') ? 'time' : 'end')} // ${DAY_MS}`;
  const sql = `SELECT ${day}, count(*) FROM read_parquet(${literal(join(layout.segments, file))}) GROUP BY 1`;
  const { rows } = await duck.run(sql, [], { timeoutMs: TIMEOUT_MS });
  return isScattered(new Map(rows.map(([at, count]) => [Number(at), Number(count)])));
}
