import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, type Log, systemClock } from '../base/index.ts';
import type { StoreReader } from '../store/index.ts';
import { Access } from './access/access.ts';
import { AuditLog } from './access/audit-log.ts';
import { type ApiOptions, buildApi } from './api.ts';
import type { Api } from './api-schema.ts';
import { localQueryService } from './local-query-service.ts';
import type { NodeState } from './node-state.ts';
import { SavedViews } from './views/saved-views.ts';

const quietLog: Log = createLog({ style: 'json', level: 'silent' });

const SETS = { home: ['10.0.0.0/8'] };

/** A node that is well and knows one exporter. */
const fakeNode: NodeState = {
  health: async () => ({
    status: 'ok',
    version: '1.2.3',
    started_ms: 1,
    findings: [{ level: 'ok', subject: 'store', text: 'fine' }],
    ingest_lag_seconds: 0.1,
    overload: { step: 0, name: 'normal', shed_rate: 1, cause: '' },
    store: {},
    ingest: {},
  }),
  doors: () => [{ name: 'ipfix', address: '127.0.0.1', port: 4739 }],
  exporters: async () => [{ exporter: '192.0.2.1', domain: 0, counts: { records: 3 } }],
  hostMeter: async () => null,
  activeFlows: async () => null,
  live: async () => null,
  seconds: async function* () {},
  metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'weir_up 1\n' }),
};

/** The API over a reader, with a door on loopback. */
export function testApi(reader: StoreReader, scratch: string, options: Partial<ApiOptions> = {}): Promise<Api> {
  const access = mkdtempSync(join(tmpdir(), 'weir-access-'));
  return buildApi({
    service: localQueryService(reader, {
      maxRunning: 2,
      maxWaiting: 4,
      timeoutMs: 20_000,
      scratchDirectory: scratch,
      sets: SETS,
    }),
    node: fakeNode,
    log: quietLog,
    version: '1.2.3',
    door: { kind: 'tcp', address: '127.0.0.1' },
    token: null,
    names: [],
    sets: SETS,
    labels: { networks: { home: ['10.0.0.0/8'], sites: {} } },
    tempDirectory: scratch,
    views: new SavedViews(join(scratch, 'views.json'), quietLog),
    access: new Access(join(access, 'access.json'), systemClock),
    audit: new AuditLog(join(access, 'audit.jsonl'), quietLog),
    ...options,
  });
}
