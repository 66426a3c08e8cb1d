import { describe, expect, it } from 'vitest';
import { TextColumns } from '../flow/index.ts';
import { EntryLimit, newExportHeader, SflowDecoder } from '../wire/index.ts';
import { SflowSequences } from './sflow-sequences.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

/** A datagram of a second: its number, the second of its agent's uptime, and the samples in it as [source, sequence]. */
type Datagram = readonly [sequence: number, second: number, ...samples: (readonly [number, number])[]];

interface Sums {
  lost: number;
  recovered: number;
  duplicated: number;
  restarted: number;
  untracked: number;
}

const clean: Sums = { lost: 0, recovered: 0, duplicated: 0, restarted: 0, untracked: 0 };

function run(s: SflowSequences, datagrams: readonly Datagram[], from = NOW): Sums {
  const sum = { ...clean };
  const { result } = new SflowDecoder(new TextColumns());
  datagrams.forEach(([sequence, second, ...samples], i) => {
    const header = { ...newExportHeader(), sequence: sequence >>> 0, uptimeMs: (second * 1_000) >>> 0 };
    result.sources = samples.length;
    samples.forEach(([source, number], n) => {
      result.sampleClasses[n] = 0;
      result.sampleSources[n] = source;
      result.sampleSequences[n] = number;
    });
    s.observe(header, result, from + 1_000 * i);
    for (const name of Object.keys(sum) as (keyof Sums)[]) sum[name] += s[name];
  });
  return sum;
}

const fresh = (most = 100) => new SflowSequences(new EntryLimit(most));

describe('the sequences of an sFlow stream', () => {
  it('each data source counts by itself', () => {
    const datagrams = Array.from({ length: 50 }, (_, i): Datagram => [i, i, [1, 9_000 + i], [2, 4_294_967_290 + i]]);
    expect(run(fresh(), datagrams)).toEqual(clean);
  });

  it('what is missing of a source is lost in records, with the datagrams that held it', () => {
    const datagrams: Datagram[] = [
      [1, 1, [1, 10], [2, 70]],
      [5, 2, [1, 14], [2, 72]],
    ];
    expect(run(fresh(), datagrams)).toEqual({ ...clean, lost: 4 });
  });

  it('datagrams of interface counters that are missing are no lost records', () => {
    expect(
      run(fresh(), [
        [1, 1, [1, 10]],
        [4, 2],
        [5, 3, [1, 11]],
      ]),
    ).toEqual(clean);
  });

  it('a late datagram brings back what was counted as lost, one that comes twice nothing', () => {
    const datagrams: Datagram[] = [
      [1, 1, [1, 10]],
      [3, 3, [1, 12]],
      [2, 2, [1, 11]],
      [4, 4, [1, 13]],
      [4, 4, [1, 13]],
    ];
    expect(run(fresh(), datagrams)).toMatchObject({ lost: 1, recovered: 1, duplicated: 1, restarted: 0 });
  });

  it.each([10, 3_000_000_000, 4_294_900_000])('an agent that starts anew at sample %d has lost nothing', (last) => {
    const before: Datagram[] = [1, 2, 3].map((i) => [100 + i, 900 + i, [1, last + i]]);
    const after: Datagram[] = [1, 2, 3].map((i) => [i, i, [1, i]]);
    expect(run(fresh(), [...before, ...after])).toEqual({ ...clean, restarted: 1 });
  });

  it('the wrap of the uptime is no start', () => {
    const wrap = 4_294_967;
    const datagrams = [-2, -1, 1, 2].map((i): Datagram => [50 + i, wrap + i, [1, 50 + i]]);
    expect(run(fresh(), datagrams)).toMatchObject({ restarted: 0, lost: 1 });
  });

  it('a source that is made anew while its agent runs is no loss of billions', () => {
    const datagrams: Datagram[] = [
      [1, 1, [1, 3_000_000_000]],
      [2, 2, [1, 0]],
      [3, 3, [1, 1]],
      [4, 4, [1, 2]],
      [5, 5, [1, 3]],
    ];
    expect(run(fresh(), datagrams)).toEqual({ ...clean, restarted: 1 });
  });

  it('sources beyond the bound are counted, and find room when others were silent for an hour', () => {
    const limit = new EntryLimit(1);
    const s = new SflowSequences(limit);
    expect(
      run(s, [
        [1, 1, [1, 10], [2, 10]],
        [2, 2, [1, 11], [2, 20]],
      ]),
    ).toEqual({ ...clean, untracked: 2 });
    run(
      s,
      [
        [3, 7_200, [2, 30]],
        [4, 7_201, [2, 32]],
      ],
      NOW + 7_200_000,
    );
    expect(s.lost).toBe(1);
    s.release();
    expect(limit.holder(() => {}).take()).toBe(true);
  });

  it('goes on from its saved state, and begins anew from what is none', () => {
    const s = fresh();
    run(s, [[1, 1, [1, 10]]]);
    const restored = SflowSequences.restore(JSON.parse(JSON.stringify(s.save())), new EntryLimit(10));
    expect(run(restored, [[2, 2, [1, 15]]], NOW + 1_000)).toEqual({ ...clean, lost: 4 });
    for (const value of [null, 3, 'x', { sources: [[1, 2, [3]], 7], datagrams: [1], uptime: ['x'] }]) {
      expect(run(SflowSequences.restore(value, new EntryLimit(10)), [[9, 9, [1, 99]]])).toEqual(clean);
    }
  });
});
