import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type CounterSample, type CounterSheetHandle, readCounters } from '../base/index.ts';
import type { PolicyRuleCounts, SocketLoad } from '../ingest/index.ts';
import { counterHelp } from './counter-help.ts';
import type { RunningQuery } from './query-slots.ts';

/** The counters of one exporter, as far as metrics need them. */
interface ExporterCounts {
  readonly exporter: string;
  readonly domain: number;
  readonly counts: Readonly<Partial<Record<string, number>>>;
  /** The most datagrams of the stream within 10 and 100 ms. */
  readonly burst_10ms?: number;
  readonly burst_100ms?: number;
}

export interface MetricsSources {
  readonly version: string;
  /** Read at each scrape: sheets come and go with their threads. */
  counters(): readonly CounterSheetHandle[];
  /** Bounded by max_exporters. */
  exporters(): Promise<readonly ExporterCounts[]>;
  /** One for each datagram port. */
  buffers(): readonly SocketLoad[];
  running(): Promise<readonly RunningQuery[]>;
  /** What the rules of this host's privacy policy did; empty without one. */
  rules(): Promise<readonly PolicyRuleCounts[]>;
}

/**
 * The page for Prometheus. The counters live in shared memory of the threads that raise them and are copied at each
 * scrape; only the metrics of the process itself live in a registry.
 */
export class Metrics {
  private readonly sources: MetricsSources;
  private readonly process = new Registry();

  constructor(sources: MetricsSources) {
    this.sources = sources;
  }

  start(): void {
    collectDefaultMetrics({ register: this.process });
    new Gauge({
      name: 'weir_build_info',
      help: 'Always 1; the version is a label',
      labelNames: ['version'],
      registers: [this.process],
    }).set({ version: this.sources.version }, 1);
  }

  async page(): Promise<{ contentType: string; text: string }> {
    const registry = new Registry();
    for (const sample of readCounters(this.sources.counters())) addSample(registry, sample);
    const exporters = await this.sources.exporters();
    addExporters(registry, exporters);
    addBursts(registry, exporters);
    addBuffers(registry, this.sources.buffers());
    addRules(registry, await this.sources.rules());
    const running = await this.sources.running();
    const queries = new Gauge({
      name: 'weir_queries',
      help: 'Questions that run or wait',
      labelNames: ['state'],
      registers: [registry],
    });
    for (const state of ['running', 'waiting']) queries.set({ state }, running.filter((q) => q.state === state).length);
    return {
      contentType: this.process.contentType,
      text: `${await this.process.metrics()}\n${await registry.metrics()}`,
    };
  }

  stop(): void {
    this.process.clear();
  }
}

function addSample(registry: Registry, { name, help, kind, labels, value }: CounterSample): void {
  const labelNames = Object.keys(labels ?? {});
  const known = registry.getSingleMetric(name);
  if (kind === 'gauge') {
    const gauge = (known as Gauge | undefined) ?? new Gauge({ name, help, labelNames, registers: [registry] });
    gauge.set({ ...labels }, value);
  } else {
    const counter = (known as Counter | undefined) ?? new Counter({ name, help, labelNames, registers: [registry] });
    counter.inc({ ...labels }, value);
  }
}

const EXPORTER_LABELS = ['exporter', 'domain'];

/** An exporter that changed its source port is listed more than once: its counts are summed. */
function addExporters(registry: Registry, exporters: readonly ExporterCounts[]): void {
  for (const { exporter, domain, counts } of exporters) {
    for (const [key, value] of Object.entries(counts)) {
      if (value === undefined) continue;
      const name = `weir_exporter_${key}_total`;
      const known = registry.getSingleMetric(name) as Counter | undefined;
      const help = counterHelp(key);
      const counter = known ?? new Counter({ name, help, labelNames: EXPORTER_LABELS, registers: [registry] });
      counter.inc({ exporter, domain: String(domain) }, value);
    }
  }
}

/** Exporters whose bursts are shown: those with the largest ones. */
const MAX_BURSTS = 100;

/** The largest burst of any stream of an exporter: bursts of several streams need not have come at once. */
function addBursts(registry: Registry, exporters: readonly ExporterCounts[]): void {
  const most = new Map<string, { short: number; long: number }>();
  for (const { exporter, burst_10ms = 0, burst_100ms = 0 } of exporters) {
    const known = most.get(exporter) ?? { short: 0, long: 0 };
    most.set(exporter, { short: Math.max(known.short, burst_10ms), long: Math.max(known.long, burst_100ms) });
  }
  const gauge = new Gauge({
    name: 'weir_exporter_burst_datagrams',
    help: 'The most datagrams that came from one exporter within the window; of the 100 exporters with the largest bursts',
    labelNames: ['exporter', 'window'],
    registers: [registry],
  });
  const largest = [...most].sort(([, a], [, b]) => b.long - a.long || b.short - a.short).slice(0, MAX_BURSTS);
  for (const [exporter, { short, long }] of largest) {
    if (long === 0) continue;
    gauge.set({ exporter, window: '10ms' }, short);
    gauge.set({ exporter, window: '100ms' }, long);
  }
}

const RULE_COUNTERS = {
  matched: [
    'weir_host_policy_rule_matched_records_total',
    'Records of this host that a rule of its privacy policy met',
  ],
  records: ['weir_host_policy_rule_removed_records_total', 'Of these, records that it removed'],
  bytes: ['weir_host_policy_rule_removed_bytes_total', 'Bytes that the removed records stood for'],
  packets: ['weir_host_policy_rule_removed_packets_total', 'Packets that the removed records stood for'],
} as const;

/** They begin anew with the process of the meter, as counters may. */
function addRules(registry: Registry, rules: readonly PolicyRuleCounts[]): void {
  if (rules.length === 0) return;
  for (const [key, [name, help]] of Object.entries(RULE_COUNTERS)) {
    const counter = new Counter({ name, help, labelNames: ['rule'], registers: [registry] });
    for (const counts of rules) counter.inc({ rule: counts.rule }, counts[key as keyof typeof RULE_COUNTERS]);
  }
}

function addBuffers(registry: Registry, buffers: readonly SocketLoad[]): void {
  const gauge = (name: string, help: string, ...more: string[]) =>
    new Gauge({ name, help, labelNames: ['port', ...more], registers: [registry] });
  const high = gauge(
    'weir_receive_buffer_high_water_bytes',
    'The most that waited in the socket buffer of a port, since the start and in the last hour',
    'since',
  );
  const burst = gauge(
    'weir_receive_burst_datagrams',
    'The most datagrams of all exporters together within the window',
    'window',
  );
  const needed = gauge(
    'weir_receive_buffer_needed_bytes',
    'What the largest burst of 100 ms takes in the kernel, its datagrams times 2,300 bytes; after an overflow at least what the buffer can hold and what one burst lost',
  );
  const granted = gauge('weir_receive_buffer_granted_bytes', 'What the socket buffer of a port can hold');
  for (const b of buffers) {
    const { port } = b;
    high.set({ port, since: 'start' }, b.highWaterBytes);
    high.set({ port, since: '1h' }, b.highWaterHourBytes);
    burst.set({ port, window: '10ms' }, b.burst10);
    burst.set({ port, window: '100ms' }, b.burst100);
    needed.set({ port }, b.neededBytes);
    granted.set({ port }, b.limitBytes);
  }
}
