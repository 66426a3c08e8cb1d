import { deleteFirst, type EntryHolder } from './entry-limit.ts';
import {
  COUNTERS,
  countedOf,
  deltaOf,
  type InterfaceCounterDelta,
  type InterfaceState,
  newState,
  OCTETS,
  octetsSince,
  speedOf,
} from './interface-state.ts';

const HALF = 0x8000_0000;
/**
 * A sample whose number lies this little behind the last one was overtaken by it, or came twice. They are seconds apart: further
 * behind is a source that began anew.
 */
const LATE = 16;
const FORGET_MS = 3_600_000;
const NAME_BYTES = 64;

/** The counters of the interfaces of one agent, as differences: counters of 64 bits are subtracted word by word, exact below 2^53. */
export class InterfaceCounters {
  /** Samples of interfaces that found no room, or lost theirs, since the last datagram began. */
  untracked = 0;
  /** Raised when an interface comes or goes, or has another name or speed. */
  revision = 0;
  private readonly interfaces = new Map<number, InterfaceState>();
  private readonly room: EntryHolder;

  constructor(room: EntryHolder) {
    this.room = room;
  }

  get size(): number {
    return this.interfaces.size;
  }

  /** One record at `at`. `starts` is how often the agent started; a change means that it counts from 0. */
  observe(view: DataView, at: number, sequence: number, receivedMs: number, starts: number): void {
    const ifIndex = view.getUint32(at);
    const known = this.interfaces.get(ifIndex);
    const s = known ?? this.enter(ifIndex);
    if (s === null) {
      this.untracked += 1;
      return;
    }
    const fresh = known === undefined || s.starts !== starts;
    const ahead = (sequence - s.sequence) | 0;
    if (!fresh && ahead <= 0 && ahead > -LATE) return;
    if (!fresh && this.add(s, view, at)) s.seconds += Math.max(0, receivedMs - s.lastMs) / 1_000;
    this.keep(s, view, at);
    s.sequence = sequence;
    s.lastMs = receivedMs;
    s.starts = starts;
  }

  private enter(ifIndex: number): InterfaceState | null {
    if (!this.room.take()) return null;
    const state = newState();
    this.interfaces.set(ifIndex, state);
    this.revision += 1;
    return state;
  }

  /** False when the octets went back: then all counters were cleared, and nothing can be told of the time between. */
  private add(s: InterfaceState, view: DataView, at: number): boolean {
    const { last, sums } = s;
    const inOctets = octetsSince(view, at + OCTETS[0], last, 0);
    const outOctets = octetsSince(view, at + OCTETS[1], last, 2);
    const known = s.known & countedOf(view, at);
    if (((known & 1) !== 0 && inOctets < 0) || ((known & 2) !== 0 && outOctets < 0)) return false;
    if (known & 1) sums[0]! += inOctets;
    if (known & 2) sums[1]! += outOctets;
    for (let i = 0; i < COUNTERS.length; i++) {
      if ((known & (4 << i)) === 0) continue;
      const since = (view.getUint32(at + COUNTERS[i]!) - last[4 + i]!) >>> 0;
      // 32 bits wrap; a step of more than half of them is a counter that was set back.
      if (since < HALF) sums[2 + i]! += since;
    }
    s.summed |= known;
    return true;
  }

  private keep(s: InterfaceState, view: DataView, at: number): void {
    const { last } = s;
    s.seen = true;
    s.known = countedOf(view, at);
    const speedBps = speedOf(view, at);
    if (speedBps !== s.speedBps) this.revision += 1;
    s.speedBps = speedBps;
    s.status = view.getUint32(at + 20) & 3;
    last[0] = view.getUint32(at + OCTETS[0]);
    last[1] = view.getUint32(at + OCTETS[0] + 4);
    last[2] = view.getUint32(at + OCTETS[1]);
    last[3] = view.getUint32(at + OCTETS[1] + 4);
    for (let i = 0; i < COUNTERS.length; i++) last[4 + i] = view.getUint32(at + COUNTERS[i]!);
  }

  /** The name of an interface that is known, in ASCII at [at, at + length). */
  setName(ifIndex: number, view: DataView, at: number, length: number): void {
    const s = this.interfaces.get(ifIndex);
    const count = Math.min(length, NAME_BYTES);
    if (!s || isText(s.name, view, at, count)) return;
    s.name = textAt(view, at, count);
    this.revision += 1;
  }

  /** The interfaces that were heard of since the last call; those not heard of for an hour are let go. */
  take(nowMs: number): InterfaceCounterDelta[] {
    const found: InterfaceCounterDelta[] = [];
    for (const [ifIndex, s] of this.interfaces) {
      if (s.seen) found.push(deltaOf(ifIndex, s));
      else if (nowMs - s.lastMs > FORGET_MS) {
        this.interfaces.delete(ifIndex);
        this.revision += 1;
        this.room.give(1);
      }
      s.seen = false;
      s.seconds = 0;
      s.summed = 0;
      s.sums.fill(0);
    }
    return found;
  }

  /** The interfaces as they are named, and their speed. */
  named(): { index: number; name: string; description: string; speed: number }[] {
    return [...this.interfaces].map(([index, { name, speedBps }]) => ({
      index,
      name,
      description: '',
      speed: speedBps,
    }));
  }

  /** Lets `count` of them go; how many went. */
  shed(count: number): number {
    const n = deleteFirst(this.interfaces, count);
    this.room.give(n);
    this.revision += n;
    return n;
  }

  release(): void {
    this.room.give(this.interfaces.size);
    this.interfaces.clear();
    this.revision += 1;
  }

  save(): unknown[] {
    return [...this.interfaces].map(([ifIndex, s]) => [
      [ifIndex, s.sequence, s.lastMs, s.starts, s.speedBps, s.status, s.seconds, Number(s.seen), s.known, s.summed],
      [...s.last],
      [...s.sums],
      s.name,
    ]);
  }

  load(saved: unknown): void {
    if (!Array.isArray(saved)) return;
    for (const entry of saved) {
      const [numbers, last, sums, name] = Array.isArray(entry) ? entry : [];
      if (!isNumbers(numbers, 10) || !isNumbers(last, 14) || !isNumbers(sums, 12)) continue;
      const s = this.interfaces.has(numbers[0]!) ? null : this.enter(numbers[0]!);
      if (s === null) continue;
      [, s.sequence, s.lastMs, s.starts, s.speedBps, s.status, s.seconds] = numbers as Seven;
      s.seen = numbers[7] === 1;
      s.known = numbers[8]!;
      s.summed = numbers[9]!;
      s.last.set(last);
      s.sums.set(sums);
      s.name = typeof name === 'string' ? name.slice(0, NAME_BYTES) : '';
    }
  }
}

type Seven = [number, number, number, number, number, number, number];

function isNumbers(value: unknown, count: number): value is number[] {
  return Array.isArray(value) && value.length === count && value.every(Number.isFinite);
}

function isText(text: string, view: DataView, at: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== view.getUint8(at + i)) return false;
  return true;
}

function textAt(view: DataView, at: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) text += String.fromCharCode(view.getUint8(at + i));
  return text;
}
