import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NO_HOME } from '../label/index.ts';
import { storesOfEachTest } from '../query/store.testing.ts';
import { testApi } from './api.testing.ts';
import type { NamesAnswer } from './label-names.ts';

const T = Date.UTC(2026, 10, 22, 9, 30);
const store = storesOfEachTest();
const FLOW = {
  time: T,
  start: T,
  end: T,
  received: T,
  raw_bytes: 10,
  raw_packets: 1,
  protocol: 6,
  application: 'http',
};
const OWN = {
  applications: { billing: { tcp: [7_000], category: 'Business' }, http: { tcp: [8_123] } },
  services: { intranet: { domains: ['intra.example'] } },
};

async function answers(urls: readonly string[]): Promise<Record<string, unknown>[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'weir-names-'));
  const app = await testApi(await store([FLOW]), scratch, { labels: { networks: NO_HOME, naming: OWN } });
  const replies = [];
  for (const url of urls) {
    const reply = await app.inject({ method: 'GET', url: `/api/v1/${url}`, headers: { host: '127.0.0.1' } });
    replies.push(reply.json<Record<string, unknown>>());
  }
  await app.close();
  rmSync(scratch, { recursive: true });
  return replies;
}

it('lists the names that flows can get, those of the configuration among them', async () => {
  const [all, services, wrong] = await answers([
    'label/names',
    'label/names?kind=services',
    'label/names?kind=servces',
  ]);
  const { scheme, applications, categories, evidence } = all as NamesAnswer;
  expect(scheme).toBe('default');
  expect(applications!.find((a) => a.name === 'ssh')).toMatchObject({
    tcp: [22],
    category: 'Remote log-in',
    own: false,
  });
  expect(applications!.find((a) => a.name === 'billing')).toMatchObject({
    tcp: [7_000],
    category: 'Business',
    own: true,
  });
  expect(applications!.filter((a) => a.name === 'http')).toEqual([
    expect.objectContaining({ tcp: expect.arrayContaining([80, 8_123]), own: true }),
  ]);
  expect(categories!.find((c) => c.name === 'Business')!.applications).toBeGreaterThan(0);
  expect(evidence!.map((e) => e.name)).toEqual([
    'rule',
    'process',
    'exporter',
    'payload',
    'state',
    'name',
    'port',
    'none',
  ]);
  expect(Object.keys(services!).sort()).toEqual(['scheme', 'services']);
  expect((services as NamesAnswer).services!.find((s) => s.name === 'intranet')!.domains).toEqual(['intra.example']);
  expect(JSON.stringify(wrong)).toContain('usage');
});

it('an answer without rows says which name of its filter no flow can have, and the nearest that one can', async () => {
  const query = (filter: string) => `query?metrics=flows&filter=${encodeURIComponent(filter)}`;
  const notes = (await answers([
    query('application = "htp"'),
    query('service in ["intranett" "youtube"] or not category = "Wbe"'),
    query('application = "billing"'),
    query('application = "http" or application = "htp"'),
    query('application = "zzzzzzzzzzzz"'),
    `flows?filter=${encodeURIComponent('application = "htp"')}`,
  ])) as { notes?: string[] }[];
  expect(notes.map((answer) => answer.notes)).toEqual([
    ['no application is called "htp": did you mean http? (weir label list applications)'],
    // `not` has rows.
    undefined,
    undefined,
    undefined,
    ['no application is called "zzzzzzzzzzzz" (weir label list applications)'],
    ['no application is called "htp": did you mean http? (weir label list applications)'],
  ]);
});
