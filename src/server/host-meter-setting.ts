import { fileURLToPath } from 'node:url';
import type { HostMeterProgram } from '../ingest/index.ts';
import { networksOf } from './networks.ts';
import type { NodeConfig } from './settings.ts';

/** The program of the meter of this machine, and how it is to meter; null where it shall not. */
export function hostMeterOf(config: NodeConfig): HostMeterProgram | null {
  if (!config.host) return null;
  return {
    program: fileURLToPath(new URL('../host/meter-process.js', import.meta.url)),
    forward: config.host_forward,
    options: {
      name: config.host_name ?? '',
      exportPeriodMs: config.host_export_period,
      policyFile: config.host_policy,
      stateDirectory: config.data,
      serverNames: config.host_server_names,
      ownTraffic: config.host_own_traffic === 'counted',
      ownPids: [process.pid],
      cpuPercent: config.host_cpu,
      maxFlows: config.host_max_flows,
      guests: config.host_guests ? config.guests : null,
      proxyLog: config.host_proxy_log,
      forwarded: config.host_forward !== null,
      networks: networksOf(config),
    },
  };
}
