import { IntervalOrder } from './byte-order.ts';
import type { OptionRecord } from './option-record.ts';
import { RateTally } from './rate-tally.ts';
import { FILTER_ALGORITHM, NO_SAMPLING, UNKNOWN_RATE } from './sampling-rate.ts';

/** One statement of an exporter on sampling, as it is kept and shown. */
export interface SamplingStatement {
  readonly subject: 'sampler' | 'selector' | 'interface' | 'exporter';
  /** Of the sampler or selector; -1 for the others. */
  readonly id: number;
  /** The interface that the statement is bound to; 0 for none. */
  readonly ifIndex: number;
  readonly direction: 'in' | 'out';
  /** 1 in so many packets; 0 where sampling is signalled without a rate. */
  readonly rate: number;
  readonly name: string;
  /** Selects packets by what they are and not by chance. */
  readonly filter: boolean;
  readonly scope: string;
  readonly form: number;
  readonly seenMs: number;
}

const MAX_STATEMENTS = 16_384;
const MAX_SEQUENCES = 1024;
/** Statements of one template come together: what stays away this long, and three rounds of the others, is withdrawn. */
const WITHDRAWN_AFTER_MS = 600_000;
const RETIRE_EVERY_MS = 60_000;

/**
 * What an exporter says of its sampling, kept by sampler, selector, interface and exporter, with look-ups by number that
 * allocate nothing. Statements come in any order and are said again and again; the last one counts.
 */
export class SamplingTable {
  /** Raised when an answer may have changed. */
  generation = 0;
  /** Statements that did not fit. */
  overflow = 0;
  /** Of the exporter as a whole, whatever its parts (line cards, templates) say; and of everything that samples anywhere. */
  readonly exporter = new RateTally();
  readonly everywhere = new RateTally();
  readonly interfaces = new Map<number, RateTally>();
  /** How the exporter writes its intervals, here and in its flow records. */
  readonly order = new IntervalOrder();
  private readonly statements = new Map<string, SamplingStatement>();
  private readonly samplers = new Map<number, number>();
  private readonly selectors = new Map<number, number>();
  private readonly sequences = new Map<number, readonly number[]>();
  /** Rates of selectors that come from counts alone. */
  private readonly attained = new Map<number, number>();
  private retiredMs = 0;

  /** What it keeps beside statements: sequences of selectors, rates that were counted. */
  get sequenceCount(): number {
    return this.sequences.size + this.attained.size;
  }

  get size(): number {
    return this.statements.size;
  }

  learn(record: OptionRecord, nowMs: number): void {
    this.learnSequence(record);
    const { sampling, samplerId, selectorId } = record;
    const rate = this.rateOf(record);
    if (rate === NO_SAMPLING) {
      this.unsay(record);
      return;
    }
    const filter = sampling.algorithm === FILTER_ALGORITHM;
    if (samplerId >= 0) this.put(statement(record, 'sampler', samplerId, rate, filter, nowMs));
    if (selectorId >= 0) this.put(statement(record, 'selector', selectorId, rate, filter, nowMs));
    if (filter) return;
    if (record.inIf > 0 || record.outIf > 0) this.put(statement(record, 'interface', -1, rate, false, nowMs));
    else if (samplerId < 0 && selectorId < 0) this.put(statement(record, 'exporter', -1, rate, false, nowMs));
  }

  /** The rate of a sampler or selector; -1 where nothing was said of it. RFC 5477's selectorId took the place of samplerId, and exporters mix them. */
  rateOfSampler(id: number): number {
    return this.samplers.get(id) ?? this.selectors.get(id) ?? NO_SAMPLING;
  }

  rateOfSelector(id: number): number {
    return this.selectors.get(id) ?? this.samplers.get(id) ?? NO_SAMPLING;
  }

  /** Selectors of a sequence work one after the other: the rate is their product. */
  rateOfSequence(id: number): number {
    const selectors = this.sequences.get(id);
    if (selectors === undefined) return NO_SAMPLING;
    let product = 1;
    for (let i = 0; i < selectors.length; i++) {
      const rate = this.rateOfSelector(selectors[i]!);
      if (rate <= 0) return UNKNOWN_RATE;
      product *= rate;
    }
    return product <= 0xffff_ffff ? product : UNKNOWN_RATE;
  }

  all(): IterableIterator<SamplingStatement> {
    return this.statements.values();
  }

  allSequences(): IterableIterator<[number, readonly number[]]> {
    return this.sequences.entries();
  }

  put(next: SamplingStatement): void {
    const key = keyOf(next);
    const before = this.statements.get(key);
    if (before === undefined && this.statements.size >= MAX_STATEMENTS) {
      this.overflow++;
      return;
    }
    this.statements.set(key, next);
    if (before === undefined || before.rate !== next.rate || before.filter !== next.filter) {
      if (before !== undefined) this.withdraw(before);
      this.apply(next);
      this.generation++;
    }
    if (before !== undefined) this.retire(next, next.seenMs - before.seenMs);
  }

  putSequence(id: number, selectors: readonly number[]): void {
    const before = this.sequences.get(id);
    if (before === undefined && this.sequences.size >= MAX_SEQUENCES) {
      this.overflow++;
      return;
    }
    if (before?.join() === selectors.join()) return;
    this.sequences.set(id, selectors);
    this.generation++;
  }

  private learnSequence({ sequenceId, sequence, sampling }: OptionRecord): void {
    // Statistics of a sequence (318, 319) list its selectors again; a report of the sequence has no counts.
    if (sequenceId >= 0 && sequence.length > 0 && sampling.observed < 0) this.putSequence(sequenceId, sequence);
  }

  /**
   * A selector whose rate its options cannot give (time-based, hash-based) has the rate that its counts show: packets seen
   * for each one taken, since it started (RFC 5476 section 6.5.3). A rate that options do give is believed before it.
   */
  private rateOf({ sampling, selectorId, sequence }: OptionRecord): number {
    const rate = sampling.rate(this.order);
    if (selectorId < 0) return rate;
    if (rate > 0) {
      this.attained.delete(selectorId);
      return rate;
    }
    if (sampling.observed < 0 || sequence.length !== 1) {
      return rate === UNKNOWN_RATE ? (this.attained.get(selectorId) ?? rate) : rate;
    }
    const counted = Math.round(sampling.observed / sampling.selected);
    if (!(counted >= 1 && counted <= 0xffff_ffff)) return rate;
    const given = (this.selectors.get(selectorId) ?? UNKNOWN_RATE) > 0 && !this.attained.has(selectorId);
    if (given || (!this.attained.has(selectorId) && this.attained.size >= MAX_SEQUENCES)) return rate;
    this.attained.set(selectorId, counted);
    return counted;
  }

  /** "No sampling" takes back what was said of the same thing before. */
  private unsay(record: OptionRecord): void {
    const { sampling, samplerId, selectorId } = record;
    if (!sampling.denied) return;
    if (samplerId >= 0) this.drop(statement(record, 'sampler', samplerId, 1, false, 0));
    if (selectorId >= 0) this.drop(statement(record, 'selector', selectorId, 1, false, 0));
    if (record.inIf > 0 || record.outIf > 0) this.drop(statement(record, 'interface', -1, 1, false, 0));
    else if (samplerId < 0 && selectorId < 0) this.drop(statement(record, 'exporter', -1, 1, false, 0));
  }

  private drop(like: SamplingStatement): void {
    const key = keyOf(like);
    const before = this.statements.get(key);
    if (before === undefined) return;
    this.statements.delete(key);
    this.withdraw(before);
    this.generation++;
  }

  private retire(like: SamplingStatement, periodMs: number): void {
    const now = like.seenMs;
    if (periodMs <= 0 || Math.abs(now - this.retiredMs) < RETIRE_EVERY_MS) return;
    this.retiredMs = now;
    const oldest = now - Math.max(WITHDRAWN_AFTER_MS, 3 * periodMs);
    for (const other of this.statements.values()) {
      if (other.form === like.form && other.seenMs < oldest) this.drop(other);
    }
  }

  private apply(said: SamplingStatement): void {
    if (said.subject === 'sampler') this.samplers.set(said.id, said.rate);
    else if (said.subject === 'selector') this.selectors.set(said.id, said.rate);
    if (said.filter) return;
    this.everywhere.add(said.rate);
    if (said.subject === 'exporter') this.exporter.add(said.rate);
    if (said.subject !== 'interface' || said.direction === 'out') return;
    const tally = this.interfaces.get(said.ifIndex) ?? new RateTally();
    tally.add(said.rate);
    this.interfaces.set(said.ifIndex, tally);
  }

  private withdraw(said: SamplingStatement): void {
    if (said.subject === 'sampler') this.samplers.delete(said.id);
    else if (said.subject === 'selector') this.selectors.delete(said.id);
    if (said.filter) return;
    this.everywhere.remove(said.rate);
    if (said.subject === 'exporter') this.exporter.remove(said.rate);
    if (said.subject !== 'interface' || said.direction === 'out') return;
    const tally = this.interfaces.get(said.ifIndex);
    tally?.remove(said.rate);
    if (tally?.empty) this.interfaces.delete(said.ifIndex);
  }
}

function statement(
  record: OptionRecord,
  subject: SamplingStatement['subject'],
  id: number,
  rate: number,
  filter: boolean,
  seenMs: number,
): SamplingStatement {
  const bound = subject === 'interface';
  return {
    subject,
    id,
    ifIndex: bound ? record.inIf || record.outIf : 0,
    direction: record.inIf > 0 || record.outIf === 0 ? 'in' : 'out',
    rate,
    name: record.samplerName,
    filter,
    // A sampler on an interface is told from another sampler there; elsewhere a sampler's id says all.
    scope: bound ? `${record.samplerId}/${record.selectorId}` : subject === 'exporter' ? record.scope : '',
    form: record.form,
    seenMs,
  };
}

function keyOf(said: SamplingStatement): string {
  return `${said.subject} ${said.id} ${said.ifIndex} ${said.subject === 'interface' ? said.direction : ''} ${said.scope}`;
}
