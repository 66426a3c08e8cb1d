import { afterEach, describe, expect, it } from 'vitest';
import { CryptoPan, formatAddress, parseAddress } from '../flow/index.ts';
import { anonymiser, REPORTS, runFlows, runQuery, runReport } from './index.ts';
import { column, type ReportAnswer } from './reports/report.ts';
import { type TestFlow, type TestStore, testStore } from './store.testing.ts';

const T = 1_700_000_000_000;
const KEY = Buffer.from('abcdefghijklmnopqrstuvwxyz012345');
const pan = new CryptoPan(KEY);
const of = (text: string) => formatAddress(pan.address(parseAddress(text)!));
const hide = anonymiser(KEY);
const stores: TestStore[] = [];
afterEach(() => {
  for (const s of stores.splice(0)) s.close();
});

async function store(flows: readonly TestFlow[], options = {}): Promise<TestStore> {
  const s = await testStore(flows, options);
  stores.push(s);
  return s;
}

const flow = (n: number, more: TestFlow = {}): TestFlow => {
  return { time: T + n, start: T, end: T + n, received: T, protocol: 6, raw_bytes: n, raw_packets: 1, ...more };
};

describe('a record', () => {
  const record = {
    src_addr: '10.1.2.3',
    dst_addr: '2001:db8::1',
    next_hop: '10.1.2.3',
    exporter: '192.0.2.1',
    src_mac: '00:1b:44:11:3a:b7',
    dst_mac: '01:00:5e:00:00:fb',
    user: 'alice',
    host: 'alice',
    process: 'chrome',
    parent: 'chrome',
    tunnel: 'gre 10.1.2.3 > 2001:db8::1 key 7',
    application: 'https',
    as_path: '64500 64501',
    custom_1: 12,
    src_as: 64500,
    src_port: 443,
    raw_bytes: 10,
    end: T,
  };
  const hidden = hide.record(record);

  it('has other addresses and names, and the same numbers', () => {
    const { src_as, src_port, raw_bytes, end, application, as_path } = record;
    expect(hidden).toMatchObject({ src_as, src_port, raw_bytes, end, application, as_path });
    expect(hidden).toMatchObject({ src_addr: of('10.1.2.3'), next_hop: of('10.1.2.3'), exporter: of('192.0.2.1') });
    expect(hidden.tunnel).toBe(`gre ${of('10.1.2.3')} > ${of('2001:db8::1')} key 7`);
    expect(hidden.user).toMatch(/^user-[0-9a-f]{16}$/);
    expect(hidden.custom_1).not.toBe(12);
    for (const secret of ['10.1.2.3', '2001:db8::1', '192.0.2.1', '00:1b:44', 'alice', 'chrome'])
      expect(JSON.stringify(hidden)).not.toContain(secret);
  });

  it('tells kinds of names apart, but not a process from a parent of the same name', () => {
    expect(String(hidden.host).slice(-16)).not.toBe(String(hidden.user).slice(-16));
    expect(hidden.parent).toBe(hidden.process);
  });

  it('has MAC addresses of no maker; a group address stays one', () => {
    expect(hidden.src_mac).toMatch(/^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/);
    expect(hidden.dst_mac).toMatch(/^[0-9a-f][37bf](:[0-9a-f]{2}){5}$/);
  });

  it('is the same with the same key only', () => {
    expect(anonymiser(KEY).record(record)).toEqual(hidden);
    const other = anonymiser(Buffer.from('another key of thirty-two bytes.')).record(record);
    for (const name of ['src_addr', 'dst_addr', 'src_mac', 'user'] as const) expect(other[name]).not.toBe(hidden[name]);
  });

  it('loses what it cannot read as an address', () => {
    expect(hide.record({ src_addr: 'secret' })).toEqual({});
  });
});

const STATE = {
  exporter: '192.0.2.1',
  port: 2055,
  domain: 0,
  format: 'netflow9',
  first_seen: T,
  last_seen: T,
  sampling: 1,
  sampling_origin: 'default',
  burst_10ms: 0,
  burst_100ms: 0,
  templates: [],
  agent: '',
};
const EMPTY = { report: 'later', title: 'Later', quality: {}, plan: {} } as unknown as ReportAnswer;

const flows = [
  flow(100, { src_addr: '10.1.2.3', dst_addr: '10.9.0.1', user: 'alice', exporter: '192.0.2.1' }),
  flow(20, { src_addr: '10.1.2.77', dst_addr: '2001:db8:0:1::5', user: 'bob', exporter: '192.0.2.1' }),
  flow(3, { src_addr: '10.1.3.1', dst_addr: '2001:db8:0:1::6', user: 'alice', exporter: '192.0.2.1' }),
];
const SECRETS = /10\.1\.|10\.9\.0|2001:db8|192\.0\.2|alice|bob/;

describe('an answer', () => {
  it('has the same groups and figures under other names', async () => {
    const s = await store(flows);
    const query = { by: ['src_addr', 'user'], metrics: ['bytes'] };
    const plain = await runQuery(s, query, { now: T });
    const hidden = hide.query(plain);
    expect(hidden.rows.map((r) => r.at(-1))).toEqual([100, 20, 3]);
    expect(hidden.rows.map((r) => r[0])).toEqual(['10.1.2.3', '10.1.2.77', '10.1.3.1'].map(of));
    expect(hidden.rows[0]![1]).toBe(hidden.rows[2]![1]);
    expect(hidden.total).toEqual(plain.total);
    expect(JSON.stringify(hidden)).not.toMatch(SECRETS);
  });

  it('by prefix has the prefixes of the changed addresses', async () => {
    const s = await store(flows);
    const { rows } = hide.query(await runQuery(s, { by: ['src_addr/24'], metrics: ['bytes'] }, { now: T }));
    const cut = (address: string) => `${of(address).split('.').slice(0, 3).join('.')}.0/24`;
    expect(rows).toEqual([
      [cut('10.1.2.3'), 120],
      [cut('10.1.3.1'), 3],
    ]);
    expect(cut('10.1.2.3')).toBe(cut('10.1.2.77'));
    const six = hide.query(await runQuery(s, { by: ['dst_addr/0/64'], filter: 'ipv6 or any' }, { now: T }));
    expect(six.rows.map((r) => r[0])).toContain(`${of('2001:db8:0:1::').split(':').slice(0, 4).join(':')}::/64`);
  });

  it('says nothing in its quality either', async () => {
    const counts = { datagrams: 10, records: 90, lost_records: 10, gaps: 1 };
    const ledger = [{ minute: T - (T % 60_000), exporter: '192.0.2.1', domain: 0, counts }];
    const answer = await runQuery(await store(flows, { ledger }), {}, { now: T });
    const hidden = hide.query(answer);
    expect(hidden.quality.lost.exporters).toHaveLength(answer.quality.lost.exporters.length);
    expect(JSON.stringify(hidden.quality)).not.toMatch(SECRETS);
    expect(hidden.quality.sampling).toEqual(answer.quality.sampling);
  });

  it.each(REPORTS.map((r) => r.name))('of the report %s as well', async (name) => {
    const plain = await runReport(await store(flows), name, {}, { now: T, sets: { home: ['10.0.0.0/8'] } });
    const hidden = hide.report(plain);
    expect(JSON.stringify(hidden)).not.toMatch(SECRETS);
    expect(hidden.tables.map((t) => t.rows.length)).toEqual(plain.tables.map((t) => t.rows.length));
  });

  it('of reports has other names for exporters, interfaces and samplers, and the same words', async () => {
    const names = {
      name: 'edge-acme-berlin',
      remedy: {
        cause: 'its options signal sampling for sampler 1 "acme "gold" 1" without an interval',
        remedy: 'set its rate in weir.yaml, e.g. exporters: [{prefix: "192.0.2.1", sampling: 1000}]',
      },
      interfaces: [{ index: 3, name: 'Gi0/3', description: 'acme uplink', speed: 1_000 }],
    };
    const counts = { datagrams: 10, records: 90, error_no_template: 2 };
    const ledger = [{ minute: T - (T % 60_000), exporter: '192.0.2.1', domain: 0, counts }];
    const exporters = [{ ...STATE, ...names }];
    const s = await store([flow(1, { exporter: '192.0.2.1', domain: 0, in_if: 3 })], { ledger, exporters });
    for (const report of ['exporters', 'interfaces']) {
      const hidden = JSON.stringify(hide.report(await runReport(s, report, {}, { now: T })));
      expect(hidden).not.toMatch(/acme|Gi0|192\.0\.2/);
      expect(hidden).toMatch(report === 'interfaces' ? /description-[0-9a-f]{16}/ : /name-[0-9a-f]{16}/);
      if (report === 'interfaces') continue;
      for (const word of ['netflow9', 'no_template', 'without an interval', 'set its rate', of('192.0.2.1')])
        expect(hidden).toContain(word);
    }
    const shares = hide.report(await runReport(s, 'protocols', {}, { now: T }));
    expect(shares.tables[0]!.rows[0]![0]).toBe('tcp');
    const summary = hide.report(await runReport(s, 'summary', {}, { now: T }));
    expect(summary.tables[0]!.rows[0]!.slice(0, 3)).toEqual(['Total Flows', 1, 'flows']);
  });

  it('of a report that declares nothing has no text as it was', () => {
    const table = {
      title: 'T',
      columns: [column('who', 'who', 'text'), column('much', 'much')],
      rows: [['ann 10.1.2.3', '18446744073709551615']],
    };
    const hidden = hide.report({ ...EMPTY, data: { list: [{ who: '4915112345678' }] }, tables: [table] });
    expect(JSON.stringify(hidden)).not.toMatch(/ann|10\.1|4915/);
    expect(hidden.tables[0]!.rows[0]![1]).toBe('18446744073709551615');
  });

  it('of a list of flows, too', async () => {
    const answer = await runFlows(await store(flows), { columns: ['src_addr', 'user'] }, { now: T });
    const records = [];
    for await (const piece of answer.rows) records.push(...piece.map((r) => hide.record(r)));
    expect(records.map((r) => r.src_addr)).toContain(of('10.1.2.3'));
    expect(JSON.stringify([records, hide.header(answer)])).not.toMatch(SECRETS);
  });
});
