import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestStore, testStore } from '../query/store.testing.ts';
import { testApi } from './api.testing.ts';
import type { Api } from './api-schema.ts';
import { loadConfig } from './config.ts';
import { SETTING_NAMES } from './settings.ts';

const scratch = mkdtempSync(join(tmpdir(), 'weir-settings-'));
const SECRETS = ['s3cret-token', 's3cret-query', 's3cret-community'];
const FILE = `
http_token: s3cret-token-of-this-node
home: [10.0.0.0/8, 2001:db8::/32]
sites:
  berlin: {prefixes: [10.1.0.0/16], exporters: [192.0.2.1], vlans: ['192.0.2.9:7']}
subnets: {phones: [10.1.9.0/24]}
retention_age: 90d
blocklists:
  - {name: own, url: "https://lists.example/own.txt?key=s3cret-query"}
snmp:
  - {prefix: 192.0.2.0/24, version: 2c, community_file: ${join(scratch, 'community')}}
`;
let store: TestStore;
let api: Api;

beforeAll(async () => {
  store = await testStore([]);
  writeFileSync(join(scratch, 'community'), 's3cret-community\n', { mode: 0o600 });
  writeFileSync(join(scratch, 'weir.yaml'), FILE, { mode: 0o600 });
  const sources = {
    file: join(scratch, 'weir.yaml'),
    env: { WEIR_QUERY_THREADS: '1' },
    flags: { log: 'json' },
  };
  api = await testApi(store, scratch, { config: loadConfig(sources) });
});
afterAll(() => store.close());

describe('GET /api/v1/settings', () => {
  it('has every setting with its value, and where it was set: file, variable, flag or nowhere', async () => {
    const { settings } = (await api.inject({ url: '/api/v1/settings' })).json();
    expect(settings.map(({ name }: { name: string }) => name)).toEqual(SETTING_NAMES);
    const of = (name: string) => {
      const { value, set_by } = settings.find((s: { name: string }) => s.name === name);
      return [value, set_by];
    };
    const file = join(scratch, 'weir.yaml');
    expect(of('retention_age')).toEqual(['90d', `${file}: retention_age`]);
    expect(of('query_threads')).toEqual(['1', 'WEIR_QUERY_THREADS']);
    expect(of('log')).toEqual(['json', '--log']);
    expect(of('netflow')).toEqual(['0.0.0.0:2055', null]);
    expect(of('home')).toEqual(['10.0.0.0/8, 2001:db8::/32', `${file}: home`]);
  });

  it('has home, sites and subnets as pages show them', async () => {
    const { networks } = (await api.inject({ url: '/api/v1/settings' })).json();
    expect(networks).toEqual({
      home: ['10.0.0.0/8', '2001:db8::/32'],
      sites: { berlin: { prefixes: ['10.1.0.0/16'], exporters: ['192.0.2.1'], vlans: 1 } },
      subnets: { phones: ['10.1.9.0/24'] },
    });
  });

  it('tells no secret: of what may hold one it says whether it is set', async () => {
    const { payload } = await api.inject({ url: '/api/v1/settings' });
    for (const secret of SECRETS) expect(payload).not.toContain(secret);
    const { settings } = JSON.parse(payload);
    const values = ['http_token', 'blocklists', 'snmp'].map(
      (name) => settings.find((s: { name: string }) => s.name === name).value,
    );
    expect(values).toEqual(['set', '1', '1']);
  });

  it('is not there for a door that was given no settings', async () => {
    const other = await testApi(store, scratch);
    expect((await other.inject({ url: '/api/v1/settings' })).statusCode).toBe(404);
  });
});
