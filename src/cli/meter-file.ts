import { asWeirError, WeirError } from '../base/index.ts';
import { allColumnNames, FlowBatch, TextColumns } from '../flow/index.ts';
import { type MeterSettings, TrafficReader, trafficOptions, trafficProvenance } from '../ingest/index.ts';
import type { SourceFacts } from '../store/index.ts';
import type { Input } from './open-input.ts';
import { ReaderGone } from './output.ts';

/** Rows that are printed at once. */
const BATCH_ROWS = 4_096;

/** Gets the flows of a file as they end. Rows of both directions stand one behind the other: `isBack(row)` is the other direction of the one before it. */
export interface FlowTaker {
  rows(batch: FlowBatch, file: string, isBack: (row: number) => boolean): Promise<void>;
  /** All rows were given. */
  flush(): Promise<void>;
}

/** Memory for rows and their texts, which one file after the other uses. */
export interface RowMemory {
  readonly texts: TextColumns;
  readonly batch: FlowBatch;
}

export function newRowMemory(): RowMemory {
  return { texts: new TextColumns(), batch: new FlowBatch(BATCH_ROWS, allColumnNames, undefined, true) };
}

export interface MeteredFile {
  readonly facts: SourceFacts;
  /** Why it was not metered to its end. */
  readonly problem: WeirError | null;
}

/** Meters one file and hands on its flows as they end. Throws only what printing raises where nobody reads any more. */
export async function meterFile(
  input: Input,
  file: string,
  settings: MeterSettings,
  taker: FlowTaker,
  { texts, batch }: RowMemory,
): Promise<MeteredFile> {
  const next = async () => {
    if (batch.rows > 0) await taker.rows(batch, file, (row) => reader.rows.isBack(row));
    batch.clear();
    texts.begin(batch);
    return batch;
  };
  const reader: TrafficReader = new TrafficReader(trafficOptions(settings), texts, {
    next,
    pause: () => batch.rows > 0,
  });
  let failure: unknown = null;
  try {
    await reader.read(input.bytes);
  } catch (error) {
    failure = error;
  } finally {
    input.close();
  }
  if (failure instanceof ReaderGone) throw failure;
  await next();
  await taker.flush();
  const facts = trafficProvenance(reader);
  return { facts, problem: failure === null ? damageOf(file, facts, input) : asWeirError(failure) };
}

function damageOf(file: string, { damage, packets }: SourceFacts, input: Input): WeirError | null {
  if (damage === null) return null;
  if (input.isEmpty()) return new WeirError('usage', `${file} is empty`);
  if (damage.startsWith('not_a_capture'))
    return new WeirError('usage', `${file} is no capture (pcap, pcapng), plain or gzip-compressed`);
  const kept = packets > 0 ? 'the flows of what stands before are there' : 'nothing stands before';
  return new WeirError('corrupt', `${file}: the file is damaged (${damage}): ${kept}`);
}
