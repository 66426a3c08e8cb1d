import { describe, expect, it } from 'vitest';
import type { CounterSample } from '../base/index.ts';
import { healthFindings, type NodeFacts } from './health.ts';

const store: NodeFacts['store'] = {
  root: '/d',
  segments: 2,
  rowsAtRest: 10,
  bytesAtRest: 100,
  rowsInMemory: 5,
  journalBytes: 0,
  lagMs: 1_000,
  damaged: [],
  expiredRows: 0,
  expiredUnrolledRows: 0,
  levels: [],
  historyWaiting: { rows: 0, hours: 0, days: 0 },
  retentionBytes: null,
  freeShare: 0,
  failure: null,
  oldestReceived: null,
  newestReceived: null,
  journalSync: { failure: null, slowestMs: 3, syncs: 9 },
  deferredFiles: 0,
  completeUntil: 0,
  clockSet: null,
};
const load = (port: string, burst100: number, limitBytes: number) => ({
  port,
  limitBytes,
  highWaterBytes: 1_000,
  highWaterHourBytes: 0,
  burst10: burst100,
  burst100,
  overflow: 0,
  neededBytes: burst100 * 2_300,
});
const counter = (name: string, value: number): CounterSample => ({ name, help: '', value });
const well: NodeFacts = {
  store,
  counters: [counter('weir_ingest_datagrams_total', 1_000)],
  exporters: [{ exporter: '192.0.2.1', counts: { records: 30_000 } }],
  ports: ['netflow 0.0.0.0:2055'],
  host: null,
  hasHome: true,
  buffers: [load('netflow', 50, 425_984)],
  sinceRise: () => 1_000,
  snmp: [],
  blocklists: [],
  places: { sources: [], problems: [], failure: null },
  overload: { step: 0, rate: 1, cause: '', lagMs: 90, pool: 0.2, silentMs: 50, clockSetMs: null },
  nowMs: 1_000_000,
};
const overload = (facts: Partial<NonNullable<NodeFacts['overload']>>) => ({
  overload: { ...well.overload!, ...facts },
});
const bad = (facts: Partial<NodeFacts>) => healthFindings({ ...well, ...facts }).filter((f) => f.level !== 'ok');
const count = (name: string, value: number) => ({ counters: [...well.counters, counter(name, value)] });

describe('health', () => {
  it('says that the clock of the machine was set, and for how long that is trouble', () => {
    const set = (toMs: number) =>
      healthFindings({ ...well, store: { ...store, clockSet: { toMs, back: true } } }).find(
        ({ subject }) => subject === 'clock',
      );
    expect(set(999_000)).toMatchObject({
      level: 'warn',
      text: expect.stringContaining('set back to 1970-01-01T00:16:39'),
    });
    expect(set(1_000_000 - 700_000)).toMatchObject({ level: 'ok' });
    expect(healthFindings(well).some(({ subject }) => subject === 'clock')).toBe(false);
  });

  it('says which sysctl to change for the largest burst', () => {
    const [finding] = bad({ buffers: [load('sflow', 400, 425_984)] });
    expect(finding!.advice).toContain('sysctl -w net.core.rmem_max=460000');
    expect(bad({ buffers: [load('sflow', 400, 0)] })).toEqual([]);
  });

  it('fails with the figure when a buffer overflowed, and warns once that is over', () => {
    const overflowed = { ...load('netflow', 30_720, 128_000_000), overflow: 58_086, neededBytes: 261_597_800 };
    const facts = { ...count('weir_ingest_kernel_drops_total', 58_086), buffers: [overflowed] };
    const ask = expect.stringContaining('sysctl -w net.core.rmem_max=130798900');
    expect(bad(facts)).toEqual([
      expect.objectContaining({ level: 'warn', subject: 'kernel drops', advice: ask }),
      expect.objectContaining({
        level: 'fail',
        subject: 'receive buffer',
        text: expect.stringMatching(
          /overflowed, and one burst lost 58086 datagrams .* 261597800 bytes .* holds 128000000/,
        ),
        advice: ask,
      }),
    ]);
    expect(bad({ ...facts, sinceRise: () => 3_600_000 }).map((f) => f.level)).toEqual(['warn']);
    const huge = { ...overflowed, neededBytes: 2 ** 32 };
    expect(bad({ ...facts, buffers: [huge] })[0]!.advice).toContain('receive_threads');
  });

  it('has nothing to complain of when all is well', () => {
    const findings = healthFindings(well);
    expect(findings.map((f) => f.level)).toEqual(['ok', 'ok', 'ok']);
    expect(findings[1]!.text).toBe('1000 datagrams received on netflow 0.0.0.0:2055, none dropped');
  });

  it('says what is missing without home networks, and is not degraded by it', () => {
    const [finding, ...others] = healthFindings({ ...well, hasHome: false }).filter((f) => f.subject === 'home');
    expect(finding).toMatchObject({
      level: 'ok',
      text: expect.stringMatching(/^neither home nor sites is set: direction, sites, .*hosts_out/),
      advice: expect.stringContaining('--home'),
    });
    expect(others).toEqual([]);
    expect(healthFindings(well).some((f) => f.subject === 'home')).toBe(false);
  });

  it('tells trouble that is over without being degraded by it', () => {
    const facts = { ...well, ...count('weir_ingest_store_dropped_records_total', 7), sinceRise: () => 3_600_000 };
    expect(healthFindings(facts)).toContainEqual({
      level: 'ok',
      subject: 'ingest',
      text: '7 records could be kept neither on disk nor in memory; none in the last 60 min',
    });
  });

  it.each<[string, Partial<NodeFacts>, 'warn' | 'fail', RegExp]>([
    ['a store that cannot write', { store: { ...store, failure: 'ENOSPC' } }, 'fail', /cannot write: ENOSPC/],
    [
      'sampling of unknown rate',
      { exporters: [{ exporter: '192.0.2.7', counts: { records: 9, unknown_sampling: 9 } }] },
      'warn',
      /192\.0\.2\.7 9 records/,
    ],
    [
      'data that waits for its template',
      { exporters: [{ exporter: '192.0.2.7', waiting_sets: 4, counts: {} }] },
      'warn',
      /192\.0\.2\.7 4 sets/,
    ],
    [
      'data whose template never came',
      { exporters: [{ exporter: '192.0.2.7', counts: { error_no_template: 3 } }] },
      'warn',
      /192\.0\.2\.7 3 sets/,
    ],
    ['rows that wait', { store: { ...store, lagMs: 500_000 } }, 'warn', /waits for 500 s/],
    [
      'damage',
      { store: { ...store, damaged: [{ file: 'a.parquet', reason: 'checksum', rows: 1, from: 0, to: 1 }] } },
      'warn',
      /^a file was damaged or missing: a\.parquet \(checksum\); answers that miss rows of them say so$/,
    ],
    [
      'damage of which nothing is missing',
      {
        store: {
          ...store,
          damaged: ['a', 'b', 'c', 'd'].map((file) => ({ file, reason: 'made again', rows: 0, from: 0, to: 1 })),
        },
      },
      'warn',
      /^4 files were damaged or missing: a \(made again\), b .*, c \(made again\), \.\.\.; nothing is missing for it$/,
    ],
    [
      'a failing fdatasync',
      { store: { ...store, journalSync: { failure: 'EIO', slowestMs: 1, syncs: 1 } } },
      'fail',
      /EIO/,
    ],
    [
      'a slow fdatasync',
      { store: { ...store, journalSync: { failure: null, slowestMs: 2_500, syncs: 1 } } },
      'warn',
      /2500 ms/,
    ],
    ['deferred decoding', { store: { ...store, deferredFiles: 3 } }, 'warn', /3 journal files/],
    [
      'squeezed questions',
      overload({ step: 1, cause: 'memory for rows is full' }),
      'warn',
      /^step 1 of 3: questions have one thread and one turn, and exports wait \(when it was taken: memory for rows is full; now answers are 0\.1 s behind\)$/,
    ],
    ['shedding', overload({ step: 3, rate: 8, cause: 'x' }), 'warn', /single addresses; 1 in 8 flows is kept/],
    ['kernel drops', count('weir_ingest_kernel_drops_total', 7), 'warn', /7 datagrams were dropped/],
    ['dropped records', count('weir_ingest_store_dropped_records_total', 7), 'fail', /7 records/],
    ['unjournalled datagrams', count('weir_journal_failed_datagrams_total', 7), 'fail', /7 datagrams/],
    ['unreadable datagrams', count('weir_ingest_errors_total', 500), 'warn', /500 of 1000 .* wholly$/],
    [
      'unreadable datagrams, with who sent them and why',
      {
        ...count('weir_ingest_errors_total', 500),
        exporters: [
          { exporter: '192.0.2.1', counts: { records: 900, error_bad_length: 3 } },
          { exporter: '192.0.2.2', counts: { error_unsupported_version: 400 } },
          { exporter: '192.0.2.2', counts: { error_too_short: 97, error_bad_length: 0 } },
          { exporter: '192.0.2.3', counts: { records: 900 } },
        ],
      },
      'warn',
      /wholly: 192\.0\.2\.2 497 \(unsupported_version 400, too_short 97\), 192\.0\.2\.1 3 \(bad_length 3\)$/,
    ],
    [
      'bursts that a socket cannot hold',
      { buffers: [load('netflow', 100, 425_984), load('sflow', 400, 425_984), load('ipfix', 200, 425_984)] },
      'warn',
      /^sflow, ipfix: as many as 400 datagrams came within 100 ms, which take 920000 bytes .* holds 425984/,
    ],
    ['too many exporters', count('weir_ingest_exporters_overflow_total', 1), 'warn', /no room/],
    [
      'an exporter that loses, over all its source ports',
      {
        exporters: [
          { exporter: '192.0.2.1', counts: { records: 900, lost: 60 } },
          { exporter: '192.0.2.1', counts: { records: 0, lost: 50, recovered: 10 } },
          { exporter: '192.0.2.2', counts: { records: 900 } },
        ],
      },
      'warn',
      /^1 of 2 exporters lose records on the way: 192\.0\.2\.1 10\.00 %$/,
    ],
  ])('tells of %s, and what to change', (_, facts, level, text) => {
    const found = bad(facts);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ level, text: expect.stringMatching(text), advice: expect.any(String) });
  });

  it.each<[string, Partial<NonNullable<NodeFacts['overload']>>, Partial<NodeFacts['store']>, RegExp]>([
    ['a disk that refuses', {}, { failure: 'ENOSPC' }, /cannot write: ENOSPC/],
    ['a clock that was set', { clockSetMs: 990_000 }, {}, /clock of this machine was set/],
    ['a receive thread that is kept away', { silentMs: 7_000 }, {}, /not come round for 7 s/],
    ['files that wait', { pool: 1, silentMs: 7_000 }, { deferredFiles: 2 }, /2 journal files wait to be decoded/],
    ['full memory', { pool: 1, silentMs: 7_000 }, {}, /memory for rows is full/],
    ['the store thread', {}, {}, /store thread is busy/],
  ])('tells the cause of a lag above 5 s: %s', (_, facts, changed, text) => {
    const found = bad({ ...overload({ lagMs: 7_000, ...facts }), store: { ...store, ...changed } });
    expect(found).toContainEqual(
      expect.objectContaining({ subject: 'lag', text: expect.stringMatching(/^answers are 7 s behind: /) }),
    );
    expect(found.find((f) => f.subject === 'lag')!.text).toMatch(text);
  });

  it('says nothing of a lag of five seconds', () => {
    expect(bad(overload({ lagMs: 5_000 }))).toEqual([]);
  });
});
