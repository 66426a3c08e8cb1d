import { expect, it } from 'vitest';
import { ManualClock } from '../base/index.ts';
import { LocalStore } from '../store/index.ts';
import { mixedBatch, seeded } from '../store/rollup/history.testing.ts';
import { put, readerOf, storeOptions, T0, tempRoot } from '../store/store.testing.ts';
import { qualityLine } from '../truth/index.ts';
import type { QueryInput } from './model.ts';
import { runQuery } from './run.ts';
import { storesOfEachTest, type TestFlow } from './store.testing.ts';

const T = 1_700_000_040_000;
const HOUR = 3_600_000;
const store = storesOfEachTest();
const flow = (raw_bytes: number, more: TestFlow): TestFlow => {
  return { time: T, start: T - 1_000, end: T, received: T, protocol: 6, raw_bytes, raw_packets: 1, ...more };
};
const FLOWS = [
  flow(600, { application: 'tls', application_evidence: 'payload', client_side: 'source', dst_port: 443 }),
  flow(300, { application: 'tls', application_evidence: 'port', client_side: 'destination', src_port: 443 }),
  flow(50, { application: 'ssh', application_evidence: 'port', client_side: 'peer' }),
  flow(50, {}),
];

async function qualityOf(query: Partial<QueryInput>, flows: readonly TestFlow[] = FLOWS) {
  const asked = { metrics: ['bytes'], from: T - 60_000, to: T + 60_000, ...query };
  return (await runQuery(await store(flows), asked, { now: T + 60_000 })).quality;
}

it.each([
  { by: ['application'] },
  { by: ['category', 'direction'] },
  { by: ['service'], every: 60_000 },
  { by: ['src_addr'], filter: 'not application = dns' },
])('%o says how much was named by the port alone', async (query) => {
  const { names } = await qualityOf(query);
  expect(names).toEqual({ status: 'assessed', by_port_bytes: 0.35, by_port_flows: 0.5 });
});

it('it is of what the filter takes, and of what counts', async () => {
  const { names } = await qualityOf({ filter: 'application = tls' });
  expect(names).toMatchObject({ by_port_bytes: 300 / 900, by_port_flows: 0.5 });
  const copy = { ...FLOWS[1]!, duplicate: 'yes' as const };
  expect((await qualityOf({ filter: 'application = tls' }, [...FLOWS, copy])).names).toEqual(names);
});

it('nothing is said where nothing is named, nothing matches, or the question itself says how names are known', async () => {
  expect(await qualityOf({ by: ['src_addr'] })).not.toHaveProperty('names');
  expect(await qualityOf({ by: ['src_addr'] })).not.toHaveProperty('clients');
  expect(await qualityOf({ filter: 'application = nothing' })).not.toHaveProperty('names');
  expect(await qualityOf({ by: ['application', 'application_evidence'] })).not.toHaveProperty('names');
});

it('questions about clients and servers say of how much these are not known', async () => {
  const unknown = { status: 'assessed', unknown_bytes: 0.1, unknown_flows: 0.5 };
  expect((await qualityOf({ by: ['server_addr'] })).clients).toEqual(unknown);
  expect((await qualityOf({ by: ['client_side'] })).clients).toEqual(unknown);
  const quality = await qualityOf({ filter: 'server_port 443', by: ['application'] });
  expect(quality.clients).toMatchObject({ unknown_bytes: 0 });
  expect(qualityLine(quality)).toContain('named by port alone: 33 % of bytes, 50 % of flows');
  expect(qualityLine(quality)).not.toContain('client not known');
  expect(qualityLine(await qualityOf({ by: ['client_addr'] }))).toContain(
    'client not known: 10 % of bytes, 50 % of flows',
  );
});

it('history says the same', async () => {
  const temp = tempRoot();
  const clock = new ManualClock(T0);
  const kept = await LocalStore.open(storeOptions(temp.root, clock));
  const range = { from: T0 - 3 * HOUR, to: T0 };
  const batch = mixedBatch(500, range, seeded(7));
  // Known by nothing, by the port, by a name.
  for (let i = 0; i < batch.rows; i++) batch.u8('application_evidence')[i] = batch.u32('application')[i]!;
  put(kept, batch, T0);
  await kept.flush();
  await kept.makeHistory();
  const reader = await readerOf(kept);
  const ask = (query: Partial<QueryInput>, force: 'raw' | 'history') =>
    runQuery(reader, { ...range, metrics: ['bytes', 'flows'], ...query }, { now: T0, force });
  for (const query of [{ by: ['application'] }, { by: ['category'], filter: 'direction = in' }, { by: ['service'] }]) {
    const [records, history] = [await ask(query, 'raw'), await ask(query, 'history')];
    expect(history.plan.level).not.toBe('raw');
    expect(records.quality.names).toHaveProperty('by_port_bytes', expect.not.closeTo(0, 1));
    expect(history.quality.names).toEqual(records.quality.names);
  }
  await reader.close();
  await kept.close();
  temp.remove();
});
