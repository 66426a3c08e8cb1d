import type { FlowBatch } from '../../flow/index.ts';
import { HotColumns } from './hot-columns.ts';

/**
 * What was written late to a row, of which another fact may say more: its application, its service; that the former follows from a rule; and that its
 * category was looked at before any of that was written; and that it is not that of its names but was given to it, so that no name changes it.
 */
export const LATE = { application: 1, service: 2, byRule: 4, categorySeen: 8, givenCategory: 16 } as const;

/** Rows of one batch in memory, and how far they were looked at. */
export class LateRows {
  readonly batch: FlowBatch;
  columns: HotColumns | null = null;
  /** Rows that are whole. */
  rows = 0;
  /** Rows whose facts are known. */
  collected = 0;
  /** Rows that were compared with all facts there were. */
  matched = 0;
  /** The last turn that it was given. */
  turn = -1;
  private late: Uint8Array | null = null;
  /** Of rows with a late application: the code and the evidence that they came with. */
  private ownApplication: Uint32Array | null = null;
  private ownEvidence: Uint8Array | null = null;

  constructor(batch: FlowBatch) {
    this.batch = batch;
  }

  /** Sees the rows that came, and the columns that are live now. */
  refresh(rows: number): void {
    if (rows === this.rows && this.columns !== null) return;
    this.rows = rows;
    this.columns = HotColumns.of(this.batch);
  }

  isLate(row: number, what: number): boolean {
    return this.late !== null && (this.late[row]! & what) !== 0;
  }

  setLate(row: number, what: number): void {
    this.late ??= new Uint8Array(this.batch.capacity);
    this.late[row]! |= what;
  }

  clearLate(row: number, what: number): void {
    if (this.late !== null) this.late[row]! &= ~what;
  }

  /** Before an application is written late: keeps the one that the row came with. */
  keepOwn(columns: HotColumns, row: number): void {
    if (this.isLate(row, LATE.application)) return;
    this.ownApplication ??= new Uint32Array(this.batch.capacity);
    this.ownEvidence ??= new Uint8Array(this.batch.capacity);
    this.ownApplication[row] = columns.application[row]!;
    this.ownEvidence[row] = columns.evidence[row]!;
    this.setLate(row, LATE.application);
  }

  /** The code and the evidence of the application that the row came with. */
  applicationOf(columns: HotColumns, row: number): number {
    return this.isLate(row, LATE.application) ? this.ownApplication![row]! : columns.application[row]!;
  }
  evidenceOf(columns: HotColumns, row: number): number {
    return this.isLate(row, LATE.application) ? this.ownEvidence![row]! : columns.evidence[row]!;
  }
}
