import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../base/index.ts';
import { assessGaps, type Gap } from '../truth/index.ts';
import type { Clocks } from './clock-steps.ts';
import { GapFile } from './gap-file.ts';
import { gapSinceLastRun, type KnownRows, NodeRuns } from './node-runs.ts';
import { T0, tempRoot } from './store.testing.ts';

const log = createLog({ style: 'pretty', level: 'silent' });
const EMPTY: KnownRows = { oldest: null, newest: null, crashed: false };
const MINUTE = 60_000;
let temp: ReturnType<typeof tempRoot>;
let heartbeat: string;
let file: string;
beforeEach(() => {
  temp = tempRoot();
  heartbeat = join(temp.root, 'heartbeat');
  file = join(temp.root, 'gaps.jsonl');
});
afterEach(() => temp.remove());

/** The clocks of a machine that slept for `asleep` ms since the first of these times. */
const clocks = (wall: number, steady: number, asleep = 0): Clocks => ({ wall, steady, machine: steady + asleep });

/** A node that starts at `at`, listens one second later, and is alive for `ms` from then on. */
function run(at: number, ms: number, { ports = true, known = EMPTY } = {}) {
  const gaps = new GapFile(file, log);
  const runs = new NodeRuns(heartbeat, gaps, known, at, log);
  const before = runs.open;
  runs.listening(ports, clocks(at + 1_000, 0));
  for (let t = 1_000; t <= ms; t += 1_000) runs.beat(clocks(at + 1_000 + t, t));
  return { gaps, runs, before, last: at + 1_000 + Math.floor(ms / 1_000) * 1_000 };
}
const noted = (): readonly Gap[] => new GapFile(file, log).all;

describe('the runs of a node', () => {
  it('a new data directory: nothing before the first start', () => {
    const { before, runs } = run(T0, MINUTE);
    expect(before).toEqual({ from: 0, to: null, cause: 'before' });
    expect(runs.open).toBeNull();
    expect(noted()).toEqual([{ from: 0, to: T0 + 1_000, cause: 'before' }]);
  });

  it('a crash: from the last sign of life to the moment when the ports listen', () => {
    const { last } = run(T0, MINUTE);
    expect(gapSinceLastRun(heartbeat)).toEqual({ from: last, to: null, cause: 'crashed' });
    run(last + 3 * MINUTE, MINUTE);
    expect(noted().slice(1)).toEqual([{ from: last, to: last + 3 * MINUTE + 1_000, cause: 'crashed' }]);
  });

  it('a crash after which the journal had younger rows', () => {
    const { last } = run(T0, MINUTE);
    run(last + MINUTE, 0, { known: { oldest: T0, newest: last + 700, crashed: true } });
    expect(noted()[1]).toMatchObject({ from: last + 700 });
  });

  it('an orderly stop: from the moment when the ports closed', () => {
    const { runs, last } = run(T0, MINUTE);
    runs.end(last + 400);
    runs.beat(clocks(last + 5_000, 65_000));
    expect(runs.open).toEqual({ from: last + 400, to: null, cause: 'stopped' });
    run(last + 2 * MINUTE, 0, { known: { oldest: T0, newest: last + 900, crashed: false } });
    expect(noted()[1]).toEqual({ from: last + 400, to: last + 2 * MINUTE + 1_000, cause: 'stopped' });
  });

  it('no port open: all the time it ran so, whether it stops or dies', () => {
    const first = run(T0, MINUTE, { ports: false });
    expect(first.runs.open).toEqual({ from: T0 + 1_000, to: null, cause: 'closed' });
    const second = run(first.last + MINUTE, MINUTE, { ports: false });
    second.runs.end(second.last);
    run(second.last + MINUTE, 0);
    expect(
      noted()
        .slice(1)
        .map((g) => [g.cause, g.from, g.to]),
    ).toEqual([
      ['closed', T0 + 1_000, first.last],
      ['crashed', first.last, first.last + MINUTE + 1_000],
      ['closed', first.last + MINUTE + 1_000, second.last],
      ['stopped', second.last, second.last + MINUTE + 1_000],
    ]);
  });

  it('a start that never came to listen leaves the gap open', () => {
    const { last } = run(T0, MINUTE);
    new NodeRuns(heartbeat, new GapFile(file, log), EMPTY, last + MINUTE, log).close();
    run(last + 2 * MINUTE, 0);
    expect(noted()[1]).toEqual({ from: last, to: last + 2 * MINUTE + 1_000, cause: 'crashed' });
  });

  it('a directory of before: its oldest rows tell when it began, its newest when it ended', () => {
    run(T0, 0, { known: { oldest: T0 - 50 * MINUTE, newest: T0 - 5 * MINUTE, crashed: true } });
    expect(noted()).toEqual([
      { from: 0, to: T0 - 50 * MINUTE, cause: 'before' },
      { from: T0 - 5 * MINUTE, to: T0 + 1_000, cause: 'crashed' },
    ]);
  });

  it('writes its sign of life in place', () => {
    const { runs, last } = run(T0, MINUTE);
    const before = statSync(heartbeat);
    runs.beat(clocks(last + 1_000, MINUTE + 1_000));
    expect([statSync(heartbeat).ino, statSync(heartbeat).size]).toEqual([before.ino, 128]);
    expect(JSON.parse(readFileSync(heartbeat, 'utf8')).alive).toBe(last + 1_000);
  });

  it('a heartbeat that cannot be read: as of a node of before', () => {
    run(T0, MINUTE);
    writeFileSync(heartbeat, 'x');
    run(T0 + 10 * MINUTE, 0, { known: { oldest: T0, newest: T0 + 2 * MINUTE, crashed: true } });
    expect(noted().at(-1)).toEqual({ from: T0 + 2 * MINUTE, to: T0 + 10 * MINUTE + 1_000, cause: 'crashed' });
  });
});

describe('a clock that is wrong', () => {
  it('set back since the last sign of life: no gap, and none that is negative', () => {
    run(T0, MINUTE);
    const { before } = run(T0 - 10 * MINUTE, 0);
    expect(before).toBeNull();
    expect(noted().every((g) => g.to! > g.from)).toBe(true);
    expect(noted()).toHaveLength(1);
  });

  it('set back while it runs: what was noted of the future is cut off', () => {
    const { runs, last } = run(T0, MINUTE);
    const years = 4 * 365 * 86_400_000;
    runs.beat(clocks(last + years, MINUTE + 1_000));
    expect(noted().at(-1)).toEqual({ from: last, to: last + years, cause: 'clock' });
    runs.beat(clocks(last + 2_000, MINUTE + 2_000));
    expect(noted().slice(1)).toEqual([
      { from: last, to: last + 2_000, cause: 'clock' },
      { from: last + 2_000, to: last + years, cause: 'set_back' },
    ]);
  });

  it('wrong at the start of the machine and set later: what was measured before is no gap', () => {
    const { last } = run(T0, MINUTE);
    const { runs } = run(86_400_000, MINUTE);
    runs.beat(clocks(last + 5 * MINUTE, MINUTE + 1_000));
    expect(noted().at(-1)).toEqual({ from: last, to: last + 5 * MINUTE, cause: 'clock' });
  });

  it('set forward and back while it runs: a leap is no stop, and what was measured is no gap', () => {
    const { runs, last } = run(T0, MINUTE);
    const beat = (wall: number, steady: number) => runs.beat(clocks(wall, steady));
    beat(last + 61 * MINUTE, 2 * MINUTE);
    beat(last + 62 * MINUTE, 3 * MINUTE);
    // An hour too early for a minute, and then right.
    beat(last - 57 * MINUTE, 4 * MINUTE);
    beat(last - 56 * MINUTE, 5 * MINUTE);
    beat(last + 5 * MINUTE, 6 * MINUTE);
    beat(last + 6 * MINUTE, 7 * MINUTE);
    expect(noted().filter((gap) => gap.cause === 'stopped')).toEqual([]);
    const range = { from: last - 90 * MINUTE, to: last + 6 * MINUTE };
    const quality = assessGaps({ gaps: noted(), imported: [] }, range.from, range.to);
    const unmeasured = Object.entries(quality.by).reduce(
      (sum, [cause, { ms }]) => sum + (cause === 'set_back' ? 0 : ms),
      0,
    );
    // Measured are the minute before the first leap, those two that were too early, and the last.
    expect(unmeasured).toBeCloseTo((1 - quality.measured) * (range.to - range.from), 3);
    expect(quality.measured * (range.to - range.from)).toBeGreaterThanOrEqual(3 * MINUTE);
    expect(quality.by.set_back!.gaps).toBe(1);
    expect(quality.by.clock!.ms).toBe(60 * MINUTE);
  });

  it('a machine that slept did not measure', () => {
    const { runs, last } = run(T0, MINUTE);
    runs.beat(clocks(last + 30 * MINUTE, MINUTE + 1_000, 30 * MINUTE - 1_000));
    runs.beat(clocks(last + 30 * MINUTE + 1_000, MINUTE + 2_000, 30 * MINUTE - 1_000));
    expect(noted().slice(1)).toEqual([{ from: last, to: last + 30 * MINUTE, cause: 'stopped' }]);
  });

  it('a moment in which the process did not run is no gap', () => {
    const { runs, last } = run(T0, MINUTE);
    runs.beat(clocks(last + 20_000, MINUTE + 20_000));
    expect(noted()).toHaveLength(1);
  });
});

describe('the file of gaps', () => {
  const gap = (n: number, cause: Gap['cause'] = 'silent'): Gap => ({ from: n, to: n + 1, cause });

  it('leaves out a torn line and goes on behind it', () => {
    const gaps = new GapFile(file, log);
    gaps.add([gap(1), gap(5)]);
    gaps.write(T0);
    appendFileSync(file, '{"from":9,"to":1');
    const again = new GapFile(file, log);
    expect([again.damaged, again.all]).toEqual([1, [gap(1), gap(5)]]);
    again.add([gap(7)]);
    again.write(T0);
    const last = new GapFile(file, log);
    expect([last.damaged, last.all]).toEqual([0, [gap(1), gap(5), gap(7)]]);
  });

  it('counts lines that say what cannot be', () => {
    writeFileSync(
      file,
      `{"from":5,"to":5,"cause":"crashed"}\n{"from":1,"to":2,"cause":"bored"}\nnull\n${JSON.stringify(gap(3))}\n`,
    );
    const gaps = new GapFile(file, log);
    expect([gaps.damaged, gaps.all]).toEqual([3, [gap(3)]]);
  });

  it('is bounded: the oldest silences go and are counted, what the node did stays', () => {
    const gaps = new GapFile(file, log);
    gaps.add([gap(0, 'crashed'), ...Array.from({ length: 100_000 }, (_, i) => gap(i + 1))]);
    gaps.write(T0);
    const again = new GapFile(file, log);
    expect([again.all.length, again.dropped, again.damaged]).toEqual([90_000, 10_001, 0]);
    expect(again.all.slice(0, 2)).toEqual([gap(0, 'crashed'), gap(10_002)]);
  });

  it('leaves out a line that was changed, though it can be read', () => {
    const gaps = new GapFile(file, log);
    gaps.add([gap(1), gap(5), gap(7)]);
    gaps.write(T0);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"from":5', '"from":3'));
    const again = new GapFile(file, log);
    expect([again.damaged, again.torn, again.all]).toEqual([1, false, [gap(1), gap(7)]]);
    again.write(T0);
    expect([new GapFile(file, log).damaged, noted()]).toEqual([0, [gap(1), gap(7)]]);
  });

  it('reads lines of earlier versions, which have no checksum', () => {
    writeFileSync(file, `{"dropped":3}\n${JSON.stringify(gap(1))}\n`);
    const gaps = new GapFile(file, log);
    expect([gaps.damaged, gaps.dropped, gaps.all]).toEqual([0, 3, [gap(1)]]);
    gaps.add([gap(5)]);
    gaps.write(T0);
    expect(noted()).toEqual([gap(1), gap(5)]);
  });

  it('is bounded: times of a node that starts and crashes for days become one where the least is between them', () => {
    const gaps = new GapFile(file, log);
    // Every tenth time the node ran longer.
    const crash = (n: number): Gap => ({ from: 100 * n, to: 100 * n + (n % 10 === 9 ? 50 : 90), cause: 'crashed' });
    const crashes = Array.from({ length: 100_001 }, (_, n) => crash(n));
    gaps.add(crashes);
    gaps.write(T0);
    expect(gaps.all.length).toBe(90_000);
    const again = new GapFile(file, log);
    expect([again.all.length, again.dropped, again.bytes]).toEqual([90_000, 0, statSync(file).size]);
    const covered = new Set(
      again.all.flatMap((g) => Array.from({ length: (g.to! - g.from) / 10 }, (_, i) => g.from + 10 * i)),
    );
    expect(crashes.every((g) => covered.has(g.from) && covered.has(g.to! - 10))).toBe(true);
    // What was measured for longer is still told as measured.
    expect(crashes.some((g, n) => n % 10 === 9 && covered.has(g.to!))).toBe(false);
  });

  it('keeps what the disk refuses, and writes it later', () => {
    const folder = join(temp.root, 'missing', 'gaps.jsonl');
    const gaps = new GapFile(folder, log);
    gaps.add([gap(1)]);
    gaps.write(T0);
    expect(gaps.of({ from: 0, to: 10 })).toEqual([gap(1)]);
    expect(new GapFile(folder, log).all).toEqual([]);
  });

  it('gives what touches a range', () => {
    const gaps = new GapFile(file, log);
    gaps.add([gap(1), gap(2), gap(3)]);
    expect(gaps.of({ from: 2, to: 3 })).toEqual([gap(2)]);
  });
});
