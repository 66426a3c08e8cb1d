import type { RowPredicate } from '../filter/index.ts';
import type { FlowBatch } from '../flow/index.ts';
import type { AnswerColumn, FlowRecord } from '../query/index.ts';
import { MeterRecords } from './meter-records.ts';
import { print } from './output.ts';
import { tablePage } from './render-flows.ts';
import { csvLine } from './table.ts';

export const METER_FORMATS = ['jsonl', 'csv', 'table'] as const;
export type MeterFormat = (typeof METER_FORMATS)[number];

export interface MeterPrintOptions {
  readonly format: MeterFormat;
  readonly columns: readonly string[] | undefined;
  readonly biflow: boolean;
  /** Whether a table must say which file a flow is of. */
  readonly several: boolean;
  /** Null: every flow. */
  readonly filter: ((batch: FlowBatch) => RowPredicate) | null;
}

/** What fits into the width of a terminal; columns that no flow has a value for are left out of a table. */
const TABLE = [
  ...['start', 'duration', 'protocol', 'src_addr', 'src_port', 'dst_addr', 'dst_port', 'tcp_flags'],
  ...['packets', 'bytes'],
];
const TABLE_BACK = ['rev_packets', 'rev_bytes'];
const TABLE_END = ['ipsec', 'spi', 'tunnel'];
/** Of these, what goes first where the terminal is narrower. */
const SPARE = ['spi', 'ipsec', 'tunnel', 'duration', 'tcp_flags', 'packets'];
const FILE: AnswerColumn = { name: 'file', type: 'text', unit: null };
/** A table is aligned over so many records at a time. */
const PAGE = 1_000;

/** Prints flows as they end. Rows of both directions stand one behind the other, the first one first. */
export class MeterPrint {
  /** Flows that were printed. */
  printed = 0;
  private readonly options: MeterPrintOptions;
  private readonly records: MeterRecords;
  private readonly columns: readonly AnswerColumn[];
  private page: FlowRecord[] = [];

  constructor(options: MeterPrintOptions) {
    const { format, columns, biflow, several } = options;
    this.options = options;
    const named = columns?.filter((name) => name !== FILE.name);
    const table = format === 'table' ? [...TABLE, ...(biflow ? TABLE_BACK : []), ...TABLE_END] : undefined;
    this.records = new MeterRecords(named ?? table, biflow);
    const withFile = columns ? columns.includes(FILE.name) : format !== 'table' || several;
    this.columns = withFile ? [FILE, ...this.records.columns] : this.records.columns;
  }

  async begin(): Promise<void> {
    if (this.options.format === 'csv') await print(csvLine(this.columns.map((c) => c.name)));
  }

  /** Prints the rows of a batch. `isBack(row)`: the row is the other direction of the one before it. */
  async rows(batch: FlowBatch, file: string, isBack: (row: number) => boolean): Promise<void> {
    const { format, filter } = this.options;
    const holds = filter ? filter(batch) : null;
    const recordOf = this.records.of(batch, file);
    let text = '';
    for (let row = 0; row < batch.rows; row++) {
      const back = row + 1 < batch.rows && isBack(row + 1) ? row + 1 : -1;
      const shown = holds === null || holds(row) || (back >= 0 && holds(back));
      if (shown) {
        const record = recordOf(row, back);
        if (format === 'table') this.page.push(record);
        else text += this.line(record);
        this.printed += 1;
      }
      if (back >= 0) row = back;
    }
    if (text !== '') await print(text);
    if (this.page.length >= PAGE) await this.flush();
  }

  /** Prints what waits for its page. */
  async flush(): Promise<void> {
    if (this.page.length === 0) return;
    const { lines } = tablePage(this.columns, this.page, this.options.columns ? [] : SPARE);
    this.page = [];
    await print(`${lines.join('\n')}\n`);
  }

  private line(record: FlowRecord): string {
    if (this.options.format === 'csv') return csvLine(this.columns.map((c) => record[c.name]));
    if (this.columns[0] === FILE) return `${JSON.stringify(record)}\n`;
    const { file: _, ...rest } = record;
    return `${JSON.stringify(rest)}\n`;
  }
}
