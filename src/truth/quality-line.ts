import { plural } from '../base/index.ts';
import type { ListedGap } from './gap-quality.ts';
import { GAP_CAUSES, type GapCause } from './gaps.ts';
import type { LossQuality } from './loss.ts';
import type { DuplicatesQuality, FlowsQuality, LowerLevel, NetworkData, Quality, SamplingQuality } from './quality.ts';

export interface QualityLineOptions {
  /** IANA zone of the time shown; UTC unless told, and then the line says so. */
  readonly timeZone?: string;
  /** The day that goes without saying; without it the date is always shown. */
  readonly nowMs?: number;
}

/** The quality of an answer as one line for people. A loss, a damage or an unknown is never rounded away. */
export function qualityLine(quality: Quality, options: QualityLineOptions = {}): string {
  const { hosts } = quality.completeness;
  const corrected = quality.clocks.corrected_records;
  const parts = [
    ...missingParts(quality.lost),
    ...measuredPart(quality.gaps),
    ...setBackPart(quality.gaps),
    ...levelParts(quality.lower_levels ?? []),
    samplingPart(quality.sampling),
    ...flowsPart(quality.flows),
    ...namesPart(quality),
    ...networkDataPart(quality.network_data),
    ...(quality.lost.duplicated > 0
      ? [`${compact(quality.lost.duplicated)} ${plural(quality.lost.duplicated, 'record')} delivered twice`]
      : []),
    ...duplicatesPart(quality.duplicates),
    ...removedPart(quality),
    ...(quality.lost.restarts > 0
      ? [`${compact(quality.lost.restarts)} exporter ${plural(quality.lost.restarts, 'restart')}`]
      : []),
    ...(corrected > 0 ? [`clocks corrected on ${compact(corrected)} ${plural(corrected, 'record')}`] : []),
    ...(quality.damaged.length > 0 ? [damagedPart(quality)] : []),
    ...(hosts.answered < hosts.asked ? [`${hosts.answered} of ${hosts.asked} hosts answered`] : []),
    // 0: nothing was ever written down, so that nobody knows what has come.
    ...boundedPart(quality),
    ...(quality.estimated
      ? [`${quality.estimated.metrics.join(', ')} ±${percent(quality.estimated.error95)} (95 %)`]
      : []),
    ...expiredPart(quality),
    `complete until ${quality.complete_until > 0 ? clockTime(quality.complete_until, options) : 'unknown'}`,
    // What says something about this answer stands before what every answer says.
    `not assessed: ${notAssessed(quality).join(', ')}`,
  ];
  return `quality: ${parts.join(' · ')}`;
}

/**
 * What is missing. Nobody knows how many records were in what could not be read, or would have come of packets that no meter saw: where
 * nothing else is missing, these stand first.
 */
function missingParts(lost: LossQuality): string[] {
  const uncounted = [...unreadPart(lost), ...unmeteredPart(lost)];
  if (uncounted.length === 0) return [lossPart(lost)];
  if (lost.records > 0) return [lossPart(lost), ...uncounted];
  return [...uncounted, lost.received === 0 ? 'loss not assessed' : 'no other loss seen'];
}

function unmeteredPart({ unmetered_packets: packets }: LossQuality): string[] {
  return packets === 0 ? [] : [`${compact(packets)} ${plural(packets, 'packet')} not metered`];
}

function lossPart(lost: LossQuality): string {
  // Nothing was received in the range (its rows came at another time, or there are none): then nothing can be said.
  if (lost.records === 0 && lost.received === 0) return 'loss not assessed';
  if (lost.records === 0) return 'no loss seen';
  const causes = Object.entries(lost.by)
    .filter(([, n]) => n > 0)
    .map(([cause, n]) => `${cause} ${compact(n)}`);
  const of = compact(lost.records + lost.received);
  return `lost ${percent(lost.share)} (${compact(lost.records)} of ${of} records: ${causes.join(', ')})`;
}

const LEVEL_WORDS = {
  proc: 'flows without bytes',
  sock_diag: 'payload only, UDP not seen',
} as const;

/** What hosts did not see of their own traffic, since they were metered at a lower level. */
function levelParts(lower: readonly LowerLevel[]): string[] {
  return (['proc', 'sock_diag'] as const).flatMap((level) => {
    const of = lower.filter((one) => one.level === level);
    const host = of[0]?.host;
    if (host === undefined) return [];
    const who = of.length > 1 ? `${of.length} hosts are` : host === '' ? 'a host is' : `host ${host} is`;
    return [`${LEVEL_WORDS[level]}: ${who} metered by ${level}`];
  });
}

/** Nothing where all was measured. */
function measuredPart(gaps: Quality['gaps']): string[] {
  if (gaps.status !== 'assessed' || gaps.measured === 1) return [];
  const causes = GAP_CAUSES.flatMap((cause) => {
    const of = gaps.by[cause];
    if (!of || cause === 'set_back') return [];
    return [cause === 'silent' ? silenceWords(of, gaps.gaps) : gapWords(cause, of)];
  });
  return [`measured ${percent(gaps.measured)} (${causes.join(', ')})`];
}

/** What went by twice has the records of both times. */
function setBackPart(gaps: Quality['gaps']): string[] {
  const of = gaps.status === 'assessed' ? gaps.by.set_back : undefined;
  return of ? [`clock set back: ${duration(of.ms)} went by twice`] : [];
}

/** Who was silent, of several the one that is missed most, and for how long, and how much is missing without it. */
function silenceWords({ gaps: count, ms }: { gaps: number; ms: number }, listed: readonly ListedGap[]): string {
  const weigh = ({ ms, share = 0 }: ListedGap) => ms * share;
  const silences = listed.filter(({ cause }) => cause === 'silent').sort((a, b) => weigh(b) - weigh(a));
  const [most] = silences;
  if (!most) return `${compact(count)} ${plural(count, 'silence')} of exporters, ${duration(ms)}`;
  const { exporter = '', exporter_name: name = exporter, share = 0, share_of: of = 'bytes' } = most;
  const all = share >= 1 ? '' : `, usually ${percent(share)} of ${of}`;
  const one = `${name} silent ${duration(most.ms)}${all}`;
  return count === 1 ? one : `${compact(count)} silences of exporters, most missed: ${one}`;
}

function gapWords(cause: GapCause, { ms }: { ms: number }): string {
  switch (cause) {
    case 'before':
      return `not yet started ${duration(ms)}`;
    case 'clock':
      return `clock set forward ${duration(ms)}`;
    case 'closed':
      return `no port open ${duration(ms)}`;
    case 'meter':
      return `meter of this host ended ${duration(ms)}`;
    default:
      return `${cause} ${duration(ms)}`;
  }
}

/** 40 s, 3 min, 2.5 h, 12 days. */
function duration(ms: number): string {
  const steps = [
    [86_400_000, 'days'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ] as const;
  const [unit, name] = steps.find(([unit]) => ms >= 1.5 * unit) ?? [1_000, 's'];
  const n = ms / unit;
  return n < 0.1 ? '<0.1 s' : `${n < 9.95 ? Number(n.toFixed(1)) : Math.round(n)} ${name}`;
}

/** Datagrams of which something could not be read: their records are in no count of lost ones where nobody knows how many they held. */
function unreadPart({ errors }: LossQuality): string[] {
  const causes = Object.entries(errors).filter(([cause, n]) => n > 0 && cause !== 'trailing_bytes');
  if (causes.length === 0) return [];
  const total = causes.reduce((sum, [, n]) => sum + n, 0);
  const each = causes.map(([cause, n]) => `${cause} ${compact(n)}`).join(', ');
  return [`${compact(total)} ${plural(total, 'datagram')} not readable (${each})`];
}

function samplingPart(sampling: SamplingQuality): string {
  const unknown = 1 - sampling.known_share;
  const hidden = unknown > 0 ? `sampling rate unknown for ${percent(unknown)} of bytes` : '';
  if (sampling.max_rate <= 1) return hidden || 'not sampled';
  const rate =
    sampling.min_rate === sampling.max_rate ? `${sampling.max_rate}` : `${sampling.min_rate}..${sampling.max_rate}`;
  const errors = Object.entries(sampling.error95)
    .filter(([, { total }]) => total > 0)
    .map(([metric, { total, half_width }]) => `${metric} ±${percent(half_width / total)}`);
  // Of this node's doing: an operator can change it.
  const flows = sampling.origins.some((o) => o === 'flows' || o === 'records') ? 'flows sampled' : 'sampled';
  const how = sampling.origins.includes('shed') ? `shed or ${flows}` : flows;
  const known = `${how} 1 in ${rate}${errors.length > 0 ? ` (95 %: ${errors.join(', ')})` : ''}`;
  return hidden ? `${known}, ${hidden}` : known;
}

function flowsPart(flows: FlowsQuality | undefined): string[] {
  if (!flows || flows.unsure_records === 0) return [];
  return [`flows: ${percent(flows.unsure_records / flows.records)} of records not judged`];
}

function namesPart({ names, clients }: Quality): string[] {
  const guessed =
    names?.status === 'assessed' && names.by_port_flows > 0
      ? [`named by port alone: ${percent(names.by_port_bytes)} of bytes, ${percent(names.by_port_flows)} of flows`]
      : [];
  const open =
    clients?.status === 'assessed' && clients.unknown_flows > 0
      ? [`client not known: ${percent(clients.unknown_bytes)} of bytes, ${percent(clients.unknown_flows)} of flows`]
      : [];
  return [...guessed, ...open];
}

function notAssessed({ duplicates, gaps, names, clients }: Quality): string[] {
  return [
    ...(names?.status === 'not_assessed' ? ['names by port alone'] : []),
    ...(clients?.status === 'not_assessed' ? ['clients'] : []),
    ...(duplicates.status === 'not_assessed' && duplicates.uncompared_exporters === undefined ? ['duplicates'] : []),
    'scans',
    ...(gaps.status === 'not_assessed' ? ['gaps'] : []),
  ];
}

function duplicatesPart(duplicates: DuplicatesQuality): string[] {
  const { unsure_packets: packets = 0, uncompared_exporters: exporters = 0 } = duplicates;
  const copies = [
    ...(exporters === 0 ? [] : [`${compact(exporters)} exporters not compared: what several saw counts several times`]),
    ...(packets === 0 ? [] : [`${compact(packets)} ${plural(packets, 'packet')} maybe counted twice`]),
  ];
  if (duplicates.status === 'not_assessed') return copies;
  const { left_out, included } = duplicates;
  if (included) return ['duplicates counted', ...copies];
  if (left_out === null) return ['duplicates left out', ...copies];
  const { records } = left_out;
  return [...(records > 0 ? [`${compact(records)} ${plural(records, 'duplicate')} left out`] : []), ...copies];
}

function removedPart({ removed }: Quality): string[] {
  if (!removed) return [];
  const { records, bytes } = removed;
  return [`${compact(bytes)} bytes removed by policy (${compact(records)} ${plural(records, 'record')})`];
}

function damagedPart({ damaged }: Quality): string {
  const rows = damaged.reduce((sum, d) => sum + (d.rows ?? 0), 0);
  const known = damaged.every((d) => d.rows !== undefined)
    ? `${compact(rows)} ${plural(rows, 'row')}`
    : 'an unknown number of rows';
  return `${damaged.length} damaged ${plural(damaged.length, 'file')} (${known} missing)`;
}

function boundedPart({ bounded }: Quality): string[] {
  if (!bounded) return [];
  // More than ten times what is shown is no statement of size any more.
  const most = bounded.share <= 10 ? `at most +${percent(bounded.share)}` : 'some far from it';
  return [`rows are at least as shown, ${most}`];
}

function expiredPart({ expired }: Quality): string[] {
  if (!expired || expired.length === 0) return [];
  const hours = expired.reduce((sum, { from, to }) => sum + to - from, 0) / 3_600_000;
  const span =
    hours >= 48 ? `${compact(hours / 24)} d` : hours >= 1 ? `${hours.toFixed(1)} h` : `${Math.ceil(hours * 60)} min`;
  return [`${span} of the range expired`];
}

/** Which data named the networks, and how old they are. */
function networkDataPart(data: NetworkData | undefined): string[] {
  if (!data || data.sources.length === 0) return [];
  const each = data.sources.map(({ source, kind, made, age_days: days }) => {
    const name = kind === 'bundled' ? kind : source.slice(source.lastIndexOf('/') + 1);
    if (made === null || days === null) return `${name} of unknown age`;
    return `${name}, ${new Date(made).toISOString().slice(0, 10)} (${days} ${plural(days, 'day')} old)`;
  });
  return [`${data.of === 'systems' ? 'AS' : 'country'} data: ${each.join('; ')}`];
}

/** A share as a percentage with two significant places below 10 %, never 0 for what is not 0 nor 100 for what is not all. */
export function percent(share: number): string {
  const p = share * 100;
  if (p === 0) return '0 %';
  if (p < 0.01) return '<0.01 %';
  if (p < 100 && p > 99.9) return '>99.9 %';
  if (p < 100 && p >= 99.5) return `${p.toFixed(1)} %`;
  return `${p < 1 ? p.toFixed(2) : p < 9.95 ? p.toFixed(1) : p.toFixed(0)} %`;
}

/** 312, 12.3 k, 1.4 M, 2.0 G: people's numbers, exact below 10,000. */
export function compact(n: number): string {
  if (n < 10_000) return String(Math.round(n));
  // Where rounding would give 1000 of one unit the next is taken.
  if (n < 999_950) return `${(n / 1e3).toFixed(1)} k`;
  return n < 999_950_000 ? `${(n / 1e6).toFixed(1)} M` : `${(n / 1e9).toFixed(1)} G`;
}

function clockTime(ms: number, { timeZone, nowMs }: QualityLineOptions): string {
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: timeZone ?? 'UTC', dateStyle: 'short' });
  const time = new Intl.DateTimeFormat('sv-SE', { timeZone: timeZone ?? 'UTC', timeStyle: 'medium' });
  const sameDay = nowMs !== undefined && day.format(ms) === day.format(nowMs);
  return `${sameDay ? '' : `${day.format(ms)} `}${time.format(ms)}${timeZone === undefined ? ' UTC' : ''}`;
}
