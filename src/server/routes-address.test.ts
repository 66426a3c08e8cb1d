import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestStore, testStore } from '../query/store.testing.ts';
import { testApi } from './api.testing.ts';
import type { Api } from './api-schema.ts';
import { addressLookUp } from './places/address-look-up.ts';
import { makePlaces } from './places/make-places.ts';

const T = Date.UTC(2026, 10, 22);
const folder = mkdtempSync(join(tmpdir(), 'weir-address-'));
let store: TestStore;
let api: Api;
let bare: Api;
/** How often the tables were opened. */
let made = 0;

beforeAll(async () => {
  const [directory, path] = [join(folder, 'places'), join(folder, 'drop.txt')];
  writeFileSync(path, '8.8.8.0/25\n198.51.100.0/24\n');
  const list = { name: 'drop', path, revision: '1' };
  const networks = { home: ['10.0.0.0/8'], sites: { berlin: ['10.1.0.0/16'] } };
  const table = await makePlaces(
    { directory, files: [], bundled: true, blocklists: [list], networks, forgets: false },
    () => {},
  );
  const origin = { ...list, source: 'https://lists.example/drop', fetchedMs: T };
  const lookUps = () => {
    made++;
    return addressLookUp(directory, table, [origin]);
  };
  store = await testStore([]);
  api = await testApi(store, folder, { labels: { networks, lookUps } });
  bare = await testApi(store, folder, { labels: { networks: { home: [], sites: {} } } });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const asked = async (from: Api, address: string) =>
  (await from.inject({ url: `/api/v1/address/${encodeURIComponent(address)}` })).json();

describe('GET /api/v1/address/ADDRESS', () => {
  it('says whose an address is and where, on which lists it is, and by which data', async () => {
    expect(await asked(api, '8.8.8.8')).toMatchObject({
      address: '8.8.8.8',
      place: '8.8.8.8 is in no home network',
      asn: 15_169,
      as_name: 'Google LLC',
      as_from: {
        range: '8.8.8.0/24',
        source: expect.stringMatching(/^@ip-location-db\/asn/),
        made: expect.any(Number),
      },
      country: 'US',
      country_from: { source: expect.stringContaining('@ip-location-db') },
      lists: [{ list: 'drop', prefix: '8.8.8.0/25', source: 'https://lists.example/drop', fetched: T }],
    });
    expect(await asked(api, '2001:4860:4860::8888')).toMatchObject({ asn: 15_169, lists: [] });
  });

  it('reads the tables once for addresses that are looked up one after the other', async () => {
    const before = made;
    for (const address of ['8.8.4.4', '1.1.1.1', '9.9.9.9']) await asked(api, address);
    expect(made - before).toBeLessThanOrEqual(1);
  });

  it('says of an address at home where it is, and what nobody knows of it', async () => {
    expect(await asked(api, '10.1.2.3')).toEqual({
      address: '10.1.2.3',
      place: expect.stringContaining('10.1.0.0/16'),
      ...{ asn: null, as_name: null, as_from: null, country: null, country_from: null, lists: [] },
    });
  });

  it('says what it was not told rather than that there is none', async () => {
    expect(await asked(bare, '8.8.8.8')).toMatchObject({ place: null, asn: null, country: null, lists: [] });
  });

  it.each(['8.8.8', 'example.org', '::1%eth0', '<script>', '8.8.8.8/24', ' '])('refuses %s', async (text) => {
    const { error, ...more } = await asked(api, text);
    expect({ ...error, ...more }).toMatchObject({ code: 'usage', message: expect.stringContaining('is no address') });
  });

  it('refuses what is longer than any address', async () => {
    expect((await api.inject({ url: `/api/v1/address/${'1'.repeat(5_000)}` })).statusCode).toBe(414);
  });
});
