import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type TestFlow, testStore } from '../query/store.testing.ts';
import { localQueryService } from '../server/index.ts';
import type { ExporterState, Gap, LedgerCounts, LedgerEntry } from '../truth/index.ts';
import { whyEmpty } from './empty-answer.ts';
import type { Range } from './time.ts';

const T = Date.UTC(2026, 10, 21, 12);
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function why(
  counts: readonly LedgerCounts[],
  flows: readonly TestFlow[] = [],
  range: Range = {},
  filter?: string,
  exporters: readonly ExporterState[] = [],
) {
  const ledger = counts.map((c, i): LedgerEntry => ({ minute: T, exporter: `192.0.2.${i + 1}`, domain: 7, counts: c }));
  const store = await testStore(flows, { ledger, exporters });
  closing.push(() => store.close());
  const scratchDirectory = mkdtempSync(join(tmpdir(), 'weir-empty-'));
  const service = localQueryService(store, { maxRunning: 1, maxWaiting: 1, timeoutMs: 10_000, scratchDirectory });
  return whyEmpty(service, range, filter, {});
}

const flow = {
  time: T,
  start: T,
  end: T,
  received: T,
  src_addr: '10.0.0.1',
  dst_addr: '10.0.0.2',
  exporter: '192.0.2.99',
};

it('says that nothing came, and what may be sent', async () => {
  expect(await why([])).toEqual([
    'nothing is stored yet, and no datagram has come: send NetFlow, IPFIX or sFlow to a port of `weir up`, meter this machine itself with `weir up --host on` or an interface with `--capture`, or read a capture with `weir import`',
  ]);
});

it('says that data waits for its template, and what to do about it', async () => {
  expect(await why([{ datagrams: 3, held: 3 }])).toEqual([
    'nothing is stored yet, though datagrams have come',
    '192.0.2.1, domain 7: 3 sets of data came before the template and wait for it',
    expect.stringContaining('`template data timeout 60`'),
  ]);
});

it('says what was given up, and what could not be read', async () => {
  const lines = await why([
    { datagrams: 3, held: 3, error_no_template: 2 },
    { datagrams: 9, error_unsupported_version: 9, error_trailing_bytes: 1 },
    { datagrams: 1, templates: 2 },
  ]);
  const [, gone, unread, idle] = lines;
  expect(lines.at(-1)).toContain('what is read: NetFlow v5');
  expect(gone).toBe(
    '192.0.2.1, domain 7: 1 set of data came before the template and waits for it; 2 sets of data were given up, because the template did not come',
  );
  expect(unread).toBe('192.0.2.2, domain 7: not readable: unsupported_version 9');
  expect(idle).toBe('192.0.2.3, domain 7: 1 datagram without a flow record so far');
});

it('says that a privacy policy left nothing, and not that flows are open', async () => {
  const meter = {
    ...{ exporter: '192.0.2.1', agent: '', port: 0, domain: 7, format: 'meter', name: '', first_seen: T, last_seen: T },
    ...{
      sampling: 1,
      sampling_origin: 'default',
      remedy: null,
      burst_10ms: 0,
      burst_100ms: 0,
      templates: [],
      interfaces: [],
    },
  };
  expect(await why([{ datagrams: 9, policy_removed_records: 3 }], [], {}, undefined, [meter])).toEqual([
    'nothing is stored yet, though datagrams have come',
    '192.0.2.1, domain 7 (meter): the privacy policy removed all that was recorded, 3 records: `weir host policy check FILE` says what its rules do',
  ]);
  expect((await why([{ datagrams: 9 }], [], {}, undefined, [meter]))[1]).toContain('weir flows --active');
});

it('says that what matches is duplicates, and how they are seen', async () => {
  const request = { ...flow, duplicate: 'yes', user: 'alice', owner_source: 'proxy_log' };
  expect(await why([], [flow, request, request], {}, 'user alice')).toEqual([
    '2 records match and do not count, because other records of the same octets do: --duplicates all shows them',
  ]);
  expect(await why([], [flow, request], {}, 'user bob')).toEqual([expect.stringContaining('matches the filter')]);
});

it('names a few streams of many', async () => {
  const lines = await why(Array.from({ length: 12 }, () => ({ datagrams: 1, held: 1 })));
  expect(lines).toHaveLength(8);
  expect(lines[6]).toContain('and 7 more');
});

it('names a stream that waits beside others that are stored', async () => {
  const lines = await why([{ datagrams: 3, held: 3 }, { datagrams: 3 }], [flow], {}, 'dst port 443');
  expect(lines[0]).toContain('no flow of this range matches the filter: stored are flows from ');
  expect(lines.slice(1)).toEqual([expect.stringContaining('192.0.2.1, domain 7: 3 sets'), expect.any(String)]);
  expect(await why([], [flow], { from: T + 120_000 })).toEqual([
    expect.stringContaining('no flows in this range'),
    'try --from all',
  ]);
});

it('says that an exporter was silent, where a question about it alone finds nothing', async () => {
  const hour = 3_600_000;
  const silent: Gap = { from: T - hour, to: T + hour, cause: 'silent', exporter: '192.0.2.7', domain: 0, share: 0.2 };
  const store = await testStore([flow], { measured: { gaps: [silent], imported: [] } });
  closing.push(() => store.close());
  const scratchDirectory = mkdtempSync(join(tmpdir(), 'weir-empty-'));
  const service = localQueryService(store, { maxRunning: 1, maxWaiting: 1, timeoutMs: 10_000, scratchDirectory });
  const range = { from: T, to: T + 60_000 };
  expect(await whyEmpty(service, range, 'exporter 192.0.2.7', {})).toEqual([
    '192.0.2.7 sent nothing in this range, though it usually does: silent since 2026-11-21 11:00:00Z until 2026-11-21 13:00:00Z',
  ]);
  expect((await whyEmpty(service, range, 'exporter 192.0.2.8', {}))[0]).toContain('matches the filter');
});
