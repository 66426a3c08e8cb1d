import { type ForwardTarget, HOST_RULES, type HostMeterOptions } from '../ingest/index.ts';
import type { RetentionLimits } from '../store/index.ts';
import type { AgentRows, AgentStoreStart } from './agent-messages.ts';
import { meterDirectory } from './agent-user.ts';
import { loadConfig } from './config.ts';
import { hostMeterOf } from './host-meter-setting.ts';
import { retentionOf } from './retention-setting.ts';
import { type NodeConfig, SETTINGS } from './settings.ts';

/** What an agent keeps where nothing is said: it is a guest on its host. */
const STORE_BYTES = 1_500_000_000;
const FREE_SHARE = 0.1;
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
}

/** The settings of `weir up`, as far as an agent has to do with them; of the disk it takes less. */
export function agentSettings({ data, configFile, flags }: AgentStoreStart): AgentSettings {
  const config = loadConfig({
    ...(configFile === null ? {} : { file: configFile }),
    env: process.env,
    flags: { ...flags, data },
  });
  const bytes = config.retention_bytes === SETTINGS.retention_bytes.fallback ? STORE_BYTES : config.retention_bytes;
  const freeShare = config.free_space === SETTINGS.free_space.fallback ? FREE_SHARE : config.free_space;
  const networks = { home: config.home, sites: config.sites };
  return {
    config,
    store: {
      retention: { ...retentionOf(config), bytes, freeShare },
      threads: Math.min(MOST_THREADS, config.query_threads),
      memoryBytes: Math.min(STORE_MEMORY_BYTES, config.query_memory),
    },
    forward: config.host_forward,
    meter: { ...hostMeterOf({ ...config, host: true })!.options, stateDirectory: meterDirectory(data) },
    rows: { rules: HOST_RULES, elements: config.elements, networks },
  };
}
