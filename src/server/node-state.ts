import type { ActiveFlows, ActiveQuery, HostMeterStatus, LiveQuery, LiveSecond } from '../ingest/index.ts';
import type { WatchRequest } from './flow-watch.ts';
import type { Health } from './health.ts';
import type { FlowSecondLine } from './seconds-schema.ts';

/** What the API tells of the node itself, beside the answers to questions. */
export interface NodeState {
  health(): Promise<Health>;
  /** The open ports for flows. */
  doors(): readonly { readonly name: string; readonly address: string; readonly port: number }[];
  /** The known exporters and what was counted for each, as JSON. */
  exporters(): Promise<readonly object[]>;
  /** The meter of this machine; null where there is none. */
  hostMeter(): Promise<HostMeterStatus | null>;
  /** Flows that are open now; null where nothing is metered. */
  activeFlows(query: ActiveQuery): Promise<ActiveFlows | null>;
  /** The next second of what this machine sends and receives; null where nothing is metered now. */
  live(query: LiveQuery): Promise<LiveSecond | null>;
  /** Seconds of what arrives, until the signal. Throws at once where there can be none. */
  seconds(request: WatchRequest, signal: AbortSignal): AsyncGenerator<FlowSecondLine>;
  /** The page for Prometheus. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
}
