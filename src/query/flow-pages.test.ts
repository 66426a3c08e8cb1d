import { describe, expect, it } from 'vitest';
import { type FlowsQueryInput, runFlows } from './index.ts';
import { storesOfEachTest, type TestFlow, type TestStore } from './store.testing.ts';

const T = 1_700_000_000_000;
const store = storesOfEachTest();
const ORDERS = ['time', '-time', 'bytes', '-bytes', 'packets', '-packets', 'duration', '-duration'] as const;

async function pageOf(s: TestStore, query: FlowsQueryInput) {
  const { next, rows } = await runFlows(s, query, { now: T });
  const records = [];
  for await (const piece of rows) records.push(...piece);
  return { next, records };
}

/** All pages, one after the other; `between` runs after each. */
async function allPages(s: TestStore, query: FlowsQueryInput, between = async (_page: number) => s) {
  const pages = [];
  let from = s;
  for (let page: string | null | undefined = 'first'; typeof page === 'string'; ) {
    const { next, records } = await pageOf(from, { ...query, page });
    pages.push(records);
    expect(pages.length).toBeLessThan(500);
    page = next;
    from = await between(pages.length);
  }
  return pages;
}

/** Few values, so that many records have the same, and some are the same in everything. */
function flows(count: number, seed: number): TestFlow[] {
  let state = seed;
  const below = (n: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * n);
  };
  return Array.from({ length: count }, () => {
    const start = T + below(4);
    const end = start + below(3);
    const raw = { raw_bytes: below(3), raw_packets: below(2), sampling: 1 + below(2) };
    return { start, end, time: end, received: T, protocol: 6, src_port: below(3), ...raw };
  });
}

const textsOf = (records: readonly object[]) => records.map((r) => JSON.stringify(r));

describe('pages of records', () => {
  it.each(ORDERS)('are together the whole list, in the order %s, without gaps and repeats', async (order) => {
    const s = await store(flows(90, 7));
    const { records: whole } = await pageOf(s, { order, limit: 1_000 });
    for (const limit of [23, 90, 91]) {
      const pages = await allPages(s, { order, limit });
      expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      expect(textsOf(pages.flat()).sort()).toEqual(textsOf(whole).sort());
      const field = order.replace('-', '') as 'time' | 'bytes' | 'packets' | 'duration';
      const columns = [field, 'time'];
      const keys = (await allPages(s, { order, limit, columns })).flat();
      expect(keys).toEqual((await pageOf(s, { order, limit: 1_000, columns })).records);
    }
  });

  it('keep the records that were there when records arrive between them', async () => {
    const before = flows(40, 3).map((flow, i) => ({ ...flow, domain: i }));
    for (const order of ['-time', 'bytes'] as const) {
      const seen = await allPages(await store(before), { order, limit: 15 }, (page) =>
        store([...flows(page * 5, 11).map((flow) => ({ ...flow, domain: 1_000 })), ...before]),
      );
      const domains = seen.flat().map((record) => Number(record.domain));
      const old = domains.filter((domain) => domain < 1_000).sort((a, b) => a - b);
      expect(old).toEqual(before.map((_, i) => i));
    }
  });

  it('show records that are the same in everything as often as there are', async () => {
    const same: TestFlow = { start: T, end: T, time: T, received: T, protocol: 6, raw_bytes: 1, raw_packets: 1 };
    const s = await store(Array.from({ length: 23 }, () => same));
    const pages = await allPages(s, { limit: 5 });
    expect(pages.map((page) => page.length)).toEqual([5, 5, 5, 5, 3]);
    expect((await allPages(await store([]), { limit: 5 })).flat()).toEqual([]);
  });

  it('keep to filter and range, and tell the total of the whole list on each', async () => {
    const s = await store(flows(60, 5));
    const query = { filter: 'src port 1', from: T, to: T + 4, limit: 6 };
    const { page: _, ...whole } = { ...query, page: '', limit: 1_000 };
    const pages = await allPages(s, query);
    const { records } = await pageOf(s, whole);
    expect(textsOf(pages.flat()).sort()).toEqual(textsOf(records).sort());
    const first = await runFlows(s, { ...query, page: 'first' }, { now: T });
    await first.close();
    const second = await runFlows(s, { ...query, page: first.next! }, { now: T });
    await second.close();
    expect(second.total).toEqual(first.total);
    expect(first.total.records).toBe(records.length);
  });

  it('refuse what is no cursor, one of another order, and an order that has none', async () => {
    const s = await store(flows(20, 1));
    const { next } = await pageOf(s, { limit: 5, page: 'first' });
    const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const page of [
      '',
      'second',
      cursor(null),
      cursor(['-time', ["1'"], '1', 1]),
      cursor(['-time', ['1', '2', '3'], '1', 1]),
      cursor(['-time', ['1', '2'], '1', 1]),
      cursor(['-time', ['1'], '1', -1]),
      cursor(['-time', ['1'], '1; DROP TABLE flows', 1]),
    ]) {
      await expect(pageOf(s, { page }), page).rejects.toMatchObject({ code: 'usage' });
    }
    await expect(pageOf(s, { page: next!, order: 'bytes' })).rejects.toThrow('in the order -time, not bytes');
    await expect(pageOf(s, { page: 'first', order: 'stored' })).rejects.toThrow('has no pages');
    expect(s.open()).toBe(0);
  });
});
