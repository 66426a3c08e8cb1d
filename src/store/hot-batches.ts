import type { FlowBatch, FlowBatchHandle } from '../flow/index.ts';
import { addCounts, type LedgerEntry, ledgerKey } from '../truth/index.ts';
import { hourOf } from './layout.ts';
import type { JournalPosition } from './manifest.ts';

/** A batch that a producer fills, as the store sees it. */
export interface ProducedBatch {
  /** Unique among all producers. */
  readonly key: string;
  readonly batch: FlowBatch;
  /** Hour of receipt of all its rows (ms). */
  readonly hour: number;
  /** The journal file that has its datagrams; null when they are not journalled. A batch never spans two files. */
  readonly journal: string | null;
  /** Rows that are whole now; grows until the batch is closed. */
  rows(): number;
  /** The producer may fill it again. */
  recycle(): void;
}

/** Where the journal file stood when a batch was closed: all rows before are in this batch or in earlier ones. */
export interface ClosedAt {
  readonly rows: number;
  readonly closedMs: number;
  readonly position: JournalPosition;
}

interface Entry {
  readonly produced: ProducedBatch;
  readonly openedMs: number;
  /** By minute, exporter and domain: bounded by the streams, however often their counts come. */
  readonly ledger: Map<string, LedgerEntry>;
  closed: ClosedAt | null;
  leases: number;
  written: boolean;
  /** Its rows are on their way to a segment and to history, which must say the same of them. */
  frozen: boolean;
}

/** The rows of a closed batch. */
export interface BatchRows {
  readonly batch: FlowBatch;
  readonly rows: number;
  /** They were journalled as they came, not imported. */
  readonly live: boolean;
}

/** Closed batches of one hour of receipt. */
export interface HourGroup {
  readonly hour: number;
  readonly batches: readonly BatchRows[];
}

/** What one commit takes: whole batches in the order in which they were closed. */
export interface Writable {
  readonly keys: readonly string[];
  readonly groups: readonly HourGroup[];
  readonly ledger: readonly LedgerEntry[];
  readonly journals: Readonly<Record<string, JournalPosition>>;
}

/** The batches that are not in segments yet, with the leases of the views that read them. */
export class HotBatches {
  private readonly entries = new Map<string, Entry>();

  open(produced: ProducedBatch, nowMs: number): void {
    this.entries.set(produced.key, {
      produced,
      openedMs: nowMs,
      ledger: new Map(),
      closed: null,
      leases: 0,
      written: false,
      frozen: false,
    });
  }

  addLedger(key: string, entries: readonly LedgerEntry[]): void {
    const entry = this.entries.get(key);
    for (const e of entry ? entries : []) {
      const id = `${e.minute} ${ledgerKey(e)}`;
      const known = entry!.ledger.get(id);
      if (known) addCounts(known.counts, e.counts);
      else entry!.ledger.set(id, { ...e, counts: { ...e.counts } });
    }
  }

  close(key: string, closed: ClosedAt): void {
    const entry = this.entries.get(key);
    if (entry) entry.closed = closed;
  }

  /** Rows in closed batches, and the age of the oldest of them: what a flush would write. */
  waiting(nowMs: number): { rows: number; batches: number; ageMs: number } {
    let rows = 0;
    let batches = 0;
    let ageMs = 0;
    for (const { closed, written, openedMs } of this.entries.values()) {
      if (!closed || written) continue;
      batches += 1;
      rows += closed.rows;
      ageMs = Math.max(ageMs, nowMs - openedMs);
    }
    return { rows, batches, ageMs };
  }

  rows(): number {
    let rows = 0;
    for (const e of this.entries.values()) if (!e.written) rows += e.closed?.rows ?? e.produced.rows();
    return rows;
  }

  /** When the oldest batch that is not in a segment was begun; null when there is none with rows. */
  oldestMs(): number | null {
    let oldest: number | null = null;
    for (const e of this.entries.values()) {
      if (e.written || (e.closed?.rows ?? e.produced.rows()) === 0) continue;
      if (oldest === null || e.openedMs < oldest) oldest = e.openedMs;
    }
    return oldest;
  }

  /** Whether a batch that is not in a segment has rows of this journal file, apart from the batches `without`. */
  refersTo(file: string, without: readonly string[]): boolean {
    for (const [key, e] of this.entries) {
      if (e.written || without.includes(key)) continue;
      if (e.produced.journal === file) return true;
    }
    return false;
  }

  /** Closed batches up to about `maxRows`, in order, until the first that was closed within `settlingMs` before `nowMs`. */
  writable(maxRows: number, nowMs = 0, settlingMs = 0): Writable {
    const keys: string[] = [];
    const ledger: LedgerEntry[] = [];
    const journals: Record<string, JournalPosition> = {};
    const groups = new Map<number, BatchRows[]>();
    let rows = 0;
    for (const [key, e] of this.entries) {
      if (!e.closed || e.written) continue;
      if (rows >= maxRows) break;
      // A clock that was set back makes none wait.
      const closedMs = nowMs - e.closed.closedMs;
      if (closedMs >= 0 && closedMs < settlingMs) break;
      keys.push(key);
      for (const l of e.ledger.values()) ledger.push(l);
      if (e.produced.journal) journals[e.produced.journal] = e.closed.position;
      rows += e.closed.rows;
      if (e.closed.rows === 0) continue;
      const hour = hourOf(e.produced.hour);
      const group = groups.get(hour) ?? [];
      group.push({ batch: e.produced.batch, rows: e.closed.rows, live: e.produced.journal !== null });
      groups.set(hour, group);
    }
    return { keys, groups: [...groups].map(([hour, batches]) => ({ hour, batches })), ledger, journals };
  }

  /** Batches whose rows may still get names. */
  *unfrozen(): Iterable<ProducedBatch> {
    for (const { produced, written, frozen } of this.entries.values()) if (!written && !frozen) yield produced;
  }

  /** From `writable` until they are written, or could not be. */
  freeze(keys: readonly string[], frozen: boolean): void {
    for (const key of keys) {
      const entry = this.entries.get(key);
      if (entry) entry.frozen = frozen;
    }
  }

  /** The batches are in segments now: they leave new views at once, and go back to their producer when no view reads them. */
  written(keys: readonly string[]): void {
    for (const key of keys) {
      const entry = this.entries.get(key);
      if (!entry) continue;
      entry.written = true;
      this.recycle(key, entry);
    }
  }

  /** Batches for a view, each under a lease. */
  lease(): { keys: string[]; handles: FlowBatchHandle[] } {
    const keys: string[] = [];
    const handles: FlowBatchHandle[] = [];
    for (const [key, e] of this.entries) {
      if (e.written) continue;
      const rows = e.closed?.rows ?? e.produced.rows();
      if (rows === 0) continue;
      e.leases += 1;
      keys.push(key);
      handles.push({ ...e.produced.batch.handle(), rows });
    }
    return { keys, handles };
  }

  /** Keeps batches from their producer until `unlease`. */
  hold(keys: readonly string[]): void {
    for (const key of keys) this.entries.get(key)!.leases += 1;
  }

  unlease(keys: readonly string[]): void {
    for (const key of keys) {
      const entry = this.entries.get(key);
      if (!entry) continue;
      entry.leases -= 1;
      this.recycle(key, entry);
    }
  }

  /** Ledger entries of batches that are not committed yet. */
  ledger(): LedgerEntry[] {
    return [...this.entries.values()].flatMap((e) => (e.written ? [] : [...e.ledger.values()]));
  }

  private recycle(key: string, entry: Entry): void {
    if (!entry.written || entry.leases > 0) return;
    this.entries.delete(key);
    entry.produced.recycle();
  }
}
