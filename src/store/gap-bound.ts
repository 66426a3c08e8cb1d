import { type Gap, isMeasured, isOfExporter } from '../truth/index.ts';

/**
 * At most `most` gaps. The oldest silences of exporters, and notes of clocks that were set back, go first, and are counted. When the times in which the node itself did not measure are still too many, as after days of starting and
 * crashing, those with the least time between them become one, with the cause of the longer: then the moments between count as not measured either, and none that was not measured counts
 * as if it had been.
 */
export function boundedGaps(gaps: readonly Gap[], most: number): { readonly gaps: Gap[]; readonly dropped: number } {
  let surplus = gaps.length - most;
  const kept = gaps.filter((g) => !(isOfExporter(g) || isMeasured(g)) || surplus-- <= 0);
  return { gaps: kept.length > most ? joined(kept, most) : kept, dropped: gaps.length - kept.length };
}

function joined(gaps: readonly Gap[], most: number): Gap[] {
  const ordered = [...gaps].sort((a, b) => a.from - b.from);
  const between = ordered.map((g, i) => (i === 0 ? Number.POSITIVE_INFINITY : g.from - ordered[i - 1]!.to!));
  const nearest = [...between.keys()].sort((a, b) => between[a]! - between[b]!).slice(0, gaps.length - most);
  const toJoin = new Set(nearest);
  const out: Gap[] = [];
  ordered.forEach((gap, i) => {
    if (toJoin.has(i)) out.push(join(out.pop()!, gap));
    else out.push(gap);
  });
  return out;
}

function join(a: Gap, b: Gap): Gap {
  const cause = b.to! - b.from > a.to! - a.from ? b.cause : a.cause;
  return { from: a.from, to: Math.max(a.to!, b.to!), cause };
}
