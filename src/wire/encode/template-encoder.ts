import { type Dialect, timeFields } from './dialect.ts';
import { countChanged, countLeftOut, newExportCounts } from './export-counts.ts';
import { type ExportedFlow, numberOf, statedRate } from './exported-flow.ts';
import type { Column, Field } from './field-kinds.ts';
import { BASE, PARTS } from './fields.ts';
import { type EncoderOptions, EXPORT_MTU, type FlowEncoder, MAX_STREAMS } from './flow-encoder.ts';
import { isCut, shortened } from './long-texts.ts';
import { MessageStream } from './message-stream.ts';
import { type Options, reliabilityOptions, samplingOptions, statisticsOptions } from './options.ts';
import { UptimeBase } from './uptime-base.ts';

/** Templates of one stream; beyond that parts are joined. */
const MAX_TEMPLATES = 64;
const FIRST_TEMPLATE = 258;
/** What is about all streams stands in none of them (RFC 7011, section 3.1). */
const NO_DOMAIN = 0;
/**
 * The sampling of a stream is said alone in its first message, and then rarely: nfcapd 1.7.1 does not count records of options in IPFIX's
 * sequence, as RFC 7011 does, and takes each of them that follows a flow for a lost one.
 */
const SAMPLING_MS = 300_000;

interface Template {
  readonly id: number;
  readonly fields: readonly Field[];
  readonly texts: readonly Column[];
  /** The refresh in which it was sent last. */
  sent: number;
}

/** The flows of one sampling rate: an observation domain of its own, because collectors take a rate for the whole domain. */
interface Flows {
  readonly rate: number;
  readonly stream: MessageStream;
  readonly times: readonly Field[];
  readonly templates: Map<number, Template>;
  /** How often the templates became due again, and since when, in messages and time. */
  refresh: number;
  refreshedMs: number;
  refreshedAt: number;
  saidSamplingMs: number;
}

/** Flow records as NetFlow v9 or IPFIX. A template is made for the columns that a record has, and sent before its first record. */
export class TemplateExporter implements FlowEncoder {
  readonly counts = newExportCounts();
  private readonly dialect: Dialect;
  private readonly options: Required<Omit<EncoderOptions, 'ignoredPackets'>> & Pick<EncoderOptions, 'ignoredPackets'>;
  private readonly flows = new Map<number, Flows>();
  private readonly account: MessageStream;

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
    this.account = this.stream(NO_DOMAIN);
  }

  add(flow: ExportedFlow, nowMs: number): void {
    const { counts } = this;
    counts.given += 1;
    // Of records that were chosen by their size each has a rate of its own, which it states itself.
    const rate = flow.sampling_origin === 'records' ? 1 : statedRate(flow);
    const flows = this.flowsOf(rate, nowMs);
    if (!flows) {
      countLeftOut(counts, 'streams');
      return;
    }
    if (rate === 0) countChanged(counts, 'rate');
    if (this.layerIsLost(flow)) countChanged(counts, 'frames');
    const shown = this.timed(flow);
    const template = this.template(flows, flow);
    const cut = isCut(flow, template.texts);
    this.begin(flows, template, shown, nowMs);
    const put = this.put(flows, template, shown, nowMs);
    if (cut || put === 'shortened') countChanged(counts, 'text');
    if (put === 'too long') countLeftOut(counts, 'size');
    else counts.records += 1;
  }

  /** In the next message where this one is full, and with shorter texts where the record alone is longer than a message. */
  private put(flows: Flows, template: Template, flow: ExportedFlow, nowMs: number): 'whole' | 'shortened' | 'too long' {
    const { stream } = flows;
    const { id, fields, texts } = template;
    if (stream.putFlow(id, fields, flow)) return 'whole';
    stream.flush(nowMs);
    this.begin(flows, template, flow, nowMs);
    if (stream.putFlow(id, fields, flow)) return 'whole';
    // The template, which is due again, may have left no room.
    stream.flush(nowMs);
    stream.clock.add(numberOf(flow, 'start'), numberOf(flow, 'end'), nowMs);
    if (stream.putFlow(id, fields, flow)) return 'whole';
    return stream.putFlow(id, fields, shortened(flow, texts)) ? 'shortened' : 'too long';
  }

  /** Octets of frames have an element that collectors do not count by, those of payload have one of ours. */
  private layerIsLost({ byte_layer }: ExportedFlow): boolean {
    return byte_layer === 'frame' || (byte_layer === 'payload' && this.dialect.name !== 'ipfix');
  }

  tell(options: Options, rate: number, nowMs: number): void {
    this.flowsOf(rate, nowMs)?.stream.putOptions(options, nowMs);
  }

  flush(nowMs: number): void {
    for (const { stream } of this.flows.values()) stream.flush(nowMs);
  }

  giveAccount(nowMs: number): void {
    const { dialect, account } = this;
    const { domain, ignoredPackets } = this.options;
    account.putOptions(statisticsOptions(dialect, this.counts), nowMs);
    if (ignoredPackets) account.putOptions(reliabilityOptions(dialect, domain, ignoredPackets()), nowMs);
    account.flush(nowMs);
  }

  end(nowMs: number): void {
    this.flush(nowMs);
    if (this.counts.records > 0) this.giveAccount(nowMs);
  }

  private stream(domain: number): MessageStream {
    return new MessageStream(this.dialect, domain, this.options.mtu, (datagram) => {
      this.counts.datagrams += 1;
      this.counts.bytes += datagram.length;
      this.options.send(datagram);
    });
  }

  private flowsOf(rate: number, nowMs: number): Flows | null {
    const known = this.flows.get(rate);
    if (known) return known;
    if (this.flows.size >= MAX_STREAMS) return null;
    const stream = this.stream((this.options.domain + this.flows.size) >>> 0);
    const flows: Flows = {
      rate,
      stream,
      times: timeFields(this.dialect, () => stream.clock.bootMs, this.options.absoluteTimes),
      templates: new Map(),
      refresh: 0,
      refreshedMs: nowMs,
      refreshedAt: 0,
      saidSamplingMs: nowMs,
    };
    this.flows.set(rate, flows);
    this.saySampling(flows, nowMs);
    stream.flush(nowMs);
    return flows;
  }

  private saySampling(flows: Flows, nowMs: number): void {
    flows.saidSamplingMs = nowMs;
    if (flows.rate !== 1)
      flows.stream.putOptions(samplingOptions(this.dialect, flows.stream.domain, flows.rate), nowMs);
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

  /** Makes the message one that the flow can stand in: its times, and its template before it. */
  private begin(flows: Flows, template: Template, flow: ExportedFlow, nowMs: number): void {
    const { stream } = flows;
    const start = numberOf(flow, 'start');
    const end = numberOf(flow, 'end');
    if (!stream.clock.add(start, end, nowMs)) stream.flush(nowMs);
    this.refresh(flows, nowMs);
    if (template.sent !== flows.refresh) stream.putTemplate(template.id, template.fields, nowMs);
    template.sent = flows.refresh;
    // What was put may have begun a new message.
    stream.clock.add(start, end, nowMs);
  }

  /** Over UDP a collector may have missed what was sent once (RFC 7011, section 8.4). */
  private refresh(flows: Flows, nowMs: number): void {
    const { refreshDatagrams, refreshMs } = this.options;
    const byCount = refreshDatagrams > 0 && flows.stream.messages - flows.refreshedAt >= refreshDatagrams;
    if (!byCount && !(refreshMs > 0 && nowMs - flows.refreshedMs >= refreshMs)) return;
    flows.refresh += 1;
    flows.refreshedMs = nowMs;
    flows.refreshedAt = flows.stream.messages;
    this.giveAccount(nowMs);
    if (nowMs - flows.saidSamplingMs >= SAMPLING_MS) this.saySampling(flows, nowMs);
  }

  private template(flows: Flows, flow: ExportedFlow): Template {
    const { templates, times } = flows;
    let parts = this.partsOf(flow, false);
    // Records of any mixture of columns must not make any number of templates.
    if (templates.size >= MAX_TEMPLATES && !templates.has(parts)) parts = this.partsOf(flow, true);
    const known = templates.get(parts);
    if (known) return known;
    const fields = [...times, ...BASE, ...PARTS.flatMap((part, i) => (isAmong(parts, i) ? part.fields : []))];
    const texts = fields.flatMap(({ text }) => text ?? []);
    const template = { id: FIRST_TEMPLATE + templates.size, fields, texts, sent: -1 };
    templates.set(parts, template);
    return template;
  }

  /** The parts that the record has, as bits of a number; with `joined` all optional ones beside them. Most records have parts of 32 bits alone, which is fast. */
  private partsOf(flow: ExportedFlow, joined: boolean): number {
    const { name } = this.dialect;
    let low = 0;
    let high = 0;
    for (let i = 0; i < PARTS.length; i++) {
      const part = PARTS[i]!;
      if (part.only !== undefined && part.only !== name) continue;
      if (!(joined && part.optional === true) && !part.present(flow)) continue;
      if (i < 32) low |= 1 << i;
      else high |= 1 << (i - 32);
    }
    return high === 0 ? low : low + high * 2 ** 32;
  }
}

/** Whether the part is among them: the low 32 bits are signed. */
function isAmong(parts: number, i: number): boolean {
  const low = parts | 0;
  return i < 32 ? (low & (1 << i)) !== 0 : (((parts - low) / 2 ** 32) & (1 << (i - 32))) !== 0;
}
