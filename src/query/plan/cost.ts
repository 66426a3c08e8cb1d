/** Rows that each statement of a question reads, by kind. */
export interface RowsRead {
  readonly raw: number;
  readonly history: number;
}

/** Nanoseconds a row where nothing was measured yet: grouped sums over Parquet on two cores, records of many columns and rows of history. */
const FIRST_NS = { raw: 25, history: 50 } as const;
/** What a statement takes before its first row: SQL, and opening files. */
const STATEMENT_MS = 4;
/** Fewer rows say nothing of the cost of a row. */
const ENOUGH_ROWS = 200_000;
/** Weight of the latest question among all. */
const WEIGHT = 0.2;

/** What questions cost here, learnt from those that were answered. */
export class QueryCosts {
  private readonly ns = { ...FIRST_NS } as { raw: number; history: number };

  /** Estimated time of a question in ms. */
  estimateMs({ raw, history }: RowsRead, statements: number): number {
    return statements * (STATEMENT_MS + (raw * this.ns.raw + history * this.ns.history) / 1e6);
  }

  /** Learns from a question that took `ms`: only of the kind of rows that made nearly all of them. */
  learn(rows: RowsRead, statements: number, ms: number): void {
    const { raw, history } = rows;
    const kind = raw > history ? 'raw' : 'history';
    if (rows[kind] < ENOUGH_ROWS || Math.min(raw, history) > rows[kind] / 10) return;
    const measured = Math.max(0, ((ms / statements - STATEMENT_MS) * 1e6) / (raw + history));
    this.ns[kind] += WEIGHT * (measured - this.ns[kind]);
  }
}
