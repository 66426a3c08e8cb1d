import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../base/index.ts';
import { ExpectedExporters, silencesAtRest } from './expected-exporters.ts';
import { tempFolder } from './temp.testing.ts';

const T0 = Date.UTC(2026, 10, 21, 12);
const S = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const log = createLog({ style: 'pretty', level: 'silent' });
let root: string;
let path: string;
beforeEach(() => {
  root = tempFolder();
  path = join(root, 'expected.json');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const begin = (at = T0) => new ExpectedExporters(path, at, log);

/** `exporter` sends 30 records each `every` ms in [from, to]; gives the silences that ended meanwhile. */
function send(
  of: ExpectedExporters,
  exporter: string,
  from: number,
  to: number,
  every: number,
  records = 30,
  domain = 0,
  bytes = 1_000 * records,
) {
  const ended = [];
  for (let t = from; t <= to; t += every) ended.push(...of.heard([[exporter, domain, t, records, bytes]]));
  return ended;
}

describe('the meter of this host', () => {
  it('that ended and was started again is a gap of that cause, by its share, and no silence as well', () => {
    const all = begin();
    for (let t = 0; t <= HOUR; t += 10 * S) {
      all.heard([['host', 1, T0 + t, 10, 10_000]]);
      all.heard([['b', 0, T0 + t, 30, 30_000]]);
    }
    const last = T0 + HOUR;
    const [gap, ...more] = all.interrupted('host', last, last + 90 * S);
    expect(more).toEqual([]);
    expect(gap).toMatchObject({ from: last, to: last + 90 * S, cause: 'meter', exporter: 'host', domain: 1 });
    expect(gap!.share).toBeCloseTo(0.25, 2);
    expect(all.heard([['host', 1, last + 91 * S, 10, 10_000]])).toEqual([]);
    expect(all.interrupted('nobody', last, last + 1)).toEqual([]);
  });
});

describe('an exporter that sends each few seconds', () => {
  it('is silent after three of its usual intervals, of at least 20 s, and until it sends again', () => {
    const all = begin();
    send(all, 'a', T0, T0 + HOUR, 5 * S);
    const last = T0 + HOUR;
    expect(all.silent(last + 60 * S)).toEqual([]);
    expect(all.silent(last + 61 * S)).toEqual([
      {
        from: last,
        to: null,
        cause: 'silent',
        exporter: 'a',
        domain: 0,
        usual: expect.any(Number),
        share: 1,
        share_bytes: 1,
      },
    ]);
    expect(all.silent(last + 61 * S)[0]!.usual).toBeCloseTo(360, -1);
    expect(send(all, 'a', last + 5 * MINUTE, last + 5 * MINUTE, 1)).toMatchObject([
      { from: last, to: last + 5 * MINUTE },
    ]);
    expect(all.silent(last + 6 * MINUTE)).toEqual([]);
  });

  it('counts by its share of the usual bytes as well, which of one that samples is larger', () => {
    const all = begin();
    for (let t = 0; t <= HOUR; t += 10 * S) {
      all.heard([
        ['samples', 0, T0 + t, 3, 400_000],
        ['a', 0, T0 + t, 97, 600_000],
      ]);
    }
    const last = T0 + HOUR;
    send(all, 'a', last + 10 * S, last + 5 * MINUTE, 10 * S, 97, 0, 600_000);
    const [gap] = all.silent(last + 5 * MINUTE);
    expect(gap).toMatchObject({ exporter: 'samples' });
    expect(gap!.share).toBeCloseTo(0.03, 3);
    expect(gap!.share_bytes).toBeCloseTo(0.4, 2);
    // What was learned is there after a restart.
    all.write(last + 5 * MINUTE, true);
    expect(silencesAtRest(path, log)[0]!.share_bytes).toBeCloseTo(0.4, 2);
  });

  it('counts by its share of the usual records, and of those of its own domains', () => {
    const all = begin();
    for (let t = 0; t <= HOUR; t += 10 * S) {
      all.heard([
        ['a', 1, T0 + t, 10, 10_000],
        ['a', 2, T0 + t, 30, 30_000],
        ['b', 0, T0 + t, 60, 60_000],
      ]);
    }
    for (let t = HOUR; t <= HOUR + 5 * MINUTE; t += 10 * S)
      all.heard([
        ['a', 2, T0 + t, 30, 30_000],
        ['b', 0, T0 + t, 60, 60_000],
      ]);
    const [gap] = all.silent(T0 + HOUR + 5 * MINUTE);
    expect(gap).toMatchObject({ exporter: 'a', domain: 1 });
    expect(gap!.share).toBeCloseTo(0.1, 2);
    expect(gap!.own).toBeCloseTo(0.25, 2);
  });

  it('has the same share when its silence ends as while it lasted, and sends as much as usual from then on', () => {
    const all = begin();
    for (let t = 0; t <= 3 * MINUTE; t += 5 * S)
      all.heard([
        ['a', 0, T0 + t, 30, 30_000],
        ['b', 0, T0 + t, 30, 30_000],
      ]);
    send(all, 'b', T0 + 3 * MINUTE + 5 * S, T0 + 5 * MINUTE, 5 * S);
    const [lasting] = all.silent(T0 + 5 * MINUTE);
    const [ended] = all.heard([['a', 0, T0 + 5 * MINUTE, 30, 30_000]]);
    expect(lasting!.share).toBeCloseTo(0.5, 2);
    expect(ended).toMatchObject({ to: T0 + 5 * MINUTE, share: lasting!.share, usual: lasting!.usual });
  });

  it('that came once, or for less than a minute, is not missed', () => {
    const all = begin();
    send(all, 'once', T0, T0, 1);
    send(all, 'short', T0, T0 + 50 * S, S);
    expect(all.silent(T0 + DAY)).toEqual([]);
  });

  it('is no longer expected after seven days', () => {
    const all = begin();
    send(all, 'a', T0, T0 + HOUR, 5 * S);
    expect(all.forget(T0 + HOUR + 7 * DAY - 1)).toEqual([]);
    expect(all.forget(T0 + HOUR + 7 * DAY)).toMatchObject([{ from: T0 + HOUR, to: T0 + HOUR + 7 * DAY }]);
    expect(all.silent(T0 + 30 * DAY)).toEqual([]);
  });
});

describe('an exporter that sends each hour', () => {
  it('is known after three hours, and is not told as silent', () => {
    const all = begin();
    expect(send(all, 'a', T0, T0 + 2 * DAY, HOUR)).toEqual([]);
    expect(all.silent(T0 + 2 * DAY + 2 * HOUR)).toEqual([]);
    expect(all.silent(T0 + 2 * DAY + 4 * HOUR)).toHaveLength(1);
  });

  it('from now on: its usual interval at most doubles with each silence, until there are none', () => {
    const all = begin();
    send(all, 'a', T0, T0 + HOUR, 5 * S);
    const ended = send(all, 'a', T0 + 2 * HOUR, T0 + DAY, HOUR);
    // 20 s, 40 s, ... 1280 s: of which three are more than an hour.
    expect(ended).toHaveLength(6);
  });
});

describe('over a restart', () => {
  it('the time in which the node did not run is no silence; who does not come back is silent from the start on', () => {
    const all = begin();
    send(all, 'a', T0, T0 + HOUR, 5 * S);
    all.write(T0 + HOUR + S, true);
    const start = T0 + 3 * HOUR;
    const next = begin(start);
    expect(next.silent(start + 60 * S)).toEqual([]);
    expect(next.silent(start + 61 * S)).toMatchObject([{ from: start, to: null }]);
    expect(next.heard([['a', 0, start + 70 * S, 1, 1_000]])).toMatchObject([{ from: start, to: start + 70 * S }]);
    // The three hours were not learned.
    expect(next.silent(start + 70 * S + 141 * S)).toHaveLength(1);
  });

  it('who was silent still is, also while no node runs', () => {
    const all = begin();
    send(all, 'a', T0, T0 + HOUR, 5 * S);
    all.write(T0 + HOUR + 5 * MINUTE, true);
    expect(silencesAtRest(path, log)).toMatchObject([{ from: T0 + HOUR, to: null }]);
    expect(begin(T0 + 3 * HOUR).silent(T0 + 3 * HOUR)).toMatchObject([{ from: T0 + HOUR, to: null }]);
  });

  it('a file that cannot be read costs what was learned', () => {
    writeFileSync(path, '{"version":1,"writtenMs":1,"exporters":[["a",0,{"firstMs":"x"}],["b"]]}');
    expect(begin().silent(T0 + DAY)).toEqual([]);
    writeFileSync(path, 'x');
    expect(begin().silent(T0 + DAY)).toEqual([]);
  });
});

it('a clock that is set back makes no silence in the future', () => {
  const all = begin();
  send(all, 'a', T0, T0 + HOUR, 5 * S);
  all.setBack(T0);
  expect(send(all, 'a', T0 + 5 * S, T0 + HOUR, 5 * S)).toEqual([]);
  expect(all.silent(T0 + HOUR + 61 * S)).toMatchObject([{ from: T0 + HOUR }]);
});

it('an exporter at the address that the meter of the node had before is not missed: nothing comes from there now', () => {
  const before = begin();
  send(before, '::1', T0, T0 + HOUR, 10 * S);
  send(before, 'a', T0, T0 + HOUR, 10 * S);
  before.write(T0 + HOUR, true);
  expect(begin(T0 + HOUR).silent(T0 + 2 * HOUR)).toMatchObject([{ exporter: '::1' }, { exporter: 'a' }]);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"version":2', '"version":1'));
  expect(begin(T0 + HOUR).silent(T0 + 2 * HOUR)).toMatchObject([{ exporter: 'a' }]);
});
