import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runQuery } from '../query/index.ts';
import { type TestStore, testStore } from '../query/store.testing.ts';
import type { Gap } from '../truth/index.ts';
import { mayHaveMore, renderAnswer } from './render-answer.ts';

const NOW = Date.UTC(2026, 10, 21, 13);
const at = (minute: number) => Date.UTC(2026, 10, 21, 12, minute);
const flow = (minute: number, src: string, bytes: number, protocol = 6) => ({
  start: at(minute),
  end: at(minute),
  time: at(minute),
  received: at(minute),
  src_addr: src,
  dst_addr: '192.0.2.1',
  src_port: 40_000,
  dst_port: 443,
  protocol,
  raw_bytes: bytes,
  raw_packets: 2,
  exporter: '198.51.100.1',
});

let store: TestStore;
const zone = process.env.TZ;
beforeAll(async () => {
  process.env.TZ = 'UTC';
  store = await testStore([flow(1, '10.0.0.1', 3_000_000), flow(2, '10.0.0.2', 1_500), flow(3, '10.0.0.3', 20, 17)]);
});
afterAll(() => {
  store.close();
  process.env.TZ = zone;
  if (zone === undefined) delete process.env.TZ;
});

const range = { from: at(0), to: at(10) };

it('a series over a time that was not measured shows no value there, and how much of each bucket was', async () => {
  const gaps: Gap[] = [{ from: at(2), to: at(4) + 15_000, cause: 'crashed' }];
  const partly = await testStore([flow(1, '10.0.0.1', 60_000), flow(5, '10.0.0.1', 60_000)], {
    measured: { gaps, imported: [] },
  });
  const query = { from: at(1), to: at(6), metrics: ['bytes', 'bps'], every: 60_000 };
  const lines = renderAnswer(await runQuery(partly, query, { now: NOW }), 'table', NOW).split('\n');
  const wide = await runQuery(partly, { ...query, by: ['protocol'] }, { now: NOW });
  partly.close();
  expect(lines.slice(0, 10)).toEqual([
    'time                    bytes          bps  measured',
    '--------------------  -------  -----------  --------',
    '2026-11-21 12:01:00Z  60.0 kB  8.00 kbit/s',
    '2026-11-21 12:02:00Z        -            -  0 %',
    '2026-11-21 12:03:00Z        -            -  0 %',
    '2026-11-21 12:04:00Z      0 B      0 bit/s  75 %',
    '2026-11-21 12:05:00Z  60.0 kB  8.00 kbit/s',
    '--------------------  -------  -----------  --------',
    'total                  120 kB  5.82 kbit/s',
    '',
  ]);
  expect(lines[10]).toContain('measured 55 % (crashed 2.3 min)');
  expect(renderAnswer(wide, 'table', NOW).split('\n')[5]).toMatch(/^total +120 kB +5\.82 kbit\/s$/);
});

describe('a grouped answer', () => {
  it('as a table has its rows, other, total, one quality line and the range', async () => {
    const answer = await runQuery(store, { ...range, by: ['src_addr', 'protocol'], limit: 2 }, { now: NOW });
    const lines = renderAnswer(answer, 'table', NOW).split('\n');
    expect(lines.slice(0, 7)).toEqual([
      'src_addr  protocol    bytes  packets  flows',
      '--------  --------  -------  -------  -----',
      '10.0.0.1  tcp       3.00 MB        2      1',
      '10.0.0.2  tcp       1.50 kB        2      1',
      '--------  --------  -------  -------  -----',
      'other                  20 B        2      1',
      'total               3.00 MB        6      3',
    ]);
    expect(lines[7]).toBe('');
    expect(lines[8]).toMatch(/^quality: loss not assessed · not sampled/);
    expect(lines[9]).toMatch(/^range: 2026-11-21 12:00:00Z to 2026-11-21 12:10:00Z \(10 min\) · answered in \d+/);
  });

  it('shows rates and times for people', async () => {
    const answer = await runQuery(
      store,
      { ...range, by: ['dst_port'], metrics: ['bps', 'avg_packet'], every: 300_000 },
      { now: NOW },
    );
    const text = renderAnswer(answer, 'table', NOW);
    expect(text).toContain('2026-11-21 12:00:00Z');
    expect(text).toMatch(/80\.0 kbit\/s/);
    expect(text).toMatch(/ 443 /);
  });

  it('names the level of history that answered most of the range first', async () => {
    const answer = await runQuery(store, range, { now: NOW });
    const part = (level: '1m' | '1d' | 'raw', from: number, to: number) => ({ level, from, to });
    const levels = [part('raw', 0, 9), part('1m', 9, 20), part('1d', 20, 40), part('1m', 40, 70)];
    const lineOf = (plan: Partial<typeof answer.plan>) =>
      renderAnswer({ ...answer, plan: { ...answer.plan, ...plan } }, 'table', NOW);
    expect(lineOf({ level: '1d', levels })).toMatch(/ from roll-ups of 1m, 1d$/m);
    expect(lineOf({ level: '1d', levels: [part('1d', 0, 9)] })).toMatch(/ from roll-ups of 1d$/m);
    expect(lineOf({ level: 'raw' })).not.toContain('roll-ups');
  });

  it('without dimensions is one row', async () => {
    const lines = renderAnswer(await runQuery(store, range, { now: NOW }), 'table', NOW).split('\n');
    expect(lines.slice(0, 3)).toEqual([
      '  bytes  packets  flows',
      '-------  -------  -----',
      '3.00 MB        6      3',
    ]);
    expect(lines[3]).toBe('');
  });

  it('as csv and jsonl has plain numbers', async () => {
    const answer = await runQuery(store, { ...range, by: ['src_addr'], metrics: ['bytes'], limit: 1 }, { now: NOW });
    expect(renderAnswer(answer, 'csv', NOW)).toBe('src_addr,bytes\n10.0.0.1,3000000\n');
    expect(renderAnswer(answer, 'jsonl', NOW)).toBe('{"src_addr":"10.0.0.1","bytes":3000000}\n');
  });

  it('as json is the whole answer', async () => {
    const answer = await runQuery(store, { ...range, by: ['src_addr'] }, { now: NOW });
    expect(JSON.parse(renderAnswer(answer, 'json', NOW))).toEqual(JSON.parse(JSON.stringify(answer)));
    expect(Object.keys(answer)).toEqual(
      expect.arrayContaining(['columns', 'rows', 'total', 'other', 'quality', 'plan']),
    );
  });
});

it('a 0 of which roll-ups left something out is shown with what it may be', async () => {
  const query = { ...range, filter: 'src ip 10.9.9.9', metrics: ['bytes', 'bps', 'avg_packet'], every: 300_000 };
  const none = await runQuery(store, query, { now: NOW });
  const bound = { bytes: 1_499.5, bps: 40 };
  const bounds = { rows: [bound, { bytes: 0 }], unshown: {}, total: bound };
  const lines = renderAnswer({ ...none, bounds }, 'table', NOW).split('\n');
  expect(lines[2]).toMatch(/ 0 to 1\.50 kB +0 to 40(\.0)? bit\/s +-$/);
  expect(lines[3]).toMatch(/ 0 B +0 bit\/s +-$/);
  expect(lines[5]).toMatch(/^total +0 to 1\.50 kB /);
  expect([mayHaveMore(none), mayHaveMore({ ...none, bounds })]).toEqual([false, true]);
});
