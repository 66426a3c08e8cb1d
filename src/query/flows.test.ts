import { describe, expect, it } from 'vitest';
import { type FlowsQueryInput, runFlows, runQuery } from './index.ts';
import { storesOfEachTest, type TestFlow, type TestStore } from './store.testing.ts';

const T = 1_700_000_000_000;
const store = storesOfEachTest();

async function listed(s: TestStore, query: FlowsQueryInput = {}) {
  const answer = await runFlows(s, query, { now: T });
  const records = [];
  for await (const piece of answer.rows) records.push(...piece);
  return { answer, records };
}

const flow = (n: number, more: TestFlow = {}): TestFlow => {
  return { time: T + n, start: T, end: T + n, received: T + n, protocol: 6, raw_bytes: n, raw_packets: 1, ...more };
};

describe('runFlows', () => {
  it('gives records as objects without what is not known', async () => {
    const more = {
      src_addr: '10.0.0.1',
      dst_addr: '2001:db8::1',
      sampling: 100,
      sampling_origin: 'options',
      tcp_flags: 18,
    };
    const { answer, records } = await listed(await store([flow(7, more)]));
    expect(records).toEqual([
      {
        start: T,
        end: T + 7,
        received: T + 7,
        time: T + 7,
        src_addr: '10.0.0.1',
        dst_addr: '2001:db8::1',
        src_port: 0,
        dst_port: 0,
        protocol: 6,
        raw_bytes: 7,
        raw_packets: 1,
        sampling: 100,
        sampling_origin: 'options',
        tcp_flags: 18,
        tos: 0,
        domain: 0,
        bytes: 700,
        packets: 100,
      },
    ]);
    expect(answer.total).toEqual({ bytes: 700, packets: 100, records: 1 });
    expect(answer.columns.slice(0, 5).map((c) => c.type)).toEqual(['time', 'time', 'time', 'time', 'address']);
    expect(answer.quality.scans.status).toBe('not_assessed');
  });

  it('shows who asked whom, where that is known', async () => {
    const ends = { src_addr: '192.0.2.1', dst_addr: '10.0.0.1', src_port: 443, dst_port: 50_000 };
    const s = await store([flow(1, { ...ends, client_side: 'destination' }), flow(2, ends)]);
    const { answer, records } = await listed(s, { columns: ['client_addr', 'server_addr', 'server_port', 'bytes'] });
    expect(records).toEqual([
      { bytes: 2 },
      { client_addr: '10.0.0.1', server_addr: '192.0.2.1', server_port: 443, bytes: 1 },
    ]);
    expect(answer.columns.map((c) => c.type)).toEqual(['address', 'address', 'integer', 'integer']);
    await expect(listed(s, { columns: ['subnet'] })).rejects.toThrow('subnet');
  });

  it('shows MAC addresses as text, and not at all where they are not known', async () => {
    const s = await store([flow(1, { src_mac: 0x0a0b0c0d0e0fn, dst_mac: 0x1122334455n })]);
    const columns = ['src_mac', 'dst_mac'];
    const { answer, records } = await listed(s, {
      columns,
      filter: 'src mac 0a:0b:0c:0d:0e:0f and mac 0:11:22:33:44:55',
    });
    expect(records).toEqual([{ src_mac: '0a:0b:0c:0d:0e:0f', dst_mac: '00:11:22:33:44:55' }]);
    expect(answer.columns.map((c) => c.type)).toEqual(['text', 'text']);
    expect((await listed(await store([flow(1)]), { columns })).records).toEqual([{}]);
    const grouped = await runQuery(s, { by: ['src_mac'], metrics: ['records'] }, { now: T });
    expect(grouped.rows).toEqual([['0a:0b:0c:0d:0e:0f', 1]]);
  });

  it.each([
    ['-time', [30, 20, 10]],
    ['time', [10, 20, 30]],
    ['bytes', [30, 20, 10]],
    ['-bytes', [10, 20, 30]],
    ['duration', [30, 20, 10]],
  ] as const)('orders by %s', async (order, expected) => {
    const s = await store([20, 10, 30].map((n) => flow(n)));
    const { records } = await listed(s, { order, columns: ['raw_bytes'] });
    expect(records.map((r) => r.raw_bytes)).toEqual(expected);
    const two = await listed(s, { order, limit: 2 });
    expect(two.records.map((r) => r.raw_bytes)).toEqual(expected.slice(0, 2));
    expect(two.answer.total.records).toBe(3);
  });

  it('streams as stored, as many as there are', async () => {
    const s = await store(Array.from({ length: 3_000 }, (_, n) => flow(n)));
    const { records } = await listed(s, { order: 'stored', limit: 5_000_000, columns: ['raw_bytes'] });
    expect(new Set(records.map((r) => r.raw_bytes)).size).toBe(3_000);
    expect(s.statements.join()).not.toContain('ORDER BY');
    expect((await listed(s, { order: 'stored', limit: 7 })).records).toHaveLength(7);
    await expect(listed(s, { limit: 1_000_001 })).rejects.toThrow('at most 1000000 records in an order');
  });

  it('orders by what sampling makes of the bytes', async () => {
    const s = await store([flow(10), flow(1, { sampling: 4_294_967_295 }), flow(2, { raw_bytes: 2n ** 64n - 1n })]);
    const { records } = await listed(s, { order: 'bytes', columns: ['bytes', 'duration'] });
    expect(records).toEqual([
      { bytes: String(2n ** 64n - 1n), duration: 2 },
      { bytes: 4_294_967_295, duration: 1 },
      { bytes: 10, duration: 10 },
    ]);
  });

  it('filters', async () => {
    const s = await store([flow(1), flow(2, { protocol: 17 })]);
    const { answer, records } = await listed(s, { filter: 'proto udp', columns: ['protocol'] });
    expect(records).toEqual([{ protocol: 17 }]);
    expect(answer.total.records).toBe(1);
    expect((await listed(s, { filter: 'bytes > 5' })).records).toEqual([]);
  });

  it('gives its view back when reading stops early, fails, or never begins', async () => {
    const s = await store(Array.from({ length: 5_000 }, (_, n) => flow(n)));
    const early = await runFlows(s, { limit: 5_000 }, { now: T });
    for await (const piece of early.rows) {
      expect(piece.length).toBeLessThan(5_000);
      break;
    }
    expect(s.open()).toBe(0);
    const thrown = await runFlows(s, { limit: 5_000 }, { now: T });
    await expect(
      (async () => {
        for await (const _ of thrown.rows) throw new Error('the reader fell over');
      })(),
    ).rejects.toThrow('fell over');
    expect(s.open()).toBe(0);
    const unread = await runFlows(s, {}, { now: T });
    await unread.close();
    await unread.close();
  });

  it('refuses a column that does not exist, with the nearest one', async () => {
    const s = await store([]);
    await expect(listed(s, { columns: ['src_prt'] })).rejects.toThrow(
      /unknown column "src_prt"; did you mean src_port/,
    );
    await expect(listed(s, { columns: [] })).rejects.toMatchObject({ code: 'usage' });
    expect((await listed(s)).records).toEqual([]);
  });
});
