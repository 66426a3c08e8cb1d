import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type CounterSample, type CounterSheetHandle, readCounters } from '../base/index.ts';
import type { RunningQuery } from './query-slots.ts';

/** The counters of one exporter, as far as metrics need them. */
interface ExporterCounts {
  readonly exporter: string;
  readonly domain: number;
  readonly counts: Readonly<Partial<Record<string, number>>>;
}

export interface MetricsSources {
  readonly version: string;
  /** Read at each scrape: sheets come and go with their threads. */
  counters(): readonly CounterSheetHandle[];
  /** Bounded by max_exporters. */
  exporters(): Promise<readonly ExporterCounts[]>;
  running(): Promise<readonly RunningQuery[]>;
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
      const help = `${key.replaceAll('_', ' ')} of one exporter and observation domain`;
      const known = registry.getSingleMetric(name) as Counter | undefined;
      const counter = known ?? new Counter({ name, help, labelNames: EXPORTER_LABELS, registers: [registry] });
      counter.inc({ exporter, domain: String(domain) }, value);
    }
  }
}
