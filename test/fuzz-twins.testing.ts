import { allColumnNames, cellOf, columnOf, FlowBatch, getWide, physicalOf, TextColumns } from '../src/flow/index.ts';
import { newPipeline } from '../src/ingest/exporters.testing.ts';
import { ingestCounters } from '../src/ingest/ingest-counters.ts';
import type { Pipeline } from '../src/ingest/pipeline.ts';
import type { LedgerCounts } from '../src/truth/index.ts';
import { DECODE_ERRORS } from '../src/wire/index.ts';
import type { Random } from './fuzz-random.testing.ts';

/** Room for the rows that one datagram makes at most, and for some more of them. */
const CAPACITY = 20_000;
/** More than a window makes: which of them make room for others depends on when it was last asked for. */
const STREAMS = 4_096;
const SLOT = 65_536;
/** Poison that stands right before and right behind a datagram. */
const GUARD = 64;
const PHYSICAL = allColumnNames.flatMap((name) => physicalOf(columnOf(name)));
const CODES = allColumnNames.map((name) => columnOf(name)).filter((c) => c.type === 'enum' || c.type === 'text');
/** Rows whose every cell is looked at when rows are taken. */
const LOOKED_AT = 8;
/** Zeros end a value in DuckDB, the others are orders to a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/** What exporters say of time is kept as they say it; the axis of queries is held to the clock of this node. */
const SKEW_MS = 300_000;

/** What both twins share over their lives: dictionaries and batches are dear. */
export class TwinMemory {
  readonly texts = [new TextColumns(), new TextColumns()] as const;
  readonly batches = [lazyBatch(), lazyBatch()] as const;
  /** As a receiver has it: a datagram between what others have left. */
  readonly slots = new Uint8Array(3 * SLOT);
  readonly view = new DataView(this.slots.buffer);
}

function lazyBatch(): FlowBatch {
  return new FlowBatch(CAPACITY, allColumnNames, undefined, true);
}

/** What came out of all datagrams of a pair of twins. */
export interface Outcome {
  datagrams: number;
  rows: number;
  errors: number;
}

/**
 * Two pipelines that get the same datagrams: the first as an array that ends where the datagram does, the second between poisoned neighbours,
 * and now and then saved as JSON and restored. Whatever the bytes hold, both must make the same rows and the same counts.
 */
export class Twins {
  readonly outcome: Outcome = { datagrams: 0, rows: 0, errors: 0 };
  private readonly memory: TwinMemory;
  private readonly random: Random;
  private readonly counters = [ingestCounters(), ingestCounters()] as const;
  private readonly pipelines: [Pipeline, Pipeline];
  private readonly source = Uint32Array.of(0, 0, 0xffff, 0xc0000201);
  private nowMs: number;
  private sent = { datagrams: 0, octets: 0 };

  constructor(memory: TwinMemory, random: Random, nowMs: number) {
    this.memory = memory;
    this.random = random;
    this.nowMs = nowMs;
    this.pipelines = [this.make(0), this.make(1)];
    this.begin();
  }

  private make(i: 0 | 1): Pipeline {
    return newPipeline(STREAMS, this.counters[i], this.memory.texts[i]);
  }

  /** Time goes on, by far more than anything waits. */
  later(ms: number): void {
    this.nowMs += ms;
  }

  /** Hands a datagram to both. `host`: which exporter sends it. */
  send(bytes: Uint8Array, port = 2_055, host = 0): void {
    const [exact, among] = this.pipelines;
    if (!exact.hasRoom(bytes.length)) this.take();
    this.nowMs += 1;
    const { slots, view } = this.memory;
    const at = SLOT;
    const poison = this.random.u32() & 255;
    slots.fill(poison, at - GUARD, at);
    slots.set(bytes, at);
    slots.fill(poison, at + bytes.length, at + bytes.length + GUARD);
    const alone = Uint8Array.from(bytes);
    const { source, nowMs } = this;
    source[3] = 0xc0000201 + host;
    exact.accept(new DataView(alone.buffer), 0, bytes.length, source, 0, port, nowMs, 'keep', false);
    among.accept(view, at, bytes.length, source, 0, port, nowMs, 'keep', false);
    const [a, b] = this.memory.batches;
    if (a.rows !== b.rows) throw new Error(`${a.rows} rows alone, ${b.rows} among others`);
    this.compareCounters(bytes);
    if (a.rows > CAPACITY) throw new Error(`${a.rows} rows in a batch of ${CAPACITY}`);
    this.sent.datagrams += 1;
    this.sent.octets += bytes.length;
  }

  /** What the threads counted, so that the datagram is named that made the difference. */
  private compareCounters(bytes: Uint8Array): void {
    const [one, other] = this.counters.map(({ values }) => values);
    for (let i = 0; i < one!.length; i++) {
      if (one![i] !== other![i])
        throw new Error(
          `counter ${i} is ${one![i]} alone, ${other![i]} among others: ${Buffer.from(bytes).toString('hex')}`,
        );
    }
  }

  /** Compares what has been written and counted, and begins new batches. */
  take(): void {
    const [a, b] = this.memory.batches;
    for (const { name, word } of PHYSICAL) {
      // Whether a record continues a flow is not known after a restart, and one of the two is restored now and then.
      if (name === 'continued') continue;
      const width = word === 'u64' ? 2 : 1;
      const [one, other] = [a.array(name), b.array(name)].map((array) => array?.subarray(0, a.rows * width));
      if ((one === undefined) !== (other === undefined)) throw new Error(`column ${name} is live in one only`);
      if (one && other && asBytes(one).compare(asBytes(other)) !== 0)
        throw new Error(`column ${name} differs: ${firstDifference(one, other, width)}`);
    }
    this.checkRows(a);
    this.checkCounts(a.rows);
    this.outcome.rows += a.rows;
    this.begin();
  }

  /** Saves the second of the twins and goes on with what is restored from it. */
  restart(): void {
    this.take();
    const saved = JSON.stringify(this.pipelines[1].save());
    const restored = this.make(1);
    restored.restore(JSON.parse(saved));
    const again = JSON.stringify(restored.save());
    if (again !== saved) throw new Error(`saved ${difference(saved, again)}`);
    this.pipelines[1] = restored;
    this.begin();
  }

  private begin(): void {
    for (const i of [0, 1] as const) {
      const batch = this.memory.batches[i];
      batch.clear();
      this.memory.texts[i].begin(batch);
      this.pipelines[i].bind(batch);
    }
  }

  /** Codes are those of a table, times are times, and every cell can be shown. */
  private checkRows(batch: FlowBatch): void {
    const { rows } = batch;
    for (const column of CODES) {
      const array = batch.array(column.name);
      if (!array) continue;
      const end = column.type === 'enum' ? (column.values?.length ?? 256) : batch.textsOf(column.name).length;
      for (let i = 0; i < rows; i++)
        if (array[i]! >= end && array[i] !== column.unknown)
          throw new Error(`${column.name} has code ${array[i]} of ${end}`);
    }
    for (const name of ['start', 'end', 'time', 'received']) {
      const most = name === 'time' || name === 'received' ? this.nowMs + SKEW_MS : Number.MAX_SAFE_INTEGER;
      const words = batch.array(name) as Uint32Array | undefined;
      if (!words) continue;
      for (let i = 0; i < rows; i++)
        if (getWide(words, i) > most) throw new Error(`${name} is ${getWide(words, i)} in row ${i}`);
    }
    for (let k = 0; k < Math.min(LOOKED_AT, rows); k++) {
      const row = this.random.below(rows);
      for (const name of allColumnNames) {
        const cell = cellOf(batch, columnOf(name), row);
        if (typeof cell === 'string' && CONTROL.test(cell)) throw new Error(`${name} is ${JSON.stringify(cell)}`);
      }
    }
  }

  /** Every datagram, octet and record is accounted for, by the stream and by the thread, and alike. */
  private checkCounts(rows: number): void {
    const [one, other] = this.pipelines.map(({ exporters }) => ledgerOf(exporters.takeLedger()));
    const [a, b] = [JSON.stringify(one), JSON.stringify(other)];
    if (a !== b) throw new Error(`counted ${difference(a, b)}`);
    const { datagrams, octets } = this.sent;
    const counts = one!;
    const { records = 0, unreadable = 0 } = counts;
    if ((counts.datagrams ?? 0) !== datagrams || (counts.octets ?? 0) !== octets)
      throw new Error(`sent ${datagrams} datagrams of ${octets} octets, counted ${a}`);
    // A record of two directions makes two rows.
    if (records > rows + unreadable || rows > 2 * records) throw new Error(`${rows} rows of ${records} records: ${a}`);
    const errors = DECODE_ERRORS.reduce((sum, cause) => sum + (counts[`error_${cause}`] ?? 0), 0);
    for (const [name, n] of Object.entries(counts)) if (!(n >= 0)) throw new Error(`${name} is ${n}`);
    this.outcome.datagrams += datagrams;
    this.outcome.errors += errors;
    this.sent = { datagrams: 0, octets: 0 };
  }
}

/** The sums over all streams. What exporters say they dropped begins anew with a restart: their totals are not saved. */
function ledgerOf(entries: ReturnType<Pipeline['exporters']['takeLedger']>): LedgerCounts {
  const sums: Record<string, number> = {};
  for (const { counts } of entries) {
    for (const [name, n] of Object.entries(counts)) if (name !== 'exporter_drops') sums[name] = (sums[name] ?? 0) + n;
  }
  return Object.fromEntries(Object.entries(sums).sort());
}

function asBytes(array: Uint8Array | Uint16Array | Uint32Array): Buffer {
  return Buffer.from(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
}

function firstDifference(a: ArrayLike<number>, b: ArrayLike<number>, width: number): string {
  let i = 0;
  while (a[i] === b[i]) i++;
  return `${a[i]} alone, ${b[i]} among others, in row ${Math.floor(i / width)}`;
}

function difference(a: string, b: string): string {
  let i = 0;
  while (a[i] === b[i] && i < a.length) i++;
  const from = Math.max(0, i - 80);
  return `${a.slice(from, i + 120)} and then ${b.slice(from, i + 120)}`;
}
