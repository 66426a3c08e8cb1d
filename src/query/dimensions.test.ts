import { afterAll, expect, test } from 'vitest';
import type { QueryInput } from './model.ts';
import { runQuery } from './run.ts';
import { type TestFlow, type TestStore, testStore } from './store.testing.ts';

const T = 1_767_225_600_000;
const at = { time: T, end: T, start: T };
const flows: TestFlow[] = [
  {
    ...at,
    src_addr: '10.1.2.3',
    dst_addr: '192.0.2.1',
    src_port: 50_000,
    dst_port: 443,
    direction: 'out',
    src_site: 'north',
    raw_bytes: 1,
  },
  {
    ...at,
    src_addr: '192.0.2.1',
    dst_addr: '10.1.2.9',
    src_port: 443,
    dst_port: 50_000,
    direction: 'in',
    dst_site: 'north',
    raw_bytes: 2,
  },
  {
    ...at,
    src_addr: '2001:db8:0:1::5',
    dst_addr: '10.1.2.3',
    src_port: 7,
    dst_port: 0,
    direction: 'inside',
    src_site: 'south',
    dst_site: 'north',
    raw_bytes: 4,
  },
  {
    ...at,
    src_addr: '192.0.2.1',
    dst_addr: '192.0.2.9',
    src_port: 0,
    dst_port: 53,
    direction: 'through',
    raw_bytes: 8,
  },
  { ...at, src_addr: '10.1.2.3', dst_addr: '10.1.2.4', src_port: 9, dst_port: 8, raw_bytes: 16 },
];
let store: TestStore;
afterAll(() => store?.close());

async function rows(query: Partial<QueryInput>): Promise<unknown[]> {
  store ??= await testStore(flows);
  const answer = await runQuery(store, { metrics: ['bytes'], order: '-bytes', ...query }, { now: T + 1 });
  return answer.rows;
}

test('service_port is the smaller of the two ports that are there', async () => {
  expect(await rows({ by: ['service_port'] })).toEqual([
    [443, 3],
    [7, 4],
    [53, 8],
    [8, 16],
  ]);
});

test('site is that of the end at home', async () => {
  expect(await rows({ by: ['site'] })).toEqual([
    ['north', 3],
    ['south', 4],
    [null, 24],
  ]);
});

test('subnet is the /24 or /64 of the end at home', async () => {
  expect(await rows({ by: ['subnet'] })).toEqual([
    ['10.1.2.0/24', 3],
    ['2001:db8:0:1::/64', 4],
    [null, 24],
  ]);
  const answer = await runQuery(store, { by: ['subnet'], metrics: ['distinct(subnet)'] }, { now: T + 1 });
  expect(answer.columns[0]).toEqual({ name: 'subnet', type: 'prefix', unit: null });
  expect(answer.total['distinct(subnet)']).toBe(2);
});

test('the filter asks for them as they are shown', async () => {
  const of = async (filter: string) => (await rows({ filter }))[0];
  expect(await of('service_port 443')).toEqual([3]);
  expect(await of('service_port in [7-8, 53]')).toEqual([28]);
  expect(await of('site "north"')).toEqual([3]);
  expect(await of('src or dst site "north"')).toEqual([7]);
  expect(await of('subnet 10.1.2.0/24')).toEqual([3]);
  expect(await of('subnet 2001:db8:0:1::/64')).toEqual([4]);
});

test('several of them with columns, in a series', async () => {
  expect(await rows({ by: ['direction', 'site', 'service_port'], every: 60_000 })).toEqual([
    [T, 'out', 'north', 443, 1],
    [T, 'in', 'north', 443, 2],
    [T, 'inside', 'south', 7, 4],
    [T, 'through', null, 53, 8],
    [T, null, null, 8, 16],
  ]);
});

test('a subnet is not cut again', async () => {
  await expect(rows({ by: ['subnet/16'] })).rejects.toThrow('only an address of a record can be cut to a prefix');
});

const asked = { src_addr: '10.1.2.3', dst_addr: '192.0.2.1', src_port: 50_000, dst_port: 443 };
const answered = { src_addr: '192.0.2.1', dst_addr: '10.1.2.3', src_port: 443, dst_port: 50_000 };
const sides: TestFlow[] = [
  { ...at, ...asked, client_side: 'source', raw_bytes: 1 },
  { ...at, ...answered, client_side: 'destination', raw_bytes: 2 },
  { ...at, ...asked, src_addr: '2001:db8::5', dst_addr: '2001:db8::9', client_side: 'source', raw_bytes: 4 },
  { ...at, ...asked, client_side: 'peer', raw_bytes: 8 },
  { ...at, ...asked, raw_bytes: 16 },
];

test('client and server are the ends that ask and are asked; null where nobody knows', async () => {
  const known = await testStore(sides);
  const of = async (query: QueryInput) =>
    (await runQuery(known, { metrics: ['bytes'], order: '-bytes', ...query }, { now: T + 1 })).rows;
  expect(await of({ by: ['client_addr', 'client_port', 'server_addr', 'server_port'] })).toEqual([
    ['10.1.2.3', 50_000, '192.0.2.1', 443, 3],
    ['2001:db8::5', 50_000, '2001:db8::9', 443, 4],
    [null, null, null, null, 24],
  ]);
  expect(await of({ by: ['server_addr/24'] })).toEqual([
    ['192.0.2.0/24', 3],
    ['2001:db8::/64', 4],
    [null, 24],
  ]);
  expect(await of({ filter: 'server_addr 192.0.2.0/24 and client_addr 10.1.2.3' })).toEqual([[3]]);
  expect(await of({ filter: 'server_port 443' })).toEqual([[7]]);
  expect(await of({ filter: 'not client_port > 0' })).toEqual([[24]]);
  await known.close();
});
