import { describe, expect, test } from 'vitest';
import { SEEN_F64, SeenPackets } from './seen-packets.ts';

const WINDOW_MS = 50;

/** Adds packets `from` to `to`, `everyMs` apart; the signature of packet i is made of i. */
function add(packets: SeenPackets, from: number, to: number, everyMs: number): void {
  for (let i = from; i < to; i++) {
    const place = packets.add(i, Math.imul(i, 0x9e3779b1), i * everyMs);
    packets.f64[(place >> 1) + SEEN_F64.time] = i * everyMs;
  }
}

/** Which of the packets are found, each with the time that it had. */
function found(packets: SeenPackets, from: number, to: number, everyMs: number): number {
  let n = 0;
  for (let i = from; i < to; i++) {
    const place = packets.find(i, Math.imul(i, 0x9e3779b1));
    if (place >= 0 && packets.f64[(place >> 1) + SEEN_F64.time] === i * everyMs) n += 1;
  }
  return n;
}

describe('packets that were seen', () => {
  test.each([
    ['a few packets', 1],
    ['10,000 packets a second', 0.1],
    ['a million packets a second', 0.001],
  ])('none of the last 50 ms is forgotten: %s', (_, everyMs) => {
    const packets = new SeenPackets(WINDOW_MS);
    const all = 200_000;
    add(packets, 0, all, everyMs);
    const live = Math.floor(WINDOW_MS / everyMs);
    expect(found(packets, all - live, all, everyMs)).toBe(live);
  });

  test('where packets come slowly no memory is taken for more of them', () => {
    const packets = new SeenPackets(WINDOW_MS);
    add(packets, 0, 100_000, 1);
    expect(packets.i32.byteLength).toBe(32_768);
    expect(found(packets, 0, 100_000, 1)).toBe(1024);
  });

  test('what it remembers is bounded, however fast they come', () => {
    const packets = new SeenPackets(WINDOW_MS);
    add(packets, 0, 300_000, 0);
    expect(packets.i32.byteLength).toBe(65_536 * 32);
    expect(found(packets, 0, 300_000, 0)).toBe(65_536);
  });

  test('each of many with one and the same end of their signatures is found by the rest of it', () => {
    const packets = new SeenPackets(WINDOW_MS);
    const places = Array.from({ length: 1000 }, (_, i) => packets.add(i, 7, i));
    expect(Array.from({ length: 1000 }, (_, i) => packets.find(i, 7))).toEqual(places);
    expect(packets.find(1000, 7)).toBe(-1);
  });
});
