import type { BpfBatch, BpfMap, BpfObject } from '../../system/index.ts';
import { cookieOf, FLOW_KEY_WORDS, hasCounted, lastMsOf, takeFlow, writeKey } from './flow-entry.ts';
import { newSocketSweep, type SocketSweep } from './socket-sweep.ts';

/** Flows without packets for so long are forgotten, whether they were retired or not. */
const SILENT_MS = 600_000;
/** How far behind the clock of last packets may be. */
const COARSE_MS = 20;

/** The kernel's table of flows: what it has is told, and what is over is forgotten. */
export class KernelFlows {
  private readonly map: BpfMap;
  private readonly batch: BpfBatch;
  private readonly keys: Uint32Array;
  private readonly values: Uint32Array;
  private readonly gone: BpfBatch;
  private readonly goneKeys: Uint32Array;
  private goneCount = 0;
  private readonly part: SocketSweep;
  private readonly retired = new Set<number>();
  /** When the last sweep began, and the one after which sockets were retired: ms of the monotonic clock. */
  private sweptMs = 0;
  private retiredMs = 0;

  constructor(object: BpfObject) {
    this.map = object.map('flows');
    this.batch = object.batch('flows');
    this.keys = words(this.batch.keys);
    this.values = words(this.batch.values);
    this.gone = object.batch('flows');
    this.goneKeys = words(this.gone.keys);
    this.part = newSocketSweep(this.batch.room);
  }

  /** `clockMs` is 1970 on the monotonic clock. */
  sweep(nowMs: number, clockMs: number, each: (part: SocketSweep) => void): void {
    const { part, keys, values } = this;
    this.sweptMs = nowMs;
    this.batch.read((count) => {
      part.count = 0;
      for (let entry = 0; entry < count; entry++) {
        const silentMs = nowMs - lastMsOf(values, entry);
        // What a socket counted after it was retired is told, and it is retired once more.
        if (silentMs > SILENT_MS || (this.isRetired(entry) && silentMs > nowMs - this.retiredMs + COARSE_MS))
          this.forget(entry);
        else takeFlow(keys, values, entry, clockMs, part);
      }
      if (part.count > 0) each(part);
    });
    this.forgetNow();
  }

  /** All flows of these sockets are removed at the next sweep, which does not tell of them again. */
  retire(cookies: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) this.retired.add(cookies[i]!);
    this.retiredMs = this.sweptMs;
  }

  /** Sockets that were retired before the last sweep, which removed their flows: once. */
  takeRetired(take: (cookies: Iterable<number>) => void): void {
    take(this.retired);
    this.retired.clear();
  }

  retireEntries(over: SocketSweep, forgotten: Uint8Array): void {
    const key = words(this.map.keyBytes);
    for (let slot = 0; slot < over.count; slot++) {
      writeKey(over, slot, key, 0);
      const value = this.map.lookup();
      // A port that was given to a new connection at once may count in it again.
      forgotten[slot] = value === null || hasCounted(words(value), over, slot) ? 1 : 0;
      if (value === null || forgotten[slot] === 0) continue;
      this.goneKeys.set(key, this.goneCount * FLOW_KEY_WORDS);
      this.forgotten();
    }
    this.forgetNow();
  }

  private isRetired(entry: number): boolean {
    return this.retired.size > 0 && this.retired.has(cookieOf(this.keys, entry));
  }

  private forget(entry: number): void {
    const from = entry * FLOW_KEY_WORDS;
    this.goneKeys.set(this.keys.subarray(from, from + FLOW_KEY_WORDS), this.goneCount * FLOW_KEY_WORDS);
    this.forgotten();
  }

  private forgotten(): void {
    this.goneCount += 1;
    if (this.goneCount === this.gone.room) this.forgetNow();
  }

  private forgetNow(): void {
    this.gone.remove(this.goneCount);
    this.goneCount = 0;
  }
}

function words(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, 0, bytes.length / 4);
}
