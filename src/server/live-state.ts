import { type CounterSample, readCounters, systemClock, WeirError } from '../base/index.ts';
import type { FilterSets } from '../filter/index.ts';
import {
  type ActiveFlows,
  type ActiveQuery,
  type HostMeterStatus,
  type IngestHandle,
  type LiveQuery,
  type LiveSecond,
  OVERLOAD_STEPS,
  type StoreThread,
} from '../ingest/index.ts';
import type { Blocklists } from './blocklists/blocklists.ts';
import { type Finding, fail } from './finding.ts';
import { FlowWatch, type WatchRequest } from './flow-watch.ts';
import { type Health, healthFindings } from './health.ts';
import { jsonNames } from './json-names.ts';
import { formatListenAddress } from './listen-address.ts';
import { Metrics } from './metrics.ts';
import type { NodeState } from './node-state.ts';
import { inAnnouncedOrder } from './open-ports.ts';
import type { Places } from './places/places.ts';
import { RecentRises } from './recent-rises.ts';
import type { FlowSecondLine } from './seconds-schema.ts';
import type { InterfacePoller } from './snmp/interface-poller.ts';
import { weirVersion } from './version.ts';
import type { WorkerQueryService } from './worker-query-service.ts';

/** How often counters are looked at, to know when trouble began and ended. */
const LOOK_MS = 5_000;
/** Questions for open flows at a time: they are answered one after the other, by the thread that meters. */
const MAX_SEARCHES = 8;

/** The state of a node as its threads tell it at the moment they are asked. */
export class LiveState implements NodeState {
  readonly metricsPage: Metrics;
  private readonly store: StoreThread;
  private readonly ingest: () => IngestHandle | undefined;
  private readonly hasHome: boolean;
  private readonly blocklists: Blocklists;
  private readonly snmp: InterfacePoller;
  private readonly places: Places;
  private readonly startedMs = systemClock.now();
  private readonly rises = new RecentRises();
  private readonly watch: NodeJS.Timeout;
  private readonly arrivals: FlowWatch;
  private searches = 0;
  private more: () => readonly Finding[] = () => [];

  /** `hasHome`: whether `home` or `sites` is set. */
  constructor(
    store: StoreThread,
    queries: WorkerQueryService,
    ingest: () => IngestHandle | undefined,
    hasHome: boolean,
    sets: FilterSets,
    lists: { readonly blocklists: Blocklists; readonly snmp: InterfacePoller; readonly places: Places },
  ) {
    this.store = store;
    this.ingest = ingest;
    this.hasHome = hasHome;
    this.arrivals = new FlowWatch((question) => store.watch(question), sets);
    this.blocklists = lists.blocklists;
    this.snmp = lists.snmp;
    this.places = lists.places;
    this.metricsPage = new Metrics({
      version: weirVersion(),
      counters: () => this.sheets(),
      exporters: async () => (await this.ingest()?.exporters()) ?? [],
      buffers: () => this.ingest()?.loads() ?? [],
      running: () => queries.running(),
      rules: async () => (await this.hostMeter())?.policy ?? [],
    });
    this.metricsPage.start();
    this.watch = setInterval(() => this.look(), LOOK_MS).unref();
  }

  private look(): readonly CounterSample[] {
    const counters = readCounters(this.sheets());
    this.rises.observe(counters, systemClock.now());
    return counters;
  }

  stop(): void {
    clearInterval(this.watch);
    this.metricsPage.stop();
  }

  /** What others have to tell of the health of the node. */
  lookAt(more: () => readonly Finding[]): void {
    this.more = more;
  }

  doors() {
    return inAnnouncedOrder(this.ingest()?.listening ?? []);
  }

  async exporters(): Promise<readonly object[]> {
    return (await this.ingest()?.exporters()) ?? [];
  }

  async activeFlows(query: ActiveQuery): Promise<ActiveFlows | null> {
    if (this.searches >= MAX_SEARCHES)
      throw new WeirError('busy', `${MAX_SEARCHES} questions for open flows wait: ask again in a second`);
    this.searches += 1;
    try {
      return (await this.ingest()?.activeFlows(query)) ?? null;
    } finally {
      this.searches -= 1;
    }
  }

  async live(query: LiveQuery): Promise<LiveSecond | null> {
    return (await this.ingest()?.live(query)) ?? null;
  }

  seconds(request: WatchRequest, signal: AbortSignal): AsyncGenerator<FlowSecondLine> {
    return this.arrivals.listen(request, signal);
  }

  async hostMeter(): Promise<HostMeterStatus | null> {
    return (await this.ingest()?.hostMeter()) ?? null;
  }

  metrics(): Promise<{ contentType: string; text: string }> {
    return this.metricsPage.page();
  }

  async health(): Promise<Health> {
    const ingest = this.ingest();
    const counters = this.look();
    const ports = (ingest?.listening ?? []).map((l) => `${l.name} ${formatListenAddress(l)}`);
    const overload = ingest?.overload() ?? null;
    const base = {
      version: weirVersion(),
      started_ms: this.startedMs,
      ingest_lag_seconds: (overload?.lagMs ?? 0) / 1_000,
      overload: {
        step: overload?.step ?? 0,
        name: OVERLOAD_STEPS[overload?.step ?? 0]!,
        shed_rate: overload?.rate ?? 1,
        cause: overload?.cause ?? '',
      },
      ingest: {
        listening: jsonNames(ingest?.listening ?? []),
        buffers: jsonNames(ingest?.loads() ?? []),
        counters: Object.fromEntries(counters.map((c) => [labelled(c.name, c.labels), c.value])),
      },
    };
    try {
      const [store, exporters, host] = await Promise.all([
        this.store.status(),
        ingest?.exporters() ?? [],
        this.hostMeter(),
      ]);
      const sinceRise = (counter: string) => this.rises.sinceRise(counter, systemClock.now());
      const buffers = ingest?.loads() ?? [];
      const nowMs = systemClock.now();
      const { hasHome } = this;
      const blocklists = this.blocklists.status();
      const snmp = this.snmp.status();
      const places = this.places.status();
      const seen = { store, host, counters, exporters, ports, buffers, overload, blocklists, snmp, places };
      const facts = { ...seen, hasHome, sinceRise, nowMs };
      const findings = [...healthFindings(facts), ...this.more()];
      const status = findings.every((f) => f.level === 'ok') ? 'ok' : 'degraded';
      return { ...base, status, findings, store: jsonNames(store) as object };
    } catch (error) {
      const findings = [
        fail(
          'store',
          `the store thread does not answer: ${(error as Error).message}`,
          'restart the node, and see its log',
        ),
      ];
      return { ...base, status: 'degraded', findings, store: {} };
    }
  }

  private sheets() {
    const { blocklists, snmp, places } = this;
    const lists = [blocklists.counters, snmp.counters, places.counters];
    return [this.store.counters, ...lists, ...(this.ingest()?.counters ?? [])];
  }
}

function labelled(name: string, labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([k, v]) => `${k}="${v}"`);
  return pairs.length > 0 ? `${name}{${pairs.join(',')}}` : name;
}
