import { enumCode, type FlowBatch, rowShape, type TextColumns } from '../flow/index.ts';
import type { PlaceTable } from './places/place-table.ts';
import type { RowEnds } from './row-ends.ts';

const SHAPE = rowShape(['blocklist', 'blocklist_side']);
const SOURCE = enumCode('blocklist_side', 'source');
const DESTINATION = enumCode('blocklist_side', 'destination');
const BOTH = enumCode('blocklist_side', 'both');

/** Writes `blocklist` and `blocklist_side` of rows that have an end on a list. Few do: the columns are there from the first that does. */
export class BlocklistLabels {
  private readonly texts: TextColumns;
  private table: PlaceTable | null = null;
  private knows = false;
  private batch: FlowBatch | null = null;

  constructor(texts: TextColumns) {
    this.texts = texts;
  }

  use(table: PlaceTable): void {
    this.table = table;
    this.knows = table.blocklists.length > 1;
  }

  bind(batch: FlowBatch): void {
    this.batch = batch;
  }

  rows({ src, dst }: RowEnds, from: number, to: number): void {
    const { batch, table } = this;
    if (batch === null || table === null || !(this.knows || batch.isClaimed('blocklist'))) return;
    const { blocklist } = table;
    if (batch.isClaimed('blocklist')) blank(batch, from, to);
    for (let row = from; row < to; row++) {
      const source = blocklist[src[row - from]!]!;
      const destination = blocklist[dst[row - from]!]!;
      if ((source | destination) !== 0) this.mark(batch, table.blocklists, source, destination, row, from, to);
    }
  }

  private mark(
    batch: FlowBatch,
    names: readonly string[],
    source: number,
    destination: number,
    row: number,
    from: number,
    to: number,
  ): void {
    if (batch.array('blocklist') === undefined) {
      batch.claim(SHAPE, from);
      blank(batch, from, to);
    }
    batch.u8('blocklist_side')[row] = destination === 0 ? SOURCE : source === 0 ? DESTINATION : BOTH;
    batch.u32('blocklist')[row] = this.texts.of('blocklist').code(joined(names[source]!, names[destination]!));
  }
}

function blank(batch: FlowBatch, from: number, to: number): void {
  batch.u32('blocklist').fill(0, from, to);
  batch.u8('blocklist_side').fill(0, from, to);
}

/** Each list once, in the order of the source's. */
function joined(source: string, destination: string): string {
  if (source === '' || destination === '' || source === destination) return source || destination;
  return [...new Set([...source.split('+'), ...destination.split('+')])].join('+');
}
