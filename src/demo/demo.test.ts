import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Demo, type DemoOptions, SAMPLING } from './demo.ts';
import { Random } from './random.ts';
import { silencesOf } from './silence.ts';
import { truthOf } from './truth.ts';

const UNTIL = Date.UTC(2026, 9, 15, 9, 30, 12);
const small: DemoOptions = { seed: 5, days: 1, flows: 6_000, untilMs: UNTIL };

/** Runs a demo to its end; the hash of its capture, and the most flows that its exporters held between two pieces of it. */
async function run(options: DemoOptions) {
  const demo = new Demo(options);
  const hash = createHash('sha256');
  let waiting = 0;
  for await (const piece of demo.capture()) {
    hash.update(piece);
    waiting = Math.max(
      waiting,
      demo.exporters.reduce((sum, e) => sum + e.waiting, 0),
    );
  }
  return { demo, hash: hash.digest('hex'), waiting, truth: truthOf(demo) };
}

describe('a demo', () => {
  it('is the same to the last byte for the same options, and another one for another seed', async () => {
    const [one, same, other] = [await run(small), await run(small), await run({ ...small, seed: 6 })];
    expect(same.hash).toBe(one.hash);
    expect(same.truth).toEqual(one.truth);
    expect(other.hash).not.toBe(one.hash);
  });

  it('has each kind of event, inside of its time, with flows', async () => {
    const { truth } = await run({ ...small, days: 3 });
    const kinds = truth.events.map(({ kind }) => kind);
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(kinds).toEqual(
      expect.arrayContaining(['horizontal_scan', 'slow_scan', 'syn_flood', 'beacon', 'moved_service', 'export_loss']),
    );
    for (const { kind, from_ms, to_ms, filter, made } of truth.events) {
      expect([kind, from_ms >= truth.from_ms && to_ms <= truth.to_ms && from_ms < to_ms]).toEqual([kind, true]);
      if (filter !== null) expect([kind, made!.flows > 0]).toEqual([kind, true]);
    }
  });

  it('counts what its exporters told, lost and did not see', async () => {
    const { truth, demo } = await run(small);
    const [north, dorms, ...agents] = truth.exporters;
    // Nothing is sampled there: what passed was told or lost.
    expect(north!.told.packets + north!.lost.packets).toBe(north!.passed.packets);
    expect(north!.told.bytes + north!.lost.bytes).toBe(north!.passed.bytes);
    expect(north!.lost.datagrams).toBeGreaterThan(0);
    for (const { told, passed } of agents) expect(told.bytes).toBe(passed.bytes);
    expect(dorms!.unseen.flows).toBeGreaterThan(0);
    const estimate = dorms!.told.packets * SAMPLING;
    expect(Math.abs(estimate / dorms!.passed.packets - 1)).toBeLessThan(4 / Math.sqrt(dorms!.told.packets));
    const [silence, ...others] = silencesOf(demo);
    expect(others).toEqual([]);
    expect(silence).toMatchObject({ cause: 'silent', exporter: '10.20.0.1', ...periodOf(demo.exporterOutage) });
  });

  it('holds those flows alone that last', async () => {
    const flows = 24_000;
    const { waiting, truth } = await run({ ...small, days: 4, flows });
    expect(truth.made.flows).toBeGreaterThan(flows / 2);
    expect(waiting).toBeGreaterThan(0);
    // Those of some minutes of 5,760.
    expect(waiting).toBeLessThan(flows / 50);
  });
});

const periodOf = ({ fromMs, toMs }: { fromMs: number; toMs: number }) => ({ from: fromMs, to: toMs });

describe('random numbers', () => {
  it('are uniform enough, and independent by stream', () => {
    const [a, b] = [new Random(1, 1), new Random(1, 2)];
    const n = 20_000;
    let sum = 0;
    let product = 0;
    for (let i = 0; i < n; i++) {
      const [x, y] = [a.unit(), b.unit()];
      sum += x;
      product += (x - 0.5) * (y - 0.5);
    }
    expect(sum / n).toBeCloseTo(0.5, 1);
    expect(Math.abs(product / n)).toBeLessThan(0.005);
  });

  it('draw packets at the rate that is said', () => {
    const random = new Random(2);
    let drawn = 0;
    for (let i = 0; i < 4_000; i++) drawn += random.drawn(1_000, 100);
    // 40,000 are to be expected, give or take 200.
    expect(Math.abs(drawn - 40_000)).toBeLessThan(800);
    expect(random.drawn(0, 100)).toBe(0);
  });

  it('give counts with the mean that is asked for', () => {
    const random = new Random(3);
    for (const mean of [0.2, 7, 300]) {
      let sum = 0;
      for (let i = 0; i < 5_000; i++) sum += random.poisson(mean);
      expect(Math.abs(sum / 5_000 - mean)).toBeLessThan(4 * Math.sqrt(mean / 5_000));
    }
  });
});
