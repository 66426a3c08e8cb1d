import { expect, it } from 'vitest';
import type { ExporterState, LedgerEntry } from '../truth/index.ts';
import { runQuery } from './run.ts';
import { testStore } from './store.testing.ts';

const T = Date.UTC(2026, 10, 21, 12);
const flow = { start: T, end: T, time: T, received: T, raw_bytes: 10, raw_packets: 1, protocol: 6, exporter: '100::2' };
const ledger: LedgerEntry[] = [
  { minute: T, exporter: '100::2', domain: 1, counts: { records: 1, payload_only_ms: 9 } },
];
const state = (name: string, host: string): ExporterState => ({
  exporter: '100::2',
  agent: '',
  port: 0,
  domain: 1,
  format: 'ipfix',
  name,
  first_seen: T,
  last_seen: T,
  sampling: 1,
  sampling_origin: 'default',
  remedy: null,
  burst_10ms: 0,
  burst_100ms: 0,
  templates: [],
  interfaces: host === '' ? [] : [{ index: 0, name: host, description: '', speed: 0 }],
});

it.each([
  ['as it calls itself', [state('this host', 'a1')], 'a1'],
  ['as configuration calls it', [state('this host', '')], 'this host'],
  ['by its address, where it is not known any more', [], '100::2'],
] as const)('an answer names a host that saw only payload %s', async (_, exporters, host) => {
  const store = await testStore([flow], { ledger, exporters: [...exporters] });
  const { quality } = await runQuery(store, { from: T, to: T + 60_000, metrics: ['bytes'] }, { now: T });
  store.close();
  expect(quality.lower_levels).toEqual([{ host, level: 'sock_diag', ms: 9 }]);
});
