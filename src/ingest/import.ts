import { asWeirError, WeirError } from '../base/index.ts';
import { BadCompression } from '../packet/index.ts';
import { NO_FACTS, type SourceContent, type SourceFacts } from '../store/index.ts';
import type { LedgerCounts } from '../truth/index.ts';
import { captureProvenance } from './capture-provenance.ts';
import type { ImportBatches } from './import-batches.ts';
import { ImportBytes } from './import-bytes.ts';
import { CaptureImport, countFormat, newImportCounts } from './import-capture.ts';
import { CONTENT_BYTES, contentOf, type FoundContent } from './import-content.ts';
import { IPFIX_HEADER } from './import-formats.ts';
import { MessageFramer } from './import-framer.ts';
import { ImportRows, type ImportRowsOptions } from './import-rows.ts';
import { TrafficImport } from './import-traffic.ts';
import type { MeterSettings } from './meter-settings.ts';
import { trafficProvenance } from './traffic-facts.ts';

export interface ImportOptions extends ImportRowsOptions {
  /** What a capture is read for; null: what it looks like. */
  readonly content: SourceContent | null;
  /** How traffic is metered. */
  readonly meter: MeterSettings;
  /** UDP and TCP ports that hold exports, whatever their bytes look like. */
  readonly ports: readonly number[];
}

/** What an import came to: what it found, and why it ended before its end, if it did. */
export interface ImportOutcome {
  readonly facts: SourceFacts;
  readonly error: WeirError | null;
}

const IPFIX_VERSION = 10;
const UNKNOWN_EXPORTER = new Uint32Array(4);

/**
 * Reads a capture that holds export datagrams or traffic, or an IPFIX file (RFC 5655), into batches. It never throws: what was read before a failure is
 * in segments when it returns, as far as the disk takes it.
 */
export async function importFlows(
  source: AsyncIterable<Uint8Array>,
  into: ImportBatches,
  options: ImportOptions,
  onProgress?: (facts: SourceFacts) => void,
): Promise<ImportOutcome> {
  const one = new Import(source, into, options);
  const timer = onProgress && setInterval(() => onProgress(one.facts), 1_000).unref();
  let error: unknown = null;
  try {
    await one.read();
  } catch (raised) {
    error = raised;
  }
  clearInterval(timer);
  try {
    await one.close();
  } catch (raised) {
    // What could not be kept weighs more than why the reading ended.
    error = raised;
  }
  return { facts: one.facts, error: error === null ? one.complaint() : asWeirError(error) };
}

class Import {
  private readonly into: ImportBatches;
  private readonly options: ImportOptions;
  private readonly rows: ImportRows;
  private traffic: TrafficImport | null = null;
  private found: FoundContent | null = null;
  private readonly bytes: ImportBytes;
  private readonly capture: CaptureImport;
  private readonly messages = newImportCounts();
  private isFile = false;
  private damage: string | null = null;
  private sha256: string | null = null;

  constructor(source: AsyncIterable<Uint8Array>, into: ImportBatches, options: ImportOptions) {
    this.into = into;
    this.options = options;
    this.rows = new ImportRows(into, options);
    this.bytes = new ImportBytes(source);
    this.capture = new CaptureImport(this.rows, options.ports);
  }

  async read(): Promise<void> {
    const { content } = this.options;
    const { head, bytes } = await this.bytes.open(content === null ? CONTENT_BYTES : IPFIX_HEADER);
    this.isFile = head.length >= 2 && head[0] === 0 && head[1] === IPFIX_VERSION;
    if (this.isFile) await this.readMessages(bytes);
    else await this.readCapture(bytes, await this.contentOf(head));
    this.sha256 = await this.bytes.finish();
  }

  private async contentOf(head: Uint8Array): Promise<SourceContent> {
    const { content, ports } = this.options;
    this.found = content === null ? await contentOf(head, ports) : { content, reason: 'as asked for' };
    return this.found.content;
  }

  private async readCapture(bytes: AsyncIterable<Uint8Array>, content: SourceContent): Promise<void> {
    if (content === 'traffic') {
      this.traffic = new TrafficImport(this.into, this.options);
      await this.traffic.reader.read(bytes);
      return;
    }
    await this.capture.read(bytes);
    const damage = this.capture.facts?.damage;
    if (damage) this.damage = `${damage.cause} at byte ${damage.offset}`;
  }

  /** Hands on what is in memory; rows are in segments when it returns. */
  async close(): Promise<void> {
    await (this.traffic ?? this.rows).close();
  }

  /** RFC 5655 section 4: an IPFIX file is a sequence of messages. Their export time is all that tells when they came. */
  private async readMessages(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const { rows, messages } = this;
    const framer = new MessageFramer((view, at, length) => {
      countFormat(messages, 'ipfix');
      rows.take(view, at, length, UNKNOWN_EXPORTER, 0, view.getUint32(at + 4) * 1_000);
    }, true);
    try {
      for await (const piece of bytes) {
        framer.take(new DataView(piece.buffer, piece.byteOffset, piece.length), 0, piece.length);
        await rows.settle();
        rows.publish();
      }
    } catch (error) {
      if (!(error instanceof BadCompression)) throw error;
      this.damage = 'bad_compression';
    }
    const rest = framer.finish();
    await rows.settle();
    if (framer.faults > 0) {
      messages.errors.skipped_bytes = framer.skippedBytes;
      this.damage ??= `no message at byte ${framer.firstFault}: ${framer.skippedBytes} bytes were skipped`;
    }
    if (rest > 0) this.damage ??= `truncated: ${rest} bytes of a message that is not whole`;
  }

  /** Why there is nothing to be had of the file; null where there is. */
  complaint(): WeirError | null {
    const { facts, traffic, capture } = this;
    if (facts.datagrams > 0 || facts.rows > 0) return null;
    if (this.bytes.size === 0) return new WeirError('usage', 'is empty');
    const damage = (traffic?.reader.capture ?? capture.facts)?.damage?.cause;
    if (damage === 'not_a_capture' && facts.packets === 0)
      return new WeirError('usage', 'is neither a capture (pcap, pcapng) nor an IPFIX file, plain or gzip-compressed');
    const broken = facts.damage ? `; ${facts.damage}` : '';
    const errors = Object.entries(facts.errors).map(([cause, n]) => `${cause} ${n}`);
    if (traffic && errors.length > 0)
      return new WeirError(
        'usage',
        `holds no packet that can be metered (${errors.join(', ')} of ${facts.packets} packets${broken})${cutShort(facts)}`,
      );
    if (traffic) return new WeirError('usage', `holds no IP packet (${facts.packets} packets${broken})`);
    const found = `${facts.packets} packets, ${capture.udp} UDP datagrams${broken}`;
    return new WeirError(
      'usage',
      `holds no NetFlow, IPFIX or sFlow (${found}): --port N names the port of the exports where it is another than usual; --as traffic meters the packets`,
    );
  }

  get facts(): SourceFacts {
    const { bytes, found } = this;
    return {
      ...(this.traffic ? this.trafficFacts(this.traffic) : this.exportFacts),
      ...(found ? { content: found.content, content_reason: found.reason } : {}),
      size: bytes.size,
      sha256: this.sha256,
      gzip: bytes.gzip,
    };
  }

  private trafficFacts({ reader, rows, flows, from, to }: TrafficImport): SourceFacts {
    return { ...trafficProvenance(reader), rows, flows, ...(rows > 0 ? { from, to } : {}) };
  }

  private get exportFacts(): SourceFacts {
    const { rows, capture } = this;
    const counts = this.isFile ? this.messages : capture.counts;
    const ledger = rows.counts;
    const errors = { ...decodeErrors(ledger), ...counts.errors };
    return {
      ...NO_FACTS,
      errors,
      ...(this.isFile ? { kind: 'ipfix_file' as const } : {}),
      ...(!this.isFile && capture.facts ? captureProvenance(capture.facts, rows.clock, errors) : {}),
      content: 'export',
      first_packet: rows.clock.firstMs,
      last_packet: rows.clock.lastMs,
      packets: counts.packets,
      datagrams: counts.datagrams,
      formats: { ...counts.formats },
      records: ledger.records ?? 0,
      rows: rows.rows,
      flows: rows.flows,
      exporters: rows.exporters,
      lost: Math.max(0, (ledger.lost ?? 0) - (ledger.recovered ?? 0)),
      from: rows.rows > 0 ? rows.from : null,
      to: rows.rows > 0 ? rows.to : null,
      damage: this.damage,
    };
  }
}

const ERROR_PREFIX = 'error_';

function decodeErrors(ledger: LedgerCounts): Record<string, number> {
  const errors: Record<string, number> = {};
  for (const [counter, n] of Object.entries(ledger))
    if (counter.startsWith(ERROR_PREFIX) && n > 0) errors[counter.slice(ERROR_PREFIX.length)] = n;
  if (ledger.unreadable) errors.unreadable_records = ledger.unreadable;
  if (ledger.text_overflow) errors.text_overflow = ledger.text_overflow;
  return errors;
}

/** Why packets lack what a flow is known by, where the snap length is too short for it. */
function cutShort({ traffic, snap_length, packets }: SourceFacts): string {
  if (traffic === null || traffic.cut < packets) return '';
  const told = snap_length !== null && snap_length < 65_535 ? ` of ${snap_length} bytes` : '';
  return `: the snap length${told} cut each of them`;
}
