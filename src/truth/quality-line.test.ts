import { describe, expect, it } from 'vitest';
import {
  assessGaps,
  assessLoss,
  compact,
  type Gap,
  type NetworkSource,
  percent,
  type Quality,
  qualityLine,
} from './index.ts';

const NOW = Date.UTC(2026, 10, 21, 14, 3, 7);
const notAssessed = { status: 'not_assessed', reason: 'not in this version' } as const;

function quality(over: Partial<Quality> = {}): Quality {
  return {
    lost: assessLoss([{ minute: 0, exporter: '192.0.2.1', domain: 0, counts: { datagrams: 10, records: 300 } }]),
    sampling: {
      sampled_share: 0,
      known_share: 1,
      min_rate: 1,
      max_rate: 1,
      origins: ['default'],
      error95: {},
      formula: '',
      source: '',
    },
    duplicates: notAssessed,
    scans: notAssessed,
    gaps: notAssessed,
    completeness: { hosts: { asked: 1, answered: 1 } },
    clocks: { corrected_records: 0 },
    complete_until: NOW,
    damaged: [],
    ...over,
  };
}

const utc = { timeZone: 'UTC', nowMs: NOW };
const tail = 'complete until 14:03:07 · not assessed: duplicates, scans, gaps';

describe('qualityLine', () => {
  it('says what was looked at and what was not', () => {
    expect(qualityLine(quality(), utc)).toBe(`quality: no loss seen · not sampled · ${tail}`);
  });

  it('says how many packets may be counted twice', () => {
    const duplicates = { ...notAssessed, unsure_packets: 12_345 };
    expect(qualityLine(quality({ duplicates }), utc)).toContain(' · 12.3 k packets maybe counted twice · ');
  });

  it('says which data named the networks, and how old they are', () => {
    const made = Date.UTC(2026, 5, 17, 19);
    const packages = { source: '@ip-location-db/asn 2.3', kind: 'bundled', made, age_days: 158 } as const;
    const dump = { source: '/var/lib/weir/rib.gz', kind: 'mrt', made, age_days: 1 } as const;
    const line = (of: 'systems' | 'countries', sources: readonly NetworkSource[]) =>
      qualityLine(quality({ network_data: { of, sources } }), utc);
    expect(line('systems', [packages])).toContain(' · AS data: bundled, 2026-06-17 (158 days old) · ');
    expect(line('systems', [dump, { ...dump, source: 'a.mmdb', made: null, age_days: null }])).toContain(
      ' · AS data: rib.gz, 2026-06-17 (1 day old); a.mmdb of unknown age · ',
    );
    expect(line('countries', [packages])).toContain(' · country data: bundled, 2026-06-17 (158 days old) · ');
    expect(line('countries', [])).not.toContain('data');
  });

  it('says what a policy removed', () => {
    const removed = { records: 3, bytes: 12_345_678, packets: 900 };
    expect(qualityLine(quality({ removed }), utc)).toContain(' · 12.3 M bytes removed by policy (3 records) · ');
  });

  it('says when a clock was set, which is no stop, and never more causes than there is time', () => {
    const gaps: Gap[] = [
      { from: 0, to: NOW - 4 * 60_000, cause: 'before' },
      { from: NOW - 5 * 60_000, to: NOW - 60_000, cause: 'clock' },
      { from: NOW - 60_000, to: NOW + 3_540_000, cause: 'set_back' },
    ];
    const line = (from: number) => qualityLine(quality({ gaps: assessGaps({ gaps, imported: [] }, from, NOW) }), utc);
    expect(line(NOW - 300_000)).toContain(
      ' · measured 20 % (not yet started 60 s, clock set forward 3 min) · clock set back: 60 s went by twice · ',
    );
    expect(line(NOW - 30_000)).toContain('no loss seen · clock set back: 30 s went by twice · ');
  });

  it('says which hosts saw only a part of their own traffic', () => {
    const levels = (...lower_levels: NonNullable<Quality['lower_levels']>) =>
      qualityLine(quality({ lower_levels }), utc);
    const one = { host: 'a1', level: 'sock_diag', ms: 60_000 } as const;
    expect(levels(one)).toBe(
      `quality: no loss seen · payload only, UDP not seen: host a1 is metered by sock_diag · not sampled · ${tail}`,
    );
    expect(levels({ ...one, level: 'proc' }, one, { ...one, host: 'b2' })).toContain(
      ' · flows without bytes: host a1 is metered by proc · payload only, UDP not seen: 2 hosts are metered by sock_diag · ',
    );
  });

  it('says how many duplicates were left out, or that they count', () => {
    const left_out = { records: 12_345, bytes: 1, packets: 1 };
    const line = (duplicates: Quality['duplicates']) => qualityLine(quality({ duplicates }), utc);
    const rest = 'complete until 14:03:07 · not assessed: scans, gaps';
    const start = 'quality: no loss seen · not sampled';
    expect(line({ status: 'assessed', left_out })).toBe(`${start} · 12.3 k duplicates left out · ${rest}`);
    expect(line({ status: 'partly_assessed', left_out: { ...left_out, records: 1 } })).toContain(
      '1 duplicate left out',
    );
    expect(line({ status: 'assessed', left_out: null })).toBe(`${start} · duplicates left out · ${rest}`);
    expect(line({ status: 'assessed', left_out, included: true })).toBe(`${start} · duplicates counted · ${rest}`);
    expect(line({ status: 'assessed', left_out: { ...left_out, records: 0 } })).toBe(`${start} · ${rest}`);
    const several = '3 exporters not compared: what several saw counts several times';
    const none = { ...left_out, records: 0 };
    expect(line({ status: 'partly_assessed', left_out: none, uncompared_exporters: 3 })).toBe(
      `${start} · ${several} · ${rest}`,
    );
    expect(line({ status: 'not_assessed', reason: '', uncompared_exporters: 3 })).toBe(
      `${start} · ${several} · ${rest}`,
    );
  });

  it('says how much was measured and why not all, and nothing where all was', () => {
    const hour = 3_600_000;
    const line = (gaps: readonly Gap[]) =>
      qualityLine(quality({ gaps: assessGaps({ gaps, imported: [] }, 0, hour) }), utc);
    const rest = 'complete until 14:03:07 · not assessed: duplicates, scans';
    expect(line([])).toBe(`quality: no loss seen · not sampled · ${rest}`);
    expect(line([{ from: 0, to: 180_000, cause: 'crashed' }])).toBe(
      `quality: no loss seen · measured 95 % (crashed 3 min) · not sampled · ${rest}`,
    );
    const silence: Gap = { from: 0, to: null, cause: 'silent', exporter: 'a', domain: 0, share: 0.1 };
    const several: Gap[] = [
      { from: 0, to: 600_000, cause: 'before' },
      { from: 5e6 / 2, to: null, cause: 'closed' },
      silence,
    ];
    expect(line(several)).toContain(
      '(not yet started 10 min, no port open 18 min, a silent 60 min, usually 10 % of records)',
    );
    expect(line([silence, { ...silence, exporter: 'b' }])).toContain(
      'measured 80 % (2 silences of exporters, most missed: a silent 60 min, usually 10 % of records)',
    );
    const heavy = { ...silence, exporter: 'b', share: 0.01, share_bytes: 0.5 };
    expect(line([silence, heavy])).toContain('measured 40 % (2 silences of exporters, most missed: b silent 60 min');
    const meter: Gap = { from: 0, to: 90_000, cause: 'meter', exporter: '100::2', domain: 1, share: 0.5 };
    expect(line([meter])).toContain('measured 99 % (meter of this host ended 1.5 min)');
    expect(line([{ from: 5, to: 6, cause: 'stopped' }])).toContain('measured >99.9 % (stopped <0.1 s)');
    expect(line([{ from: 5, to: 40_005, cause: 'stopped' }])).toContain('measured 99 % (stopped 40 s)');
    expect(line([{ from: 0, to: null, cause: 'stopped' }])).toContain('measured 0 % (stopped 60 min)');
  });

  it('says of flows how many records nobody judged, where they were counted and some were not', () => {
    const flows = { status: 'partly_assessed', records: 100, unsure_records: 12, continued_records: 3 } as const;
    expect(qualityLine(quality({ flows }), utc)).toBe(
      `quality: no loss seen · not sampled · flows: 12 % of records not judged · ${tail}`,
    );
    const judged = { ...flows, status: 'assessed', unsure_records: 0 } as const;
    expect(qualityLine(quality({ flows: judged }), utc)).toBe(`quality: no loss seen · not sampled · ${tail}`);
  });

  it('gives no time where none is known', () => {
    expect(qualityLine(quality({ complete_until: 0 }), utc)).toContain(' · complete until unknown · ');
  });

  it('does not say that nothing was lost where nothing was received', () => {
    expect(qualityLine(quality({ lost: assessLoss([]) }), utc)).toBe(
      `quality: loss not assessed · not sampled · ${tail}`,
    );
  });

  it('names first what could not be read: nobody knows what was in it', () => {
    const lost = assessLoss([
      { minute: 0, exporter: 'a', domain: 0, counts: { records: 9, error_unsupported_version: 87 } },
    ]);
    expect(qualityLine(quality({ lost }), utc)).toMatch(
      /^quality: 87 datagrams not readable \(unsupported_version 87\) · no other loss seen · not sampled · /,
    );
    const nothing = assessLoss([{ minute: 0, exporter: 'a', domain: 0, counts: { error_no_template: 2_504 } }]);
    expect(qualityLine(quality({ lost: nothing }), utc)).toMatch(
      /^quality: 2504 datagrams not readable \(no_template 2504\) · loss not assessed · not sampled · /,
    );
    const lostToo = assessLoss([
      { minute: 0, exporter: 'a', domain: 0, counts: { records: 90, lost: 10, error_no_template: 2 } },
    ]);
    expect(qualityLine(quality({ lost: lostToo }), utc)).toMatch(
      /^quality: lost 10 % \(.*\) · 2 datagrams not readable \(no_template 2\) · not sampled · /,
    );
  });

  it('names loss by cause', () => {
    const lost = assessLoss([
      { minute: 0, exporter: '192.0.2.1', domain: 0, counts: { datagrams: 116_667, records: 1_400_000, lost: 312 } },
      { minute: 0, exporter: '', domain: 0, counts: { kernel_drops: 1 } },
    ]);
    expect(qualityLine(quality({ lost }), utc)).toBe(
      `quality: lost 0.02 % (312 of 1.4 M records: network 300, kernel 12) · not sampled · ${tail}`,
    );
  });

  it('never rounds a loss away', () => {
    const lost = assessLoss([
      { minute: 0, exporter: 'a', domain: 0, counts: { datagrams: 1e8, records: 3e9, lost: 1 } },
    ]);
    expect(qualityLine(quality({ lost }), utc)).toContain('lost <0.01 % (1 of 3.0 G records: network 1)');
  });

  it('shows sampling with its error, and a rate that is not known', () => {
    const sampling = {
      ...quality().sampling,
      sampled_share: 1,
      known_share: 0.9,
      min_rate: 100,
      max_rate: 1000,
      error95: { bytes: { total: 1000, half_width: 21 }, packets: { total: 0, half_width: 0 } },
    };
    expect(qualityLine(quality({ sampling }), utc)).toContain(
      'sampled 1 in 100..1000 (95 %: bytes ±2.1 %), sampling rate unknown for 10 % of bytes',
    );
    const shed = { ...sampling, known_share: 1, min_rate: 1, max_rate: 8, origins: ['default', 'shed'] };
    expect(qualityLine(quality({ sampling: shed }), utc)).toContain('shed or sampled 1 in 1..8 (95 %: bytes ±2.1 %)');
    const flows = { ...shed, min_rate: 8, origins: ['flows'] };
    expect(qualityLine(quality({ sampling: flows }), utc)).toContain('flows sampled 1 in 8 (95 %: bytes ±2.1 %)');
    const unknown = { ...quality().sampling, known_share: 1 - 1e-9 };
    expect(qualityLine(quality({ sampling: unknown }), utc)).toContain('sampling rate unknown for <0.01 % of bytes');
  });

  it('shows restarts, repeats, moved clocks, damage and missing hosts', () => {
    const lost = { ...assessLoss([]), restarts: 1, duplicated: 30 };
    const line = qualityLine(
      quality({
        lost,
        clocks: { corrected_records: 12_345 },
        damaged: [
          { name: 'a', reason: 'checksum', rows: 7 },
          { name: 'b', reason: 'gone' },
        ],
        completeness: { hosts: { asked: 3, answered: 2 } },
      }),
      utc,
    );
    expect(line).toBe(
      `quality: loss not assessed · not sampled · 30 records delivered twice · 1 exporter restart · clocks corrected on 12.3 k records · 2 damaged files (an unknown number of rows missing) · 2 of 3 hosts answered · ${tail}`,
    );
  });

  it('tells the zone or names UTC, and the day unless it goes without saying', () => {
    expect(qualityLine(quality())).toContain('complete until 2026-11-21 14:03:07 UTC');
    expect(qualityLine(quality(), { timeZone: 'Europe/Berlin', nowMs: NOW })).toMatch(
      /complete until 15:03:07 · not assessed/,
    );
    expect(qualityLine(quality(), { timeZone: 'Asia/Tokyo', nowMs: NOW + 86_400_000 })).toMatch(
      /until 2026-11-21 23:03:07 · not/,
    );
  });
});

it('one of a thing is one', () => {
  const damaged = [{ name: 'a.parquet', reason: 'checksum', rows: 1 }];
  const one = quality({ clocks: { corrected_records: 1 }, damaged });
  expect(qualityLine(one, utc)).toContain(' · clocks corrected on 1 record · 1 damaged file (1 row missing) · ');
});

it.each([
  [0, '0 %'],
  [1e-12, '<0.01 %'],
  [0.0001, '0.01 %'],
  [0.0223, '2.2 %'],
  [0.5, '50 %'],
  [0.9949, '99 %'],
  [0.995, '99.5 %'],
  [0.9989, '99.9 %'],
  [0.9996, '>99.9 %'],
  [1, '100 %'],
  [2.5, '250 %'],
])('percent(%d) is %s', (share, text) => {
  expect(percent(share)).toBe(text);
});

it.each([
  [0, '0'],
  [9_999, '9999'],
  [12_345, '12.3 k'],
  [999_949, '999.9 k'],
  [999_950, '1.0 M'],
  [1_400_000, '1.4 M'],
  [3e9, '3.0 G'],
])('compact(%d) is %s', (n, text) => {
  expect(compact(n)).toBe(text);
});
