import { describe, expect, it } from 'vitest';
import { deleteFirst, type EntryHolder, EntryLimit } from './entry-limit.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

/** A holder with its entries, as owners have them. */
class Owner {
  readonly entries = new Map<number, null>();
  readonly room: EntryHolder;

  constructor(limit: EntryLimit) {
    this.room = limit.holder((count) => this.room.give(deleteFirst(this.entries, count)));
  }

  /** Asks for `count` more in one datagram; how many were had. */
  ask(count: number, nowMs: number): number {
    this.room.used(nowMs);
    let n = 0;
    for (let i = 0; i < count && this.room.take(); i++) {
      this.entries.set(this.next++, null);
      n += 1;
    }
    expect(this.room.size).toBe(this.entries.size);
    return n;
  }
  private next = 0;
}

describe('a bound that many share', () => {
  it('gives one no more than its own bound', () => {
    expect(new Owner(new EntryLimit(10_000, 500)).ask(22_000, NOW)).toBe(500);
  });

  it('lets newcomers in while others flood it, at the cost of those who have most', () => {
    const limit = new EntryLimit(10_000, 4_096);
    const flood = Array.from({ length: 20 }, () => new Owner(limit));
    const honest = new Owner(limit);
    expect(honest.ask(60, NOW)).toBe(60);
    for (let i = 0; i < 100; i++) for (const owner of flood) owner.ask(1_100, NOW + i);
    expect(honest.entries.size).toBe(60);
    expect(new Owner(limit).ask(48, NOW + 100)).toBe(48);
    const all = [honest, ...flood].reduce((n, { entries }) => n + entries.size, 0);
    expect(all).toBeLessThanOrEqual(10_000);
  });

  it('takes back from those who are silent first, a week later as well', () => {
    const limit = new EntryLimit(100);
    const silent = Array.from({ length: 50 }, () => new Owner(limit));
    for (const owner of silent) expect(owner.ask(2, NOW)).toBe(2);
    const newcomer = new Owner(limit);
    expect(newcomer.ask(10, NOW + 1_000)).toBe(0);
    for (const owner of silent.slice(25)) owner.ask(0, NOW + 500_000);
    expect(newcomer.ask(50, NOW + 500_000)).toBe(50);
    expect(silent.map(({ entries }) => entries.size)).toEqual([...Array(25).fill(0), ...Array(25).fill(2)]);
  });

  it('has all of it again when it was given back', () => {
    const limit = new EntryLimit(100);
    const owner = new Owner(limit);
    for (let i = 0; i < 10; i++) {
      expect(owner.ask(200, NOW)).toBe(100);
      owner.room.shed(100);
      expect(owner.room.size).toBe(0);
    }
  });
});
