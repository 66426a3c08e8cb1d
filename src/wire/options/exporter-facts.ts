import type { ExporterSettings } from '../exporter-settings.ts';
import { SAMPLING_ORIGIN } from '../flow-context.ts';
import { recordSamplingRate } from './byte-order.ts';
import { ReportedTotals } from './export-totals.ts';
import { readFacts, type SavedFacts, writeFacts } from './facts-file.ts';
import { type ApplicationFacts, applicationKey, type InterfaceFacts, NamedThings } from './named-things.ts';
import { OpenPackets } from './open-packets.ts';
import { readOptionRecord } from './option-record.ts';
import { type OptionField, unsignedOf } from './option-values.ts';
import { type SamplingStatement, SamplingTable } from './sampling-table.ts';

/** How a flow record names what sampled it. */
export const SAMPLER_KIND = { none: 0, samplerId: 1, selectorId: 2, selectionSequenceId: 3 } as const;

const MAX_ELEMENTS = 512;
const STATEMENT_BYTES = 400;
/** Of a process that reports its totals, or a sequence of selectors; and of one number in a set. */
const SCOPE_BYTES = 300;
const ELEMENT_BYTES = 32;
/** systemInitTimeMilliseconds is held for a time only where it is after 1990. */
const EARLIEST_BOOT_MS = 631_152_000_000;

/**
 * What the options records of one exporter (one observation domain) say about it: sampling, names, its own losses. They
 * come in any order, before or after the records that need them, and are repeated. Everything here is bounded; what does
 * not fit is counted in `overflow`.
 */
export class ExporterFacts {
  /** The answer of the last `resolve`: one packet in `rate`, and where that is known from (a code of SAMPLING_ORIGIN). */
  rate = 1;
  origin: number = SAMPLING_ORIGIN.default;
  /** When the exporter booted, ms since 1970 (element 160); 0 where it does not say. */
  systemInitMs = 0;
  private readonly sampling = new SamplingTable();
  private readonly names = new NamedThings();
  private readonly totals = new ReportedTotals();
  /** What a meter of Weir has open. */
  readonly open = new OpenPackets();
  /** The sampler that a record named and that no options describe: how (SAMPLER_KIND) and which; -1 while there is none. */
  missingKind = -1;
  missingId = -1;
  /** IANA's elements in its options so far: what it talks about at all. */
  readonly optionElements: ReadonlySet<number> = new Set<number>();
  /** What the last answer was for: sets ask the same again and again. */
  private askedKind = -1;
  private askedId = -1;
  private askedIf = -1;
  private askedGeneration = -1;
  private askedSettings: ExporterSettings | undefined;

  /** Raised when an answer of `resolve` may have changed. */
  get generation(): number {
    return this.sampling.generation;
  }

  /** Raised when records may have to be read in another way: other names, rates, another boot. */
  get revision(): number {
    return this.sampling.generation + this.names.revision + this.systemInitMs;
  }

  /** About what all this takes in memory: at most some 15 MB, of an exporter that fills every table. */
  get heldBytes(): number {
    const { sampling, names, totals } = this;
    const few = sampling.sequenceCount + totals.size + this.open.size;
    return (
      STATEMENT_BYTES * sampling.size + SCOPE_BYTES * few + ELEMENT_BYTES * this.optionElements.size + names.heldBytes
    );
  }

  get overflow(): number {
    return this.sampling.overflow + this.names.overflow + this.totals.overflow;
  }

  /**
   * Takes one options record. `exportMs` is the exporter's clock when it sent it, `bootMs` when it booted as the header says; 0 where
   * that does not. Nothing is thrown for what the bytes hold, and no field beyond the view is read.
   */
  learn(
    view: DataView,
    scopes: readonly OptionField[],
    fields: readonly OptionField[],
    receivedMs: number,
    exportMs: number,
    bootMs: number,
  ): void {
    const record = readOptionRecord(view, scopes, fields);
    this.sampling.learn(record, receivedMs);
    this.names.learn(view, scopes, fields);
    this.learnElements(view, fields);
    this.totals.learn(view, fields, record.scope, exportMs, bootMs || this.systemInitMs);
    this.open.learn(view, fields);
  }

  private learnElements(view: DataView, fields: readonly OptionField[]): void {
    const elements = this.optionElements as Set<number>;
    for (const field of fields) {
      if (field.pen !== 0) continue;
      if (elements.size < MAX_ELEMENTS) elements.add(field.id);
      if (field.id !== 160) continue;
      const bootMs = unsignedOf(view, field);
      if (bootMs >= EARLIEST_BOOT_MS && bootMs <= Number.MAX_SAFE_INTEGER) this.systemInitMs = bootMs;
    }
  }

  /** Whether the answer can differ between records of one set that name their sampler in this way. */
  perRecord(kind: number): boolean {
    return kind !== SAMPLER_KIND.none || this.sampling.interfaces.size > 0;
  }

  /**
   * The sampling of a record, into `rate` and `origin`: what configuration overrides, then what options say of the record's
   * sampler, of its input interface, of the exporter, then what configuration gives as default. `kind` is one of
   * SAMPLER_KIND, `samplerId` the low 32 bits of the id, -1 where the record has none, `inIf` 0 where it is not known. No allocation.
   */
  resolve(kind: number, samplerId: number, inIf: number, settings: ExporterSettings): void {
    const { generation } = this.sampling;
    if (
      samplerId === this.askedId &&
      inIf === this.askedIf &&
      kind === this.askedKind &&
      generation === this.askedGeneration &&
      settings === this.askedSettings
    ) {
      return;
    }
    this.askedId = samplerId;
    this.askedIf = inIf;
    this.askedKind = kind;
    this.askedGeneration = generation;
    this.askedSettings = settings;
    const configured = settings.sampling;
    if (configured?.mode === 'override') {
      this.answer(configured.rate, SAMPLING_ORIGIN.configured);
      return;
    }
    const said = this.saidRate(kind, samplerId, inIf);
    if (said > 0) this.answer(said, SAMPLING_ORIGIN.options);
    else if (configured !== undefined) this.answer(configured.rate, SAMPLING_ORIGIN.configured);
    else this.answer(1, said === 0 ? SAMPLING_ORIGIN.unknown : SAMPLING_ORIGIN.default);
  }

  /**
   * The rate that a flow record itself gives, from its elements 34, 305, 306 and 35 (-1: not in the record), read in the
   * exporter's order of octets; 0 where it signals sampling without a rate, -1 where it says nothing. No allocation.
   */
  recordRate(interval: number, packetInterval: number, packetSpace: number, algorithm: number): number {
    return recordSamplingRate(this.sampling.order, interval, packetInterval, packetSpace, algorithm);
  }

  /** The exporter has written sampling intervals with their octets the wrong way round, as MikroTik's do. */
  get turnsIntervals(): boolean {
    return this.sampling.order.turns;
  }

  interface(ifIndex: number): InterfaceFacts | undefined {
    return this.names.interfaces.get(ifIndex);
  }

  /** The interfaces that the exporter has named. */
  interfaces(): IterableIterator<[number, InterfaceFacts]> {
    return this.names.interfaces.entries();
  }

  vrfName(id: number): string | undefined {
    return this.names.vrfs.get(id);
  }

  /** `at` and `length` bound an applicationId (95) in a record: engine and selector. */
  application(view: DataView, at: number, length: number): ApplicationFacts | undefined {
    return this.names.applications.get(applicationKey(view, at, length));
  }

  applicationName(view: DataView, at: number, length: number): string | undefined {
    const name = this.application(view, at, length)?.name;
    return name === '' ? undefined : name;
  }

  /** What the exporter says of its sampling, for reports. */
  samplings(): IterableIterator<SamplingStatement> {
    return this.sampling.all();
  }

  /** Records that the exporter says it made and did not send: how many more since the last call. */
  takeFlowDrops(): number {
    return this.totals.take('notSentRecords');
  }

  /** Packets that the exporter says its meter did not see: how many more since the last call. */
  takeUnmeteredPackets(): number {
    return this.totals.take('ignoredPackets');
  }

  /** Packets that the exporter says it metered though they may be copies: how many more since the last call. */
  takeUnsureCopies(): number {
    return this.totals.take('unsureCopies');
  }

  /** What a host says that its privacy policy removed: how much more since the last call. */
  takeRemoved(what: 'removedRecords' | 'removedOctets' | 'removedPackets'): number {
    return this.totals.take(what);
  }

  /** For how long a host says that it was metered at a lower level: how much longer since the last call, ms. */
  takeLowerLevel(what: 'payloadOnlyTime' | 'uncountedTime'): number {
    return this.totals.take(what);
  }

  /** As JSON: what is needed to read records after a restart, and to count what the exporter did not send. */
  save(): SavedFacts {
    return writeFacts(this.sampling, this.names, this.totals, this.open, this.systemInitMs);
  }

  /** What `save` wrote; of damaged input the part that can be read. */
  static restore(value: unknown): ExporterFacts {
    const facts = new ExporterFacts();
    facts.systemInitMs = readFacts(value, facts.sampling, facts.names, facts.totals, facts.open);
    return facts;
  }

  private answer(rate: number, origin: number): void {
    this.rate = rate;
    this.origin = origin;
  }

  /** The rate that options give; 0 where sampling is signalled and the rate is not known or not attributable, -1 where nothing is. */
  private saidRate(kind: number, samplerId: number, inIf: number): number {
    const table = this.sampling;
    let bySampler = -1;
    if (kind !== SAMPLER_KIND.none && samplerId >= 0) {
      if (kind === SAMPLER_KIND.samplerId) bySampler = table.rateOfSampler(samplerId);
      else if (kind === SAMPLER_KIND.selectorId) bySampler = table.rateOfSelector(samplerId);
      else bySampler = table.rateOfSequence(samplerId);
      if (bySampler > 0) {
        if (this.missingId === samplerId) this.missingId = -1;
        return bySampler;
      }
      // Named, but not (yet) described. Exporters write 0 for "no sampler".
      if (samplerId > 0) {
        this.missingKind = kind;
        this.missingId = samplerId;
        bySampler = 0;
      }
    }
    const onInterface = inIf > 0 ? (table.interfaces.get(inIf)?.common ?? -1) : -1;
    if (onInterface >= 0) return onInterface;
    const onExporter = table.exporter.common;
    if (onExporter >= 0) return onExporter;
    if (bySampler === 0) return 0;
    // A record that says "no sampler" must not get the rate of one.
    if (kind !== SAMPLER_KIND.none && samplerId === 0) return -1;
    return table.everywhere.common;
  }
}
