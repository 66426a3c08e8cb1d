import { describe, expect, test } from 'vitest';
import { OverloadController, type OverloadState } from './overload-controller.ts';

const LOOK_MS = 100;
const PER_DATAGRAM = 30;

interface Machine {
  /** Rows a second that go to segments. */
  readonly writes: number;
  /** Rows that memory holds, and those of one segment. */
  readonly memory: number;
  readonly segment: number;
}

const USUAL: Machine = { writes: 1_000_000, memory: 2_000_000, segment: 1_000_000 };

/**
 * A node as far as the controller sees it: rows fill memory and leave it by whole segments; when it is full datagrams wait in a journal, which is decoded
 * with what the live flows leave, and counted when so many of its rows are as a segment has.
 */
class Simulation {
  readonly controller = new OverloadController();
  readonly changes: (OverloadState & { atMs: number })[] = [];
  failing = false;
  stalled = false;
  nowMs = 0;
  lagMs = 0;
  shed = 0;
  deferred = 0;
  private received = 0;
  private waiting = 0;
  private waitingSinceMs = 0;
  private inMemory = 0;
  private segmentDone = 0;
  private decoded = 0;
  private written = 0;
  private deferring = false;
  private readonly machine: Machine;

  constructor(machine: Machine = USUAL) {
    this.machine = machine;
  }

  get state(): OverloadState {
    return this.controller.state;
  }

  /** Records come at a rate (a second) for some seconds; `also` is called before each look. */
  run(seconds: number, perSecond: (ms: number) => number, buffer = 0): this {
    const end = this.nowMs + seconds * 1_000;
    for (; this.nowMs < end; this.nowMs += LOOK_MS) {
      this.receive((perSecond(this.nowMs) * LOOK_MS) / 1_000);
      this.write((this.failing || this.stalled ? 0 : this.machine.writes) * (LOOK_MS / 1_000));
      this.lagMs = this.waiting > 0 || this.deferring ? this.nowMs - this.waitingSinceMs : 0;
      const changed = this.controller.observe({
        nowMs: this.nowMs,
        buffer,
        lagMs: this.lagMs,
        received: this.received,
        datagrams: this.received / PER_DATAGRAM,
        deferred: this.deferred / PER_DATAGRAM,
        written: this.written,
        waiting: this.waiting > 0,
        failing: this.failing,
      });
      if (changed) this.changes.push({ ...this.state, atMs: this.nowMs });
    }
    return this;
  }

  private receive(records: number): void {
    this.received += records;
    if (this.deferring && this.inMemory < 0.75 * this.machine.memory) this.deferring = false;
    const kept = this.deferring ? 0 : Math.min(records / this.state.rate, this.machine.memory - this.inMemory);
    this.inMemory += kept;
    this.shed += this.deferring ? 0 : records - records / this.state.rate;
    const left = this.deferring ? records : records - kept * this.state.rate;
    if (left < 1) return;
    if (this.waiting === 0) this.waitingSinceMs = this.nowMs;
    this.deferring = true;
    this.deferred += left;
    this.waiting += left;
  }

  private write(rows: number): void {
    let left = rows;
    while (left > 0 && (this.inMemory >= this.machine.segment || this.segmentDone > 0)) {
      const part = Math.min(left, this.machine.segment - this.segmentDone);
      this.segmentDone += part;
      left -= part;
      if (this.segmentDone < this.machine.segment) return;
      this.segmentDone = 0;
      this.inMemory -= this.machine.segment;
      this.written += this.machine.segment;
    }
    const part = Math.min(this.waiting, left);
    this.waiting -= part;
    this.decoded += part;
    if (this.decoded < this.machine.segment && this.waiting > 0) return;
    this.written += this.decoded;
    this.decoded = 0;
  }
}

const steps = (simulation: Simulation) => simulation.changes.map((c) => c.step);

describe('what a node gives up', () => {
  test('nothing at what it can do', () => {
    const node = new Simulation().run(60, () => 900_000);
    expect(node.changes).toEqual([]);
    expect(node.deferred).toBe(0);
  });

  test('nothing for a burst each second whose mean it can do', () => {
    const node = new Simulation().run(600, (ms) => (ms % 1_000 === 0 ? 5_000_000 : 0));
    expect(node.changes).toEqual([]);
    expect(node.deferred).toBe(0);
  });

  test('no flow for a peak of two seconds: it waits in the journal, and is decoded', () => {
    const node = new Simulation()
      .run(10, () => 500_000)
      .run(2, () => 2_000_000)
      .run(10, () => 500_000);
    expect(node.deferred).toBeGreaterThan(0);
    expect(node.shed).toBe(0);
    expect(Math.max(...steps(node))).toBeLessThan(3);
    expect(node.run(30, () => 500_000).state.step).toBe(0);
  });

  test.each([
    [3, 10_000],
    [10, 30_000],
  ])('flows at %s times what it can do: answers are at most %s ms behind, and catch up', (times, mostMs) => {
    const node = new Simulation().run(5, () => 500_000);
    let lagMs = 0;
    for (let i = 0; i < 600; i++) {
      node.run(0.1, () => times * 1_000_000);
      lagMs = Math.max(lagMs, node.lagMs);
    }
    expect(node.state.step).toBe(3);
    expect(lagMs).toBeLessThan(mostMs);
    expect(node.lagMs).toBe(0);
    // The rate is the one that is needed, not more.
    expect(node.state.rate).toBeGreaterThanOrEqual(times);
    expect(node.state.rate).toBeLessThan(4 * times);
  });

  test('and all is kept again, step by step, when less comes', () => {
    const node = new Simulation().run(60, () => 3_000_000).run(60, () => 300_000);
    expect(node.state).toMatchObject({ step: 0, rate: 1 });
    const down = node.changes.filter((c) => c.atMs > 60_000);
    expect(down.map((c) => c.step)).toEqual([...down.map((c) => c.step)].sort((x, y) => y - x));
    for (const [i, change] of down.slice(1).entries())
      expect(change.atMs - down[i]!.atMs).toBeGreaterThanOrEqual(5_000);
  });

  test('less at a time: under a lasting load the rate is not tried out every few seconds', () => {
    const node = new Simulation().run(180, () => 3_000_000);
    const settled = node.changes.filter((c) => c.atMs > 30_000);
    expect(settled.length).toBeLessThanOrEqual(10);
  });

  test('a slow disk, whose segments take seconds, is not mistaken for one that writes nothing', () => {
    const node = new Simulation({ ...USUAL, writes: 200_000 }).run(60, () => 600_000);
    expect(node.state.step).toBe(3);
    expect(node.state.rate).toBeGreaterThanOrEqual(4);
    expect(node.state.rate).toBeLessThanOrEqual(16);
  });

  test('flows, when the receive thread itself cannot keep up', () => {
    const node = new Simulation().run(3, () => 500_000, 0.9);
    expect(steps(node).slice(0, 3)).toEqual([1, 2, 3]);
    expect(node.run(60, () => 500_000, 0).state.step).toBe(0);
  });

  test('no flow for a burst that takes long to be decoded: it is over', () => {
    const node = new Simulation({ ...USUAL, writes: 400_000 })
      .run(60, () => 300)
      .run(1.6, () => 5_000_000)
      .run(14, () => 300);
    expect(node.lagMs).toBeGreaterThan(14_000);
    expect(node.run(60, () => 300).shed).toBe(0);
    expect(node.state.step).toBe(0);
  });

  test('as many flows as needed on a disk so slow that a segment takes longer than a usual stall', () => {
    const node = new Simulation({ ...USUAL, writes: 80_000 }).run(180, () => 300_000);
    expect(node.state.step).toBe(3);
    expect(node.state.rate).toBeGreaterThanOrEqual(4);
    expect(node.state.rate).toBeLessThanOrEqual(32);
  });

  test('nothing more, and soon none at all, when a load ends whose rest takes long to be decoded', () => {
    const slow = { ...USUAL, writes: 200_000 };
    const node = new Simulation(slow).run(30, () => 6_000_000);
    expect(node.state.step).toBe(3);
    const { nowMs, changes } = node;
    const before = changes.length;
    node.run(20, () => 300);
    expect(node.lagMs).toBeGreaterThan(10_000);
    expect(changes.slice(before).filter((c) => c.atMs > nowMs + 500 && c.rate > 1)).toEqual([]);
    expect(node.state.rate).toBe(1);
  });

  test.each([14, 25, 60])('hardly a flow for a disk that stalls for %s s without refusing', (seconds) => {
    const node = new Simulation({ writes: 500_000, memory: 1_000_000, segment: 250_000 }).run(60, () => 100_000);
    node.stalled = true;
    node.run(seconds, () => 100_000);
    node.stalled = false;
    const endMs = node.nowMs;
    node.run(2 * seconds + 30, () => 100_000);
    expect(Math.max(...node.changes.map((c) => c.rate))).toBeLessThanOrEqual(2);
    expect(node.changes.filter((c) => c.atMs > endMs + 10_000 && c.rate > 1)).toEqual([]);
    expect(node.state.step).toBe(0);
  });

  test('no higher rate for a stall amid a load that is too much anyway', () => {
    const node = new Simulation().run(40, () => 3_000_000);
    const { rate } = node.state;
    node.stalled = true;
    node.run(30, () => 3_000_000);
    expect(node.state.rate).toBeLessThanOrEqual(2 * rate);
    node.stalled = false;
    node.run(60, () => 3_000_000);
    expect(Math.max(...node.changes.map((c) => c.rate))).toBeLessThanOrEqual(4 * rate);
  });

  test('no higher rate while the receive thread reads nothing: it waits for the disk', () => {
    const node = new Simulation().run(3, () => 0, 0.9);
    expect(Math.max(1, ...node.changes.map((c) => c.rate))).toBe(1);
  });

  test('nothing for a disk that refuses: it would not help', () => {
    const node = new Simulation();
    node.failing = true;
    node.run(60, () => 3_000_000);
    expect(node.changes).toEqual([]);
  });

  test('nothing for a file that cannot be decoded, however long answers are behind', () => {
    const controller = new OverloadController();
    const looks = Array.from({ length: 1_000 }, (_, i) =>
      controller.observe({
        nowMs: i * LOOK_MS,
        buffer: 0,
        lagMs: 3_600_000,
        received: i,
        datagrams: i,
        deferred: 0,
        written: 0,
        waiting: true,
        failing: false,
      }),
    );
    expect(looks).not.toContain(true);
  });

  test('the cause has the figures', () => {
    const node = new Simulation().run(10, () => 3_000_000);
    expect(node.state.cause).toMatch(
      /^memory for rows is full: 3\.0 M records\/s come, \d+ k|\d\.\d M rows\/s are written$/,
    );
  });
});
