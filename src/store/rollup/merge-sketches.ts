import { HyperLogLog } from '../../base/index.ts';
import type { Duck } from '../duck.ts';
import { HOSTS_ID } from './cubes.ts';
import type { RollupDelta } from './delta.ts';

const TIMEOUT_MS = 600_000;

/** Sketches of hosts (see HOSTS_ID), one for each bucket, side and site: `sql` gives them as sketchesSql does. */
export async function mergeSketches(duck: Duck, sql: string): Promise<RollupDelta> {
  const found = new Map<string, { place: readonly [number, number, number, string]; sketch: HyperLogLog }>();
  for await (const { rows } of duck.stream(sql, [], { timeoutMs: TIMEOUT_MS })) {
    for (const [time, side, whole, site, text] of rows) {
      const place = [Number(time), Number(side), Number(whole), String(site)] as const;
      const sketch = HyperLogLog.decode(Buffer.from(String(text), 'base64'));
      const known = found.get(place.join(' '));
      if (known) known.sketch.merge(sketch);
      else found.set(place.join(' '), { place, sketch });
    }
  }
  return deltaOf([...found.values()]);
}

function deltaOf(
  rows: readonly { place: readonly [number, number, number, string]; sketch: HyperLogLog }[],
): RollupDelta {
  const count = rows.length;
  const number = (at: 1 | 2) =>
    Uint32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? rows[i / 2]!.place[at] : 0));
  const texts = ['', ...new Set(rows.map((r) => r.place[3]))];
  const codes = new Map(texts.map((text, code) => [text, code]));
  return {
    rows: count,
    cube: new Uint8Array(count).fill(HOSTS_ID),
    time: Float64Array.from(rows, (r) => r.place[0]),
    rest: new Uint8Array(count),
    keys: [number(1), number(2)],
    textKeys: [Uint32Array.from(rows, (r) => codes.get(r.place[3])!)],
    texts,
    figures: new Map(),
    sketch: Uint32Array.from(rows, (_, i) => i + 1),
    sketches: ['', ...rows.map((r) => Buffer.from(r.sketch.encode()).toString('base64'))],
  };
}
