import { type Dialect, timeFields, writeRecord, writeTemplate } from './dialect.ts';
import { countChanged, countLeftOut, newExportCounts } from './export-counts.ts';
import { type ExportedFlow, numberOf, statedRate } from './exported-flow.ts';
import { BASE, type Field, MAX_TEXT, PARTS, VARIABLE } from './fields.ts';
import { type EncoderOptions, EXPORT_MTU, type FlowEncoder, MAX_STREAMS } from './flow-encoder.ts';
import { Message } from './message.ts';
import { SAMPLING_OPTIONS, STATISTICS_OPTIONS, samplingRecord, statisticsRecord } from './options.ts';
import { UptimeBase } from './uptime-base.ts';

/** Templates of one stream; beyond that parts are joined. */
const MAX_TEMPLATES = 64;
const FIRST_TEMPLATE = 258;
/** No record is longer: the fixed fields and three texts. */
const SCRATCH_BYTES = 2_048;

interface Template {
  readonly id: number;
  readonly fields: readonly Field[];
  readonly hasTexts: boolean;
  /** The refresh in which it was sent last. */
  sent: number;
}

/** The flows of one sampling rate: an observation domain of its own, because collectors take a rate for the whole domain. */
interface Stream {
  readonly domain: number;
  readonly rate: number;
  readonly message: Message;
  readonly clock: UptimeBase;
  readonly times: readonly Field[];
  readonly templates: Map<number, Template>;
  sequence: number;
  /** Records in the message, and those of them that are data. */
  records: number;
  dataRecords: number;
  flows: number;
  messages: number;
  bytes: number;
  /** How often everything was sent again, and since when it is due. */
  refresh: number;
  refreshedMs: number;
  sinceRefresh: number;
}

/** Flow records as NetFlow v9 or IPFIX. A template is made for the columns that a record has, and sent before its first record. */
export class TemplateExporter implements FlowEncoder {
  readonly counts = newExportCounts();
  private readonly dialect: Dialect;
  private readonly options: Required<EncoderOptions>;
  private readonly streams = new Map<number, Stream>();
  private readonly scratch = new Uint8Array(SCRATCH_BYTES);
  private readonly view = new DataView(this.scratch.buffer);

  constructor(dialect: Dialect, options: EncoderOptions) {
    this.dialect = dialect;
    this.options = {
      mtu: EXPORT_MTU,
      domain: 1,
      refreshDatagrams: 200,
      refreshMs: 60_000,
      absoluteTimes: false,
      ...options,
    };
  }

  add(flow: ExportedFlow, nowMs: number): void {
    const { counts } = this;
    counts.given += 1;
    const rate = statedRate(flow);
    const stream = this.stream(rate, nowMs);
    if (!stream) {
      countLeftOut(counts, 'streams');
      return;
    }
    if (rate === 0) countChanged(counts, 'rate');
    if (flow.byte_layer === 'frame' || flow.byte_layer === 'payload') countChanged(counts, 'frames');
    const shown = this.timed(flow);
    const template = this.template(stream, flow);
    if (template.hasTexts && isCut(flow)) countChanged(counts, 'text');
    this.begin(stream, template, shown, nowMs);
    let length = writeRecord(this.view, template.fields, shown);
    if (!stream.message.fits(template.id, length)) {
      this.flush(stream, nowMs);
      this.begin(stream, template, shown, nowMs);
      // Times count from the boot time of the message that the record is in.
      length = writeRecord(this.view, template.fields, shown);
    }
    this.append(stream, template.id, length);
    stream.dataRecords += 1;
    stream.flows += 1;
    counts.records += 1;
  }

  /** Makes the message one that the flow can stand in: its times, and its template before it. */
  private begin(stream: Stream, template: Template, flow: ExportedFlow, nowMs: number): void {
    const [start, end] = [numberOf(flow, 'start'), numberOf(flow, 'end')];
    if (!stream.clock.add(start, end, nowMs)) this.flush(stream, nowMs);
    this.announce(stream, template, nowMs);
    // The template may have begun a new message.
    stream.clock.add(start, end, nowMs);
  }

  end(nowMs: number): void {
    for (const stream of this.streams.values()) {
      if (stream.flows === 0) continue;
      // First the flows, so that the statistics are about all of them.
      this.flush(stream, nowMs);
      this.sendStatistics(stream, nowMs);
      this.flush(stream, nowMs);
    }
  }

  private stream(rate: number, nowMs: number): Stream | null {
    const known = this.streams.get(rate);
    if (known) return known;
    if (this.streams.size >= MAX_STREAMS) return null;
    const { mtu, domain, absoluteTimes } = this.options;
    const clock = new UptimeBase();
    const stream: Stream = {
      domain: (domain + this.streams.size) >>> 0,
      rate,
      message: new Message(mtu, this.dialect.headerBytes),
      clock,
      times: timeFields(this.dialect, () => clock.bootMs, absoluteTimes),
      templates: new Map(),
      sequence: 0,
      records: 0,
      dataRecords: 0,
      flows: 0,
      messages: 0,
      bytes: 0,
      refresh: 0,
      refreshedMs: nowMs,
      sinceRefresh: 0,
    };
    this.streams.set(rate, stream);
    this.sendSampling(stream);
    return stream;
  }

  /** Start and end in the order and range that the protocol can say; v9's times since boot reach 24 days back. */
  private timed(flow: ExportedFlow): ExportedFlow {
    const end = numberOf(flow, 'end');
    const start = numberOf(flow, 'start');
    const earliest = this.dialect.name === 'ipfix' ? 0 : UptimeBase.earliest(end);
    if (start >= earliest && start <= end) return flow;
    if (start < earliest) countChanged(this.counts, 'start');
    return { ...flow, start: Math.max(earliest, Math.min(start, end)) };
  }

  private template(stream: Stream, flow: ExportedFlow): Template {
    let parts = 0;
    for (const [i, part] of PARTS.entries()) {
      if (part.only !== undefined && part.only !== this.dialect.name) continue;
      if (part.present(flow)) parts |= 1 << i;
    }
    // Records of any mixture of columns must not make any number of templates.
    if (stream.templates.size >= MAX_TEMPLATES && !stream.templates.has(parts)) parts |= this.optionalParts();
    const known = stream.templates.get(parts);
    if (known) return known;
    const fields = [...stream.times, ...BASE, ...PARTS.flatMap((part, i) => (parts & (1 << i) ? part.fields : []))];
    const hasTexts = fields.some((f) => f.length === VARIABLE);
    const template = { id: FIRST_TEMPLATE + stream.templates.size, fields, hasTexts, sent: -1 };
    stream.templates.set(parts, template);
    return template;
  }

  private optionalParts(): number {
    return PARTS.reduce(
      (all, part, i) =>
        part.optional && (part.only ?? this.dialect.name) === this.dialect.name ? all | (1 << i) : all,
      0,
    );
  }

  /** Sends the template where it is new or due again. */
  private announce(stream: Stream, template: Template, nowMs: number): void {
    const { refreshDatagrams, refreshMs } = this.options;
    const due =
      (refreshDatagrams > 0 && stream.sinceRefresh >= refreshDatagrams) ||
      (refreshMs > 0 && nowMs - stream.refreshedMs >= refreshMs);
    if (due) {
      stream.refresh += 1;
      stream.refreshedMs = nowMs;
      stream.sinceRefresh = 0;
      this.sendSampling(stream, nowMs);
      this.sendStatistics(stream, nowMs);
    }
    if (template.sent === stream.refresh) return;
    template.sent = stream.refresh;
    const length = writeTemplate(this.view, template.id, template.fields);
    this.put(stream, this.dialect.templateSet, length, nowMs);
  }

  private sendSampling(stream: Stream, nowMs = stream.refreshedMs): void {
    if (stream.rate <= 1) return;
    const { dialect, view } = this;
    const { id, fields } = SAMPLING_OPTIONS(dialect);
    this.put(stream, dialect.optionsSet, dialect.writeOptionsTemplate(view, id, fields), nowMs);
    this.put(stream, id, writeRecord(view, fields, samplingRecord(dialect, stream.domain, stream.rate)), nowMs);
    stream.dataRecords += 1;
  }

  private sendStatistics(stream: Stream, nowMs: number): void {
    const { dialect, view } = this;
    const { id, fields } = STATISTICS_OPTIONS(dialect);
    this.put(stream, dialect.optionsSet, dialect.writeOptionsTemplate(view, id, fields), nowMs);
    const { domain, bytes, messages, flows } = stream;
    // What has no stream is told with the first one.
    const left = domain === this.options.domain ? Object.values(this.counts.leftOut) : [];
    const notSent = left.reduce((sum, n) => sum + n, 0);
    const record = statisticsRecord(dialect, domain, { bytes, messages, flows, notSent });
    this.put(stream, id, writeRecord(view, fields, record), nowMs);
    stream.dataRecords += 1;
  }

  /** Appends what is in the scratch bytes, in the next message where this one is full. */
  private put(stream: Stream, setId: number, length: number, nowMs: number): void {
    if (!stream.message.fits(setId, length)) {
      const record = this.scratch.slice(0, length);
      this.flush(stream, nowMs);
      this.scratch.set(record);
    }
    this.append(stream, setId, length);
  }

  private append(stream: Stream, setId: number, length: number): void {
    stream.message.append(setId, this.scratch.subarray(0, length));
    stream.records += 1;
  }

  private flush(stream: Stream, nowMs: number): void {
    if (stream.message.isEmpty) return;
    const { dialect, counts } = this;
    const datagram = stream.message.take();
    const clock = stream.clock.take(nowMs);
    const { domain, sequence, records } = stream;
    dialect.writeHeader(datagram, { clock, domain, sequence, records });
    stream.sequence = (sequence + dialect.advance(stream.dataRecords)) >>> 0;
    stream.records = 0;
    stream.dataRecords = 0;
    stream.messages += 1;
    stream.sinceRefresh += 1;
    stream.bytes += datagram.length;
    counts.datagrams += 1;
    counts.bytes += datagram.length;
    this.options.send(datagram);
  }
}

const bytesOf = (value: unknown) => (typeof value === 'string' ? Buffer.byteLength(value) : 0);

function isCut({ application, user, vrf }: ExportedFlow): boolean {
  return [application, user, vrf].some((text) => bytesOf(text) > MAX_TEXT);
}
