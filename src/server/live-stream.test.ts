import { describe, expect, it } from 'vitest';
import type { LiveSecond } from '../ingest/index.ts';
import { liveSeconds } from './live-stream.ts';
import type { NodeState } from './node-state.ts';

const NOTHING = { in_bytes: 0, in_packets: 0, out_bytes: 0, out_packets: 0, open: 0, opened: 0, ended: {} };

/** A node whose machine has seconds, of which whoever asks gets the next one. */
function nodeOf(seconds: { from: number; to: number }[], givenUp = false): Pick<NodeState, 'live' | 'hostMeter'> {
  const status = { level: 'none' as const, notes: ['no rights'], pid: null, restarts: 0, trouble: '', counters: {} };
  return {
    live: async () => {
      const next = seconds.shift();
      return next === undefined ? null : secondOf(next);
    },
    hostMeter: async () => ({ ...status, givenUp, forwarding: null }),
  };
}

function secondOf(times: { from: number; to: number }): LiveSecond {
  return {
    ...times,
    level: 'ebpf',
    byte_layer: 'ip',
    total: NOTHING,
    by: {},
    quality: {
      duplicates: { bytes: 0, packets: 0 },
      removed: { bytes: 0, packets: 0 },
      unmetered_packets: 0,
      records_sampled: 1,
      notes: [],
    },
  };
}

const { signal } = new AbortController();
const asked = { by: ['process'], top: 5, signal } as const;

describe('seconds of the live view', () => {
  it('are asked for one by one, each when the one before was read, and tell how many were missed', async () => {
    let clockMs = 10_000;
    const node = {
      ...nodeOf([]),
      live: async () => {
        clockMs += 1_000;
        return secondOf({ from: clockMs - 1_000, to: clockMs });
      },
    };
    const seconds = liveSeconds(node, asked);
    const first = (await seconds.next()).value!;
    // Nobody reads for a while, and nobody asks.
    clockMs += 7_000;
    const second = (await seconds.next()).value!;
    const third = (await seconds.next()).value!;
    expect([first.missed, second.missed, third.missed]).toEqual([0, 7, 0]);
    expect(second.to).toBe(19_000);
    await seconds.return(undefined);
  });

  it('end after as many as were asked for', async () => {
    const node = nodeOf([1, 2, 3].map((n) => ({ from: 1_000 * n, to: 1_000 * (n + 1) })));
    const told = [];
    for await (const second of liveSeconds(node, { ...asked, seconds: 2 })) told.push(second.to);
    expect(told).toEqual([2_000, 3_000]);
  });

  it('end with the reason where nothing can be metered any more', async () => {
    const seconds = liveSeconds(nodeOf([], true), asked);
    await expect(seconds.next()).rejects.toThrow('this machine is not metered (no rights): weir doctor');
  });

  it('wait for the next meter where one ended, and say what was missed meanwhile', async () => {
    const rest = [{ from: 1_000, to: 2_000 }];
    const node = nodeOf(rest);
    const seconds = liveSeconds(node, asked);
    await seconds.next();
    const next = seconds.next();
    rest.push({ from: 5_400, to: 6_000 });
    expect((await next).value!.missed).toBe(3);
  });
});
