import { expect, it } from 'vitest';
import { storesOfEachTest, type TestFlow } from '../store.testing.ts';
import { ports } from './ports.ts';
import { sites } from './sites.ts';

/** The start of a minute. */
const T = 1_700_000_040_000;
const options = { now: T + 120_000 };
const store = storesOfEachTest();

const flow = (raw_bytes: number, more: TestFlow): TestFlow => {
  const times = { time: T, start: T - 1_000, end: T, received: T };
  return { ...times, protocol: 6, raw_bytes, raw_packets: 1, ...more };
};

it('ports ranks protocols and service ports, whichever side the server is on', async () => {
  const s = await store([
    flow(600, { src_port: 50_000, dst_port: 443 }),
    flow(900, { src_port: 443, dst_port: 50_001, time: T + 60_000 }),
    flow(60, { src_port: 40_000, dst_port: 53, protocol: 17 }),
    flow(1, { src_port: 22, dst_port: 23 }),
  ]);
  const { tables, data } = await ports.run(s, { limit: 2, from: T, to: T + 120_000 }, options);
  expect(tables[0]!.columns.map((c) => c.title)).toEqual(['protocol', 'port', 'bytes', 'packets', 'flows', 'peak']);
  expect(tables[0]!.rows).toEqual([
    [6, 443, 1500, 2, 2, 120],
    [17, 53, 60, 1, 1, 8],
  ]);
  expect(data.total).toMatchObject({ bytes: 1561, flows: 4 });
  expect(data.ports[0]).toMatchObject({ service_port: 443, peak_bps: 120 });
});

it('sites tells out from in, and counts hosts', async () => {
  const s = await store([
    flow(60, { direction: 'out', src_site: 'north', src_addr: '10.0.0.1' }),
    flow(30, { direction: 'out', src_site: 'north', src_addr: '10.0.0.2' }),
    flow(10, { direction: 'in', dst_site: 'north', dst_addr: '10.0.0.1' }),
    flow(5, { direction: 'inside', src_site: 'south', dst_site: 'north', src_addr: '10.1.0.1' }),
    flow(1, { direction: 'through' }),
  ]);
  const { tables, data } = await sites.run(s, { limit: 2, from: T, to: T + 60_000 }, options);
  expect(tables[0]!.rows).toEqual([
    ['north', 100, 90, 10, 0, 90, 3, 3, (100 * 8) / 60, 2, 1],
    ['south', 5, 0, 0, 5, null, 1, 1, (5 * 8) / 60, 0, 0],
  ]);
  expect(data.total).toMatchObject({ bytes: 106, hosts_out: 2, hosts_in: 1 });
});

it('sites says what to configure where nothing is known to be inside', async () => {
  await expect(sites.run(await store([flow(1, {})]), {}, options)).rejects.toThrow('set `home`');
});

it('sites tells how far flows go, by bytes, packets and flows', async () => {
  const s = await store([
    flow(86, { direction: 'inside', reach: 'on_site' }),
    flow(7, { direction: 'out', reach: 'off_site' }),
    flow(7, { direction: 'in', reach: 'off_site' }),
  ]);
  const { tables } = await sites.run(s, { from: T, to: T + 60_000 }, options);
  expect(tables[1]!.rows).toEqual([
    ['on_site', 86, 86, 1, 33.3, 1, 33.3],
    ['off_site', 14, 14, 2, 66.7, 2, 66.7],
  ]);
});
