import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WeirError } from '../base/index.ts';
import { rounds } from '../base/rounds.testing.ts';
import { parseFilter } from '../filter/index.ts';
import { runFlows } from './flows.ts';
import type { QueryInput } from './model.ts';
import { REPORTS, runReport } from './reports/all.ts';
import { runQuery } from './run.ts';
import { type TestFlow, type TestStore, testStore } from './store.testing.ts';

const T = 1_700_000_040_000;
const SETS = { home: ['10.0.0.0/8'], lab: ['10.2.0.0/16'] };
const LIMIT = 'net 10.2.0.0/16';
const OPTIONS = { now: T + 600_000, sets: SETS };
const LIMITED = { ...OPTIONS, limit: LIMIT };

/** Half of them touch 10.2.0.0/16, at one end or at both. */
const flows: TestFlow[] = Array.from({ length: 240 }, (_, i) => ({
  time: T + i * 1_000,
  start: T + i * 1_000 - 500,
  end: T + i * 1_000,
  received: T + i * 1_000,
  src_addr: ['10.2.0.1', '10.3.0.1', '198.51.100.7', '10.2.9.9'][i % 4]!,
  dst_addr: ['203.0.113.5', '10.2.0.1', '10.3.0.9'][i % 3]!,
  src_port: 40_000 + (i % 7),
  dst_port: [53, 80, 443][i % 3]!,
  protocol: [6, 17][i % 2]!,
  exporter: ['192.0.2.1', '192.0.2.2'][i % 2]!,
  duplicate: ['no', 'no', 'yes'][i % 3]!,
  process: ['curl', 'sshd', ''][i % 3]!,
  user: ['root', 'eve'][i % 2]!,
  direction: ['in', 'out', 'inside'][i % 3]!,
  raw_bytes: 100 + i * 13,
  raw_packets: 1 + (i % 9),
}));

let store: TestStore;
beforeAll(async () => {
  store = await testStore(flows, { facts: { rowsInMemory: 0 } });
});
afterAll(() => store.close());

const atom = fc.constantFrom(
  '',
  'any',
  'not any',
  'host 10.3.0.1',
  'src net 10.3.0.0/16',
  'dst port 443',
  'proto udp',
  'bytes > 1000',
  'src ip in [10.2.0.1 198.51.100.7]',
  'exporter 192.0.2.2',
  'duplicate = yes',
  'process = "sshd"',
  'ip in [@lab]',
  'not net 10.2.0.0/16',
);
const { filter } = fc.letrec<{ filter: string; node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    atom.filter((a) => a !== ''),
    fc
      .tuple(tie('node'), fc.constantFrom(' and ', ' or ', '\n or # a comment ) or any\n '), tie('node'))
      .map((p) => p.join('')),
    tie('node').map((f) => `not (${f})`),
    tie('node').map((f) => `either (${f}\n)`),
    tie('node').map((f) => `(${f}\n) # ends) here or any\n`),
  ),
  filter: fc.oneof(atom, tie('node') as fc.Arbitrary<string>),
}));

/** What tries to end the filter that it is in. */
const hostile = fc.constantFrom(
  'any) or (any',
  ') or any or (',
  'any or',
  'any #',
  'any # )',
  "any' or '1'='1",
  'any" or "" = "',
  'any) --',
  'any; select 1',
  'any \u0000 or any',
  'not',
  'any ]',
  '@nowhere',
  'or any',
  `any ${'or any '.repeat(30)}`,
  '('.repeat(300),
  `${'not '.repeat(2_000)}any`,
);

const question = fc.record({
  by: fc.subarray(['src_addr', 'dst_addr', 'protocol', 'service_port', 'exporter', 'process', 'user', 'src_addr/16'], {
    maxLength: 2,
  }),
  metrics: fc.subarray(['bytes', 'packets', 'flows', 'records', 'distinct(dst_addr)', 'p95(bytes)', 'peak_bps'], {
    minLength: 1,
    maxLength: 4,
  }),
  every: fc.constantFrom(undefined, 60_000),
  limit: fc.constantFrom(1, 3, 1_000),
  duplicates: fc.constantFrom('counted' as const, 'all' as const),
  previous: fc.constantFrom(undefined, 60_000),
});

/** What an answer is, without how long it took. */
const told = <A extends { plan: { ms: number } }>({ plan, ...answer }: A) => ({
  ...answer,
  plan: { ...plan, ms: 0, estimate_ms: 0 },
});
/** Of several end systems that are equally bad the report may name any. */
const withoutTies = (answer: object) => JSON.stringify(answer).replaceAll(/"\d+\.\d+\.\d+\.\d+"/g, '""');
const both = (text: string) => `(${text.trim() === '' ? 'any' : text}\n) and (${LIMIT})`;

async function failure(work: Promise<unknown>): Promise<WeirError> {
  const error = await work.then(
    () => null,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(WeirError);
  return error as WeirError;
}

describe('a limit', () => {
  it('makes each answer that of the filter and the limit', async () => {
    await fc.assert(
      fc.asyncProperty(filter, question, async (text, { every, previous, ...rest }) => {
        const asked = {
          ...rest,
          from: T + 60_000,
          to: T + 240_000,
          ...(every === undefined ? {} : { every }),
          ...(previous === undefined ? {} : { previous }),
        } as QueryInput;
        const cut = await runQuery(store, { ...asked, filter: text }, LIMITED);
        const whole = await runQuery(store, { ...asked, filter: both(text) }, OPTIONS);
        expect(told(cut)).toEqual(told(whole));
        expect(store.open()).toBe(0);
      }),
      { numRuns: rounds(30, 300) },
    );
  }, 120_000);

  it('is of no more than the limit, whatever a filter tries', async () => {
    const all = await runQuery(store, { filter: LIMIT, metrics: ['records'], duplicates: 'all' }, OPTIONS);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          hostile,
          fc.tuple(filter, hostile).map((p) => p.join(' ')),
        ),
        async (text) => {
          let wellFormed = true;
          try {
            parseFilter(text, { sets: SETS });
          } catch {
            wellFormed = false;
          }
          const asking = runQuery(store, { filter: text, metrics: ['records'], duplicates: 'all' }, LIMITED);
          if (!wellFormed) expect((await failure(asking)).code).toBe('usage');
          else expect(Number((await asking).total.records)).toBeLessThanOrEqual(Number(all.total.records));
        },
      ),
      { numRuns: rounds(30, 300) },
    );
  }, 120_000);

  it('a filter that is too long is refused, not cut', async () => {
    expect((await failure(runQuery(store, { filter: `any ${'#'.repeat(70_000)}` }, LIMITED))).code).toBe('usage');
  });

  it('holds for records: each touches the network', async () => {
    for (const order of ['-time', 'stored', 'bytes'] as const) {
      const { rows } = await runFlows(
        store,
        { filter: 'any or host 10.3.0.1', limit: 500, order, duplicates: 'all' },
        LIMITED,
      );
      let seen = 0;
      for await (const piece of rows)
        for (const { src_addr, dst_addr } of piece) {
          seen += 1;
          expect(`${src_addr} ${dst_addr}`).toMatch(/10\.2\./);
        }
      expect(seen).toBeGreaterThan(50);
      expect(seen).toBeLessThan(flows.length);
    }
  });

  it.each(REPORTS.filter((r) => !r.ofAll).map((r) => r.name))(
    'makes the report %s that of the filter and the limit',
    async (name) => {
      const asked = { from: T, to: T + 240_000, limit: 50 };
      const cut = await runReport(store, name, { ...asked, filter: 'not dst port 53' }, LIMITED);
      const whole = await runReport(store, name, { ...asked, filter: both('not dst port 53') }, OPTIONS);
      if (name === 'cost') expect(withoutTies(told(cut))).toBe(withoutTies(told(whole)));
      else expect(told(cut)).toEqual(told(whole));
    },
  );

  it('refuses the reports that tell of all traffic', async () => {
    const ofAll = REPORTS.filter((r) => r.ofAll).map((r) => r.name);
    expect([...ofAll].sort()).toEqual(['data-quality', 'exporters']);
    for (const name of ofAll) expect((await failure(runReport(store, name, {}, LIMITED))).code).toBe('forbidden');
    await runReport(store, 'exporters', {}, { ...OPTIONS, limit: null });
  });

  it('that can no longer be read refuses every question', async () => {
    const gone = { ...OPTIONS, limit: 'ip in [@moved]' };
    expect((await failure(runQuery(store, {}, gone))).code).toBe('config');
    expect((await failure(runFlows(store, {}, gone))).message).toMatch(/your limit is wrong/);
  });
});
