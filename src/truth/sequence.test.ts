import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SequenceTracker } from './index.ts';

const BOOT = 1_700_000_000_000;

/** Sums what the tracker said over many datagrams of [sequence, units, boot]. */
function run(t: SequenceTracker, datagrams: readonly (readonly [number, number, number?])[]) {
  const sum = { lost: 0, recovered: 0, duplicated: 0, restarted: 0 };
  for (const [sequence, units, boot] of datagrams) {
    t.observe(sequence >>> 0, units, boot ?? Number.NaN);
    sum.lost += t.lost;
    sum.recovered += t.recovered;
    sum.duplicated += t.duplicated;
    sum.restarted += t.restarted;
  }
  return sum;
}

const clean = { lost: 0, recovered: 0, duplicated: 0, restarted: 0 };
/** Datagrams of 30 records from a sequence on. */
const stream = (from: number, count: number, boot = Number.NaN): [number, number, number][] =>
  Array.from({ length: count }, (_, i) => [from + 30 * i, 30, boot]);

describe('SequenceTracker', () => {
  it.each([0, 1, 4_000_000_000])('loses nothing on a first datagram at %d and on those that follow it', (from) => {
    expect(run(new SequenceTracker(), stream(from, 100, BOOT))).toEqual(clean);
  });

  it('counts a gap as lost', () => {
    expect(run(new SequenceTracker(), [...stream(0, 10), ...stream(360, 10)])).toEqual({ ...clean, lost: 60 });
  });

  it('goes through 2^32, with and without a loss there', () => {
    expect(run(new SequenceTracker(), stream(2 ** 32 - 45, 10))).toEqual(clean);
    expect(run(new SequenceTracker(), [...stream(2 ** 32 - 90, 2), ...stream(30, 5)])).toEqual({ ...clean, lost: 60 });
  });

  it('takes a late datagram back from the loss, once', () => {
    const t = new SequenceTracker();
    expect(run(t, [...stream(0, 10), ...stream(390, 3), [330, 30]])).toEqual({ ...clean, lost: 90, recovered: 30 });
    expect(run(t, [[330, 30]])).toEqual({ ...clean, duplicated: 30 });
    expect(run(t, [[300, 30], [360, 30], ...stream(480, 2)])).toEqual({ ...clean, recovered: 60 });
  });

  it('a late datagram that overlaps the end of its gap was partly seen before', () => {
    expect(run(new SequenceTracker(), [...stream(0, 2), [70, 30], [60, 30]])).toEqual({
      ...clean,
      lost: 10,
      recovered: 10,
      duplicated: 20,
    });
  });

  it('knows what the network delivered twice, one by one or as a burst', () => {
    const twice = stream(0, 20).flatMap((d) => [d, d]);
    expect(run(new SequenceTracker(), twice)).toEqual({ ...clean, duplicated: 600 });
    const t = new SequenceTracker();
    run(t, stream(0, 50));
    expect(run(t, [...stream(1500 - 150, 5), ...stream(1500, 5)])).toEqual({ ...clean, duplicated: 150 });
  });

  it('something older than it remembers was seen before, once the stream goes on', () => {
    const t = new SequenceTracker();
    run(t, stream(0, 100));
    expect(run(t, [[300, 30]])).toEqual(clean);
    expect(run(t, stream(3000, 1))).toEqual({ ...clean, duplicated: 30 });
  });

  it('a boot time that moved tells a restart at once', () => {
    const t = new SequenceTracker();
    run(t, stream(1_000_000, 50, BOOT));
    expect(run(t, stream(0, 5, BOOT + 3_600_000))).toEqual({ ...clean, restarted: 1 });
    expect(run(t, stream(210, 5, BOOT + 3_600_000))).toEqual({ ...clean, lost: 60 });
  });

  it('a step of the exporter’s clock is no restart while the sequence goes on', () => {
    const t = new SequenceTracker();
    run(t, stream(0, 50, BOOT));
    expect(run(t, stream(1500, 5, BOOT + 3_600_000))).toEqual(clean);
  });

  it.each([
    ['the wrap of the uptime counter', 2 ** 32],
    ['its wrap and some drift', 2 ** 32 + 3_000],
    ['drift', -4_000],
  ])('%s does not make a loss a restart', (_, moved) => {
    const t = new SequenceTracker();
    run(t, stream(0, 50, BOOT));
    expect(run(t, stream(1530, 5, BOOT + moved))).toEqual({ ...clean, lost: 30 });
  });

  it('without a boot time, three datagrams in a row tell a restart', () => {
    const t = new SequenceTracker();
    run(t, stream(1_000_000, 50));
    expect(run(t, stream(0, 2))).toEqual(clean);
    expect(run(t, [[60, 30]])).toEqual({ ...clean, restarted: 1 });
    expect(run(t, stream(90, 10))).toEqual(clean);
  });

  it('losses amid a restart are still counted', () => {
    const t = new SequenceTracker();
    run(t, stream(1_000_000, 50));
    expect(
      run(t, [
        [0, 30],
        [60, 30],
        [90, 30],
        [120, 30],
      ]),
    ).toEqual({ ...clean, lost: 30, restarted: 1 });
  });

  it('one stray number far ahead changes nothing', () => {
    const t = new SequenceTracker();
    run(t, stream(0, 10));
    expect(run(t, [[2 ** 30, 30], ...stream(300, 10)])).toEqual(clean);
  });

  it('a jump too large for a loss is a restart, and a loss when the boot time stood still', () => {
    const t = new SequenceTracker();
    run(t, stream(0, 10));
    expect(run(t, stream(2 ** 30, 10))).toEqual({ ...clean, restarted: 1 });
    const known = new SequenceTracker();
    run(known, stream(0, 10, BOOT));
    expect(run(known, stream(300 + 2 ** 25, 10, BOOT))).toEqual({ ...clean, lost: 2 ** 25 });
  });

  it('recognises an exporter that counts datagrams, and then scales its loss', () => {
    const t = new SequenceTracker();
    const from = (n: number, count: number): [number, number][] => Array.from({ length: count }, (_, i) => [n + i, 30]);
    expect(run(t, from(1000, 30))).toEqual(clean);
    expect(t.unit).toBe('datagrams');
    expect(run(t, from(1032, 10))).toEqual({ ...clean, lost: 60 });
    expect(run(t, from(1030, 1))).toEqual({ ...clean, recovered: 30 });
    expect(run(t, from(1041, 1))).toEqual({ ...clean, duplicated: 30 });
    expect(run(t, from(1042, 10))).toEqual(clean);
  });

  it('recognises the other way round too, without the loss that it seemed to be', () => {
    const t = new SequenceTracker('datagrams');
    expect(run(t, stream(0, 40))).toEqual(clean);
    expect(t.unit).toBe('records');
    expect(run(t, stream(1230, 3))).toEqual({ ...clean, lost: 30 });
  });

  it('recognises an exporter whose numbers count the records of the datagram itself, and then sees its loss', () => {
    const sizes = Array.from({ length: 40 }, (_, i) => 5 + ((i * 7) % 20));
    let sequence = 0;
    const inclusive = sizes.map((units): [number, number] => {
      sequence += units;
      return [sequence, units];
    });
    const t = new SequenceTracker();
    expect(run(t, inclusive)).toEqual(clean);
    expect(t.unit).toBe('records_inclusive');
    expect(run(t, [[sequence + 50 + 12, 12]])).toEqual({ ...clean, lost: 50 });
  });

  it('the same numbers with the same sizes sent later are a restart, not a delivery twice', () => {
    const t = new SequenceTracker();
    const seen = { lost: 0, duplicated: 0, restarted: 0 };
    for (const [sequence, sentMs] of [
      [0, 1],
      [10, 1],
      [20, 1],
      [0, 2_000],
      [10, 2_000],
      [20, 2_000],
      [30, 2_000],
      [30, 2_000],
    ]) {
      t.observe(sequence!, 10, Number.NaN, 0, sentMs!);
      seen.lost += t.lost;
      seen.duplicated += t.duplicated;
      seen.restarted += t.restarted;
    }
    expect(seen).toEqual({ lost: 0, duplicated: 10, restarted: 1 });
  });

  it('records of options may be counted or not', () => {
    const t = new SequenceTracker();
    let lost = 0;
    let sequence = 0;
    for (let i = 0; i < 50; i++) {
      const flows = 5 + ((i * 7) % 20);
      const options = i % 4 === 0 ? 2 : 0;
      t.observe(sequence, flows + options, Number.NaN, options);
      lost += t.lost + t.restarted;
      sequence += flows;
    }
    expect(lost).toBe(0);
  });

  it('a loss that happens to fit another unit is told with the next datagram', () => {
    const t = new SequenceTracker();
    // 10 records are missing before the third: it advances by its own 30.
    expect(
      run(t, [
        [0, 20],
        [20, 20],
        [50, 30],
        [80, 25],
        [105, 20],
      ]),
    ).toEqual({ ...clean, lost: 10 });
  });

  it('datagrams of one record are the same in both units', () => {
    const t = new SequenceTracker();
    expect(
      run(
        t,
        Array.from({ length: 50 }, (_, i) => [i, 1] as const),
      ),
    ).toEqual(clean);
    expect(t.unit).toBe('records');
  });

  it('knows the number that comes next, and no other', () => {
    const t = new SequenceTracker();
    expect(t.continues(0)).toBe(false);
    run(t, stream(2 ** 32 - 60, 2));
    expect([0, 30, 2 ** 32 - 30].map((n) => t.continues(n))).toEqual([true, false, false]);
  });

  it('v9: one datagram is one step, whatever it holds', () => {
    const t = new SequenceTracker('datagrams');
    const mixed = Array.from({ length: 40 }, (_, i) => [i, i % 5 === 0 ? 0 : 20 + (i % 3)] as const);
    expect(run(t, mixed)).toEqual(clean);
    expect(run(t, [[42, 21]]).lost).toBeGreaterThan(30);
  });

  it('messages without records (templates) neither lose nor repeat anything', () => {
    expect(run(new SequenceTracker(), [...stream(0, 3), [90, 0], [90, 30], [60, 0], [120, 0], [120, 30]])).toEqual(
      clean,
    );
  });
});

describe('SequenceTracker, any order of arrival', () => {
  const size = fc.integer({ min: 2, max: 30 });
  it('whatever is dropped is lost, no more and no less', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(size, fc.boolean()), { minLength: 2, maxLength: 200 }),
        fc.nat(2 ** 32 - 1),
        (all, from) => {
          const t = new SequenceTracker();
          let sequence = from;
          const kept: [number, number][] = [];
          const lost: number[] = [];
          // A loss that fits another unit is told with a datagram that does not: two of sizes of their own come last.
          for (const [units, keep] of [...all, [31, true] as const, [32, true] as const]) {
            if (keep) kept.push([sequence, units]);
            // Loss before the first and after the last cannot be seen.
            else lost.push(kept.length, units);
            sequence += units;
          }
          let expected = 0;
          for (let i = 0; i < lost.length; i += 2) if (lost[i]! > 0 && lost[i]! < kept.length) expected += lost[i + 1]!;
          expect(run(t, kept)).toEqual({ ...clean, lost: expected });
        },
      ),
    );
  });

  it('neighbours that swapped places cost nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 100 }), (swaps) => {
        const order = stream(0, swaps.length * 2 + 2);
        swaps.forEach((swap, i) => {
          const at = 1 + 2 * i;
          if (swap) [order[at], order[at + 1]] = [order[at + 1]!, order[at]!];
        });
        const sum = run(new SequenceTracker(), order);
        expect(sum.lost - sum.recovered).toBe(0);
        expect([sum.duplicated, sum.restarted]).toEqual([0, 0]);
      }),
    );
  });

  it('no input makes a number that is not finite, and a saved state goes on as the original', () => {
    const odd = fc.tuple(
      fc.oneof(fc.nat(2 ** 32 - 1), fc.nat(200), fc.integer({ min: 2 ** 32 - 100, max: 2 ** 32 - 1 })),
      fc.nat(60),
      fc.constantFrom(Number.NaN, BOOT, BOOT + 4_000, BOOT + 9_000_000),
    );
    fc.assert(
      fc.property(
        fc.array(odd, { maxLength: 100 }),
        fc.array(odd, { maxLength: 50 }),
        fc.boolean(),
        (before, after, v9) => {
          const t = new SequenceTracker(v9 ? 'datagrams' : 'records');
          const first = run(t, before);
          const copy = SequenceTracker.restore(JSON.parse(JSON.stringify(t.save())) as number[]);
          const rest = run(t, after);
          expect(run(copy, after)).toEqual(rest);
          expect(copy.save()).toEqual(t.save());
          for (const n of [...Object.values(first), ...Object.values(rest)]) {
            expect(Number.isFinite(n) && n >= 0 && Number.isInteger(n)).toBe(true);
          }
        },
      ),
    );
  });

  it.each([[[]], [[1, 2, 3]], [[99, ...new SequenceTracker().save().slice(1)]]])(
    'refuses a state that is not one',
    (numbers) => {
      expect(() => SequenceTracker.restore(numbers)).toThrow(expect.objectContaining({ code: 'corrupt' }));
    },
  );
});
