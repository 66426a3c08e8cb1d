import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../base/index.ts';
import { LocalStore } from '../store/index.ts';
import { mixedBatch, seeded } from '../store/rollup/history.testing.ts';
import { put, readerOf, storeOptions, T0, tempRoot } from '../store/store.testing.ts';
import { type QueryInput, runFlows, runQuery, runReport } from './index.ts';
import { type TestFlow, type TestStore, testStore } from './store.testing.ts';

const T = 1_700_000_000_000;
const flow = (more: TestFlow): TestFlow => ({ time: T, protocol: 6, raw_bytes: 100n, raw_packets: 2n, ...more });
/** What two sockets of one host exchange is metered at both; what a router exported was compared with nothing. */
const COUNTED = flow({ process: 'curl', duplicate: 'no' });
const COPY = flow({ process: 'nginx', duplicate: 'yes', raw_bytes: 104n, sampling: 10 });
const UNJUDGED = flow({ exporter: '192.0.2.1' });

const open: TestStore[] = [];
afterEach(() => {
  for (const store of open.splice(0)) store.close();
});
async function store(flows: readonly TestFlow[]): Promise<TestStore> {
  const made = await testStore(flows);
  open.push(made);
  return made;
}
const ask = async (flows: readonly TestFlow[], input: QueryInput = {}) =>
  runQuery(await store(flows), { metrics: ['bytes', 'packets', 'records'], ...input }, { now: T + 1 });

const NOTHING = { records: 0, bytes: 0, packets: 0 };

describe('duplicates', () => {
  it('are left out, and what was left out is said', async () => {
    const { total, rows, quality } = await ask([COUNTED, COPY, COPY], { by: ['process'] });
    expect(rows).toEqual([['curl', 100, 2, 1]]);
    expect(total).toEqual({ bytes: 100, packets: 2, records: 1 });
    expect(quality.duplicates).toEqual({
      status: 'assessed',
      left_out: { records: 2, bytes: 2_080, packets: 40 },
    });
  });

  it('may be among the records of several exporters that nobody compared: how many they are is said', async () => {
    const minute = Math.floor(T / 60_000) * 60_000;
    const entry = (exporter: string, records: number) => ({ minute, exporter, domain: 0, counts: { records } });
    const ledger = [entry('192.0.2.1', 3), entry('192.0.2.1', 1), entry('192.0.2.2', 2), entry('192.0.2.3', 0)];
    const uncompared = async (flows: readonly TestFlow[], filter = '') => {
      const made = await testStore(flows, { ledger });
      open.push(made);
      const { quality } = await runQuery(made, { filter, metrics: ['bytes'] }, { now: T + 60_000 });
      return quality.duplicates.uncompared_exporters;
    };
    expect(await uncompared([UNJUDGED])).toBe(2);
    expect(await uncompared([COUNTED, UNJUDGED])).toBe(2);
    expect(await uncompared([UNJUDGED], 'exporter 192.0.2.1')).toBeUndefined();
    expect(await uncompared([COUNTED, COPY])).toBeUndefined();
  });

  it('count where that is asked for', async () => {
    const { total, quality } = await ask([COUNTED, COPY], { duplicates: 'all' });
    expect(total).toEqual({ bytes: 1_140, packets: 22, records: 2 });
    expect(quality.duplicates).toEqual({ status: 'assessed', included: true, left_out: NOTHING });
  });

  it.each<QueryInput>([{ filter: 'duplicate = "yes"' }, { by: ['duplicate'] }])(
    'count where a question names the column: %o',
    async (input) => {
      const { total, quality } = await ask([COUNTED, COPY], input);
      expect(total.records).toBe(input.by ? 2 : 1);
      expect(total.bytes).toBe(input.by ? 1_140 : 1_040);
      expect(quality.duplicates).toMatchObject({ included: true });
    },
  );

  it('are known in part where some records were compared with nothing, and not at all where none was', async () => {
    const status = async (flows: readonly TestFlow[], input?: QueryInput) =>
      (await ask(flows, input)).quality.duplicates.status;
    expect(await status([COUNTED, COPY, UNJUDGED])).toBe('partly_assessed');
    expect(await status([COUNTED, COPY, UNJUDGED], { filter: 'exporter = 192.0.2.1' })).toBe('not_assessed');
    expect(await status([COUNTED])).toBe('assessed');
    expect(await status([UNJUDGED])).toBe('not_assessed');
    expect(await status([])).toBe('not_assessed');
  });

  it('are left out of the earlier range of a comparison as well', async () => {
    const { previous } = await ask([COUNTED, { ...COUNTED, time: T - 60_000 }, { ...COPY, time: T - 60_000 }], {
      from: T - 30_000,
      to: T + 30_000,
      previous: 60_000,
    });
    expect(previous!.total.records).toBe(1);
    expect(previous!.quality.duplicates).toMatchObject({ left_out: { records: 1 } });
  });

  it('are left out of lists, exports and reports', async () => {
    const flows = [COUNTED, COPY];
    const listed = async (duplicates?: 'all') => {
      const answer = await runFlows(await store(flows), { ...(duplicates ? { duplicates } : {}) }, { now: T + 1 });
      const rows = [];
      for await (const piece of answer.rows) rows.push(...piece);
      return { processes: rows.map((row) => row.process).sort(), quality: answer.quality };
    };
    expect((await listed()).processes).toEqual(['curl']);
    expect((await listed()).quality.duplicates).toMatchObject({ left_out: { records: 1 } });
    expect((await listed('all')).processes).toEqual(['curl', 'nginx']);
    const report = await runReport(await store(flows), 'summary', {}, { now: T + 1 });
    expect(report.quality.duplicates).toMatchObject({ left_out: { records: 1, bytes: 1_040 } });
  });

  it('are left out alike by records and by roll-ups, also where records stand in for these', async () => {
    const temp = tempRoot();
    const clock = new ManualClock(T0);
    const local = await LocalStore.open(storeOptions(temp.root, clock));
    const random = seeded(3);
    const put_ = (rows: number, from: number, to: number) => {
      const batch = mixedBatch(rows, { from, to }, random);
      for (let i = 0; i < rows; i++) batch.u8('duplicate')[i] = i % 3;
      put(local, batch, T0);
    };
    put_(900, T0 - 7_200_000, T0 - 3_600_000);
    await local.flush();
    await local.makeHistory();
    clock.advance(3_600_000);
    await local.makeHistory();
    put_(300, T0 - 600_000, T0);
    const reader = await readerOf(local);
    const asked = (force: 'raw' | 'history', more: QueryInput = {}) =>
      runQuery(
        reader,
        { by: ['protocol'], metrics: ['records', 'bytes'], from: T0 - 7_200_000, to: T0, ...more },
        { now: T0, force },
      );
    try {
      const [raw, rolled] = [await asked('raw'), await asked('history')];
      expect(raw.plan.level).toBe('raw');
      expect(rolled.plan.level).not.toBe('raw');
      expect(raw.total.records).toBe(800);
      expect(rolled.rows).toEqual(raw.rows);
      expect(rolled.total).toEqual(raw.total);
      expect(raw.quality.duplicates).toMatchObject({ status: 'partly_assessed', left_out: { records: 400 } });
      expect(rolled.quality.duplicates).toEqual(raw.quality.duplicates);
      const all = await asked('history', { duplicates: 'all' });
      expect(all.plan).toMatchObject({ level: 'raw', reason: 'flow records were read: roll-ups have no duplicates' });
      expect(all.total.records).toBe(1_200);
    } finally {
      await reader.close();
      await local.close();
      temp.remove();
    }
  });
});
