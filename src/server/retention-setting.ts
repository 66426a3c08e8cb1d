import type { RetentionLimits } from '../store/index.ts';
import type { NodeConfig } from './settings.ts';

/** What the settings say of how long and how much is kept. */
export function retentionOf(config: NodeConfig): RetentionLimits {
  return {
    ageMs: config.retention_age,
    bytes: config.retention_bytes,
    freeShare: config.free_space,
    levels: {
      60000: { ageMs: config.retention_1m_age, bytes: config.retention_1m_bytes },
      300000: { ageMs: config.retention_5m_age, bytes: config.retention_5m_bytes },
      3600000: { ageMs: config.retention_1h_age, bytes: config.retention_1h_bytes },
      86400000: { ageMs: config.retention_1d_age, bytes: config.retention_1d_bytes },
    },
  };
}
