import { type ForwardTarget, HOST_RULES, type HostMeterOptions } from '../ingest/index.ts';
import type { RetentionLimits } from '../store/index.ts';
import type { AgentRows, AgentStoreStart } from './agent-messages.ts';
import { loadConfig } from './config.ts';
import { hostMeterOf } from './host-meter-setting.ts';
import { namingOf } from './naming-setting.ts';
import { networksOf } from './networks.ts';
import type { PlacesAtRestOptions } from './places/places-at-rest.ts';
import { retentionOf } from './retention-setting.ts';
import type { NodeConfig } from './settings.ts';

const DAY_MS = 86_400_000;
/**
 * What an agent keeps where nothing is said: it is a guest on its host. Of 1.5 GB records have at least a tenth. Steps of 1 min, 5 min and a day have bounds of their
 * own; those of an hour have none, so that for them all else gives way (src/store/retention.ts): they last 90 days unless they alone take more than 1 GB.
 */
const AGENT_FALLBACKS = {
  retention_bytes: 1_500_000_000,
  free_space: 0.1,
  retention_1m_age: 7 * DAY_MS,
  retention_1m_bytes: 150_000_000,
  retention_5m_age: 30 * DAY_MS,
  retention_5m_bytes: 150_000_000,
  retention_1h_age: 90 * DAY_MS,
  retention_1d_bytes: 150_000_000,
} as const satisfies Partial<NodeConfig>;
const STORE_MEMORY_BYTES = 256 * 1024 * 1024;
const MOST_THREADS = 2;

export interface AgentSettings {
  readonly config: NodeConfig;
  readonly store: {
    readonly retention: RetentionLimits & { readonly freeShare: number };
    readonly threads: number;
    readonly memoryBytes: number;
  };
  readonly meter: HostMeterOptions;
  /** Who gets the records as well; null for nobody. */
  readonly forward: ForwardTarget | null;
  readonly rows: AgentRows;
  /** What says what is known of addresses. */
  readonly places: Pick<PlacesAtRestOptions, 'files' | 'bundled' | 'lists'>;
}

/** The settings of `weir up`, as far as an agent has to do with them; of the disk it takes less. */
export function agentSettings({ data, configFile, flags }: AgentStoreStart): AgentSettings {
  const config = loadConfig({
    ...(configFile === null ? {} : { file: configFile }),
    env: process.env,
    flags: { ...flags, data },
    fallbacks: AGENT_FALLBACKS,
  });
  const networks = networksOf(config);
  return {
    config,
    store: {
      retention: { ...retentionOf(config), freeShare: config.free_space },
      threads: Math.min(MOST_THREADS, config.query_threads),
      memoryBytes: Math.min(STORE_MEMORY_BYTES, config.query_memory),
    },
    forward: config.host_forward,
    meter: hostMeterOf({ ...config, host: true })!.options,
    rows: { rules: HOST_RULES, elements: config.elements, networks, naming: namingOf(config) },
    places: { files: config.as_data, bundled: config.bundled_data, lists: config.blocklists },
  };
}
