import { type FlowGraph, type GraphMetric, type Layer, largestOf, type Side } from '../../../src/chart/index.ts';
import type { FlowSecondLine } from '../../../src/server/index.ts';

const STEP_MS = 1_000;
const FIGURE = { bps: 'bytes', pps: 'packets', fps: 'flows' } as const;

/** The graph of seconds as they arrived, ending with the newest; those that are not known count as not measured. */
export function liveGraph(seconds: readonly FlowSecondLine[], shown: number, metric: GraphMetric): FlowGraph {
  const newest = Math.floor((seconds.at(-1)?.to ?? 0) / STEP_MS) * STEP_MS;
  const times = Array.from({ length: shown }, (_, i) => newest - (shown - 1 - i) * STEP_MS);
  const measured = times.map(() => 0);
  const layers = new Map<string, { category: string; side: Side; rates: (number | null)[]; sum: number }>();
  const figure = FIGURE[metric.name as keyof typeof FIGURE];
  const scale = metric.name === 'bps' ? 8 : 1;
  const isCrossing = ({ direction }: { direction: string }) => direction === 'in' || direction === 'out';
  const hasSides = seconds.some(({ categories }) => categories.some(isCrossing));
  for (const second of seconds) {
    const i = shown - 1 - Math.round((newest - Math.floor(second.to / STEP_MS) * STEP_MS) / STEP_MS);
    if (i < 0) continue;
    measured[i] = second.quality.not_looked_at > 0 ? 0.5 : 1;
    const perSecond = (scale * 1_000) / Math.max(1, second.to - second.from);
    for (const part of second.categories) {
      if (hasSides && !isCrossing(part)) continue;
      const side = hasSides && part.direction === 'in' ? 'in' : 'out';
      const category = part.category || 'Unknown';
      const key = `${side} ${category}`;
      const layer = layers.get(key) ?? { category, side, rates: times.map(() => 0), sum: 0 };
      layers.set(key, layer);
      const rate = part[figure] * perSecond;
      layer.rates[i] = (layer.rates[i] ?? 0) + (side === 'in' ? -rate : rate);
      layer.sum += rate;
    }
  }
  for (const { rates } of layers.values())
    for (const [i, share] of measured.entries()) if (share === 0) rates[i] = null;
  const sorted: Layer[] = [...layers.values()].sort((a, b) => b.sum - a.sum);
  return { times, stepMs: STEP_MS, layers: sorted, hasSides, measured, largest: largestOf(sorted, shown), notDrawn: 0 };
}

/** Sums over the newest seconds, as rates. */
export function ratesOf(seconds: readonly FlowSecondLine[], last: number) {
  const newest = seconds.slice(-last);
  const ms = newest.reduce((sum, { from, to }) => sum + to - from, 0);
  const rate = (figure: 'bytes' | 'packets' | 'flows' | 'records') =>
    ms === 0 ? 0 : (1_000 * newest.reduce((sum, { total }) => sum + total[figure], 0)) / ms;
  return { bps: 8 * rate('bytes'), pps: rate('packets'), fps: rate('flows'), records: rate('records') };
}

const count = (n: number): string => n.toLocaleString('en');

/** What seconds are worth, in words as of the quality line. */
export function worthOf(seconds: readonly FlowSecondLine[]): string[] {
  const sum = (figure: (second: FlowSecondLine) => number) => Math.round(seconds.reduce((n, s) => n + figure(s), 0));
  const lost = sum(({ quality }) => quality.lost.records);
  const sampled = sum(({ quality }) => quality.sampling.records);
  const unknown = sum(({ quality }) => quality.sampling.unknown_bytes);
  const duplicates = sum(({ quality }) => quality.duplicates.records);
  const left = sum(({ quality }) => quality.not_looked_at);
  const missed = sum((second) => second.missed);
  const last = seconds.at(-1);
  const behind = last === undefined ? 0 : Math.round((last.to - last.quality.complete_until) / 1_000);
  return [
    lost === 0 ? 'no loss seen' : `lost about ${count(lost)} records`,
    sampled === 0 ? 'not sampled' : `${count(sampled)} records sampled and scaled`,
    ...(unknown === 0 ? [] : ['sampling rate unknown for some']),
    ...(duplicates === 0 ? [] : [`${count(duplicates)} duplicates left out`]),
    ...(left === 0 ? [] : [`${count(left)} records not looked at: the node has too much to do`]),
    ...(missed === 0 ? [] : [`${count(missed)} seconds were not read in time`]),
    ...(last?.quality.deferred ? ['some is decoded later, and in no second'] : []),
    ...(behind > 2 ? [`${behind} s behind`] : []),
  ];
}
