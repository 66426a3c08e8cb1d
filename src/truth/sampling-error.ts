/**
 * The 95 % error of totals that are estimated from packets sampled 1 in N.
 *
 * Each packet is taken with probability p = 1/N, independently (Bernoulli), and a total of y over all packets is estimated
 * as the sum of y/p over those taken (Horvitz & Thompson, "A Generalization of Sampling Without Replacement From a Finite
 * Universe", JASA 47, 1952). Its variance is the sum over all packets of y^2 (1-p)/p, of which
 *
 *   V = sum over sampled packets of y^2 (1-p)/p^2 = N (N-1) * sum of y^2
 *
 * is an unbiased estimate. (The same per-packet step is in Duffield, Lund & Thorup, "Estimating flow distributions from
 * sampled flow statistics", 2003.) Variances of flows add, so V is a plain sum in SQL; the half-width is 1.96 sqrt(V).
 *
 * - packets: y = 1, V = N (N-1) n for n sampled packets. For large N the relative error is 1.96/sqrt(n), which is the rule
 *   "% error <= 196 sqrt(1/c)" of InMon's "sFlow: Packet Sampling Basics" (Phaal & Panchen).
 * - bytes: y is the packet's size, but a flow record has only the sum B of its n sampled packets. For one packet y^2 = B^2
 *   exactly. Otherwise sizes lie in [a, b], and (y-a)(b-y) >= 0 gives (Bhatia & Davis, "A Better Bound on the Variance",
 *   2000)  sum y^2 <= (a+b) B - n a b.  a = 20, the IPv4 header; b = 1500, or 9216 (jumbo frames) or 65535 (what IPv4 can
 *   say) where the record's mean is above. So the error of bytes is an upper bound.
 *
 * - flows that were sampled whole (origin `shed`: this node kept 1 record in N because there were too many): the unit that is taken with probability 1/N is
 *   the record, and y is its own total of bytes or packets: V = sum of N (N-1) y^2, exact in expectation. Where the exporter had sampled before, N is the
 *   product of both rates and y^2 >= the sum of squares of its packets: an upper bound.
 *
 * - flows of which 1 in N was metered, on purpose (origin `flows`): the unit is the flow, with both its directions. A record is one of them, a or b, and of one
 *   flow (a+b)^2 <= 2 (a^2 + b^2): V <= sum of 2 N (N-1) y^2 over records, exact where both directions have as much, and an upper bound elsewhere.
 *
 * - records of an end system, each kept 1 in N by its size (origin `records`, N of each its own): V = sum of N (N-1) y^2 over records, as of `shed`.
 *
 * - the number of flows, where origin is `flows` or `records`: each record that begins a flow stands for N, y = 1. Elsewhere sampling says nothing of it.
 *
 * Routers mostly take every Nth packet instead; on traffic of many mixed flows that is no worse. Where the sampling rate is
 * unknown this says nothing, and flows of which no packet was taken are in the total's error but in no row of a table.
 */
const A = 20;
const N = 'sampling::DOUBLE';
const B = 'raw_bytes::DOUBLE';
const P = 'raw_packets::DOUBLE';
/** The mean of a record's packets decides which sizes were possible; a mean below 20 is its own lower bound. */
const LARGEST = `CASE WHEN ${B} <= 1500 * ${P} THEN 1500 WHEN ${B} <= 9216 * ${P} THEN 9216 ELSE greatest(65535, ${B} / ${P}) END`;
const SMALLEST = `least(${A}, ${B} / ${P})`;
/** The usual case has a branch of its own with nothing but constants: ten times faster over many rows. */
const SQUARES = `CASE WHEN raw_packets <= 1 THEN ${B} * ${B} WHEN ${B} >= ${A} * ${P} AND ${B} <= 1500 * ${P} THEN ${B} * ${A + 1500} - ${P} * ${A * 1500} ELSE ${B} * (${SMALLEST} + (${LARGEST})) - ${P} * ${SMALLEST} * (${LARGEST}) END`;

/** Code of `shed` in the column `sampling_origin`. */
export const SHED = 5;
/** Code of `flows`. */
export const FLOWS = 6;
/** Code of `records`. */
export const RECORDS = 7;
/** Code of `continued` where a record is no flow of its own. */
const CONTINUES = 2;

/** SQL of the flows that a record stands for, where it begins one: of packets that were sampled, or of a rate that has both in it, 1. */
export const FLOWS_OF_RECORD_SQL = `CASE WHEN sampling_origin IN (${FLOWS}, ${RECORDS}) THEN greatest(sampling, 1) ELSE 1 END`;

/** The same of a row: how many more flows than itself it stands for. */
export function furtherFlows(origin: number, sampling: number): number {
  return (origin === FLOWS || origin === RECORDS) && sampling > 1 ? sampling - 1 : 0;
}

function varianceOf(squares: string, total: string): string {
  const unit = `CASE WHEN sampling_origin IN (${SHED}, ${RECORDS}) THEN ${total} * ${total} WHEN sampling_origin = ${FLOWS} THEN 2 * ${total} * ${total} ELSE ${squares} END`;
  return `CASE WHEN sampling > 1 THEN ${N} * (${N} - 1) * (${unit}) ELSE 0 END`;
}

/** SQL of the variance V that one record adds, over the columns raw_bytes, raw_packets, sampling and sampling_origin; 0 where nothing was sampled. */
export const RECORD_VARIANCE_SQL = { packets: varianceOf(P, P), bytes: varianceOf(SQUARES, B) } as const;

/** SQL aggregates of V over records. */
export const SAMPLING_ERROR_SQL = {
  packets: `coalesce(sum(${RECORD_VARIANCE_SQL.packets}), 0)::DOUBLE`,
  bytes: `coalesce(sum(${RECORD_VARIANCE_SQL.bytes}), 0)::DOUBLE`,
  /** NULL where no record stands for more than one flow. */
  flows: `sum(CASE WHEN sampling > 1 AND sampling_origin IN (${FLOWS}, ${RECORDS}) THEN CASE WHEN continued = ${CONTINUES} THEN 0 WHEN sampling_origin = ${FLOWS} THEN 2 * ${N} * (${N} - 1) ELSE ${N} * (${N} - 1) END END)::DOUBLE`,
} as const;

/** The same for rows of history, which have no column for it, at most: of one record N (N-1), and N together are the flows. */
export const HISTORY_FLOWS_ERROR_SQL = `sum(CASE WHEN (origins & ${(1 << FLOWS) | (1 << RECORDS)}) <> 0 AND max_rate > 1 THEN CASE WHEN (origins & ${1 << FLOWS}) <> 0 THEN 2 ELSE 1 END * (max_rate - 1)::DOUBLE * flows END)::DOUBLE`;

/** Half the width of the 95 % interval around an estimated total, in its unit. */
export function halfWidth95(variance: number): number {
  return 1.96 * Math.sqrt(Math.max(0, variance));
}

/** The variance that one record adds to a total of packets. */
export function packetsVariance(rawPackets: number, sampling: number): number {
  return sampling > 1 ? sampling * (sampling - 1) * rawPackets : 0;
}

/** The variance that one record adds to a total of bytes: the same as the SQL. */
export function bytesVariance(rawBytes: number, rawPackets: number, sampling: number): number {
  if (sampling <= 1) return 0;
  const factor = sampling * (sampling - 1);
  if (rawPackets <= 1) return factor * rawBytes * rawBytes;
  const mean = rawBytes / rawPackets;
  const smallest = Math.min(A, mean);
  const largest = mean <= 1500 ? 1500 : mean <= 9216 ? 9216 : Math.max(65_535, mean);
  return factor * (rawBytes * (smallest + largest) - rawPackets * smallest * largest);
}

/** The variance that one record adds to a total of bytes or packets when whole records were sampled 1 in N; `raw` is its own total. */
export function shedVariance(raw: number, sampling: number): number {
  return sampling > 1 ? sampling * (sampling - 1) * raw * raw : 0;
}

/** The same, at most, when one flow in N was metered: its two directions are taken together, and each is a record. */
export function flowsVariance(raw: number, sampling: number): number {
  return 2 * shedVariance(raw, sampling);
}

/** For answers: how the error was computed, and after whom. */
export const formula =
  'total ± 1.96 √V; packets: V = Σ N(N−1)n; bytes: V ≤ Σ N(N−1)(B(a+b) − n·a·b), a = 20, b = 1500 (9216 or 65535 for larger means), B² for one packet; of records shed: V = Σ N(N−1)y², y = B or n, and of records chosen by their size, also y = 1 for flows; of flows chosen 1 in N: V ≤ Σ 2N(N−1)y²; N = sampling, n = raw packets, B = raw bytes';
export const source =
  'Horvitz & Thompson 1952; Bhatia & Davis 2000; packets as in Phaal & Panchen, Packet Sampling Basics (196·√(1/c) %)';
