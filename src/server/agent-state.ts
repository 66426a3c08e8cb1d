import { type CounterSheetHandle, readCounters, systemClock, WeirError } from '../base/index.ts';
import {
  type ActiveFlows,
  type ActiveQuery,
  type HostMeterStatus,
  ingestCounters,
  type JournalledStore,
  type LiveQuery,
  type LiveSecond,
  OVERLOAD_STEPS,
  pipedCounters,
} from '../ingest/index.ts';
import type { AskParent } from './agent-ask.ts';
import type { AgentFacts } from './agent-messages.ts';
import { type Health, healthFindings } from './health.ts';
import { jsonNames } from './json-names.ts';
import { Metrics } from './metrics.ts';
import type { NodeState } from './node-state.ts';
import type { PlacesAtRest } from './places/places-at-rest.ts';
import type { QueryService } from './query-service.ts';
import { weirVersion } from './version.ts';

/** The state of an agent: its resident process tells how it fares, the store is here. */
export class AgentState implements NodeState {
  private readonly store: JournalledStore;
  private readonly ask: AskParent;
  private readonly service: QueryService;
  private readonly places: PlacesAtRest;
  private readonly startedMs: number;
  private readonly hasHome: boolean;

  constructor(
    store: JournalledStore,
    ask: AskParent,
    service: QueryService,
    places: PlacesAtRest,
    startedMs: number,
    hasHome: boolean,
  ) {
    this.store = store;
    this.ask = ask;
    this.service = service;
    this.places = places;
    this.startedMs = startedMs;
    this.hasHome = hasHome;
  }

  doors(): [] {
    return [];
  }

  async exporters(): Promise<readonly object[]> {
    return (await this.ask('facts', null)).exporters;
  }

  async activeFlows(query: ActiveQuery): Promise<ActiveFlows | null> {
    const answer = await this.ask('active', query);
    return answer && { ...answer, captures: [] };
  }

  live(query: LiveQuery): Promise<LiveSecond | null> {
    return this.ask('live', query);
  }

  seconds(): never {
    throw new WeirError('not_found', 'an agent receives no exports: /api/v1/host/live tells what its host does');
  }

  async hostMeter(): Promise<HostMeterStatus> {
    return (await this.ask('facts', null)).meter;
  }

  async metrics(): Promise<{ contentType: string; text: string }> {
    const facts = await this.ask('facts', null);
    const page = new Metrics({
      version: weirVersion(),
      counters: () => sheetsOf(facts),
      exporters: async () => facts.exporters,
      buffers: () => [],
      running: () => this.service.running(),
      rules: async () => facts.meter.policy ?? [],
    });
    page.start();
    try {
      return await page.page();
    } finally {
      page.stop();
    }
  }

  async health(): Promise<Health> {
    const facts = await this.ask('facts', null);
    // Where no rows were made since this process began nobody has looked yet.
    await this.places.known();
    const store = this.store.status();
    const counters = readCounters(sheetsOf(facts));
    const findings = [
      ...healthFindings({
        store,
        host: facts.meter,
        counters,
        exporters: facts.exporters,
        ports: ['the meter of this host'],
        hasHome: this.hasHome,
        buffers: [],
        blocklists: this.places.blocklists.status(),
        snmp: [],
        places: this.places.status(),
        overload: null,
        nowMs: systemClock.now(),
        sinceRise: () => 0,
      }),
    ];
    return {
      status: findings.every((f) => f.level === 'ok') ? 'ok' : 'degraded',
      version: weirVersion(),
      started_ms: this.startedMs,
      findings,
      ingest_lag_seconds: 0,
      overload: { step: 0, name: OVERLOAD_STEPS[0]!, shed_rate: 1, cause: '' },
      store: jsonNames(store) as object,
      ingest: { listening: [], buffers: [], host: facts.meter },
    };
  }
}

function sheetsOf({ counters, meterCounters }: AgentFacts): CounterSheetHandle[] {
  const ingest = ingestCounters();
  ingest.values.set(counters);
  const meter = pipedCounters();
  meter.values.set(meterCounters);
  return [ingest.handle(), meter.handle()];
}
