import type { CubeTable } from './cube-table.ts';
import type { RollupDelta } from './delta.ts';
import {
  type Figures,
  MAX_RATE,
  MIN_RATE,
  ORIGINS,
  RAW_BYTES,
  RAW_PACKETS,
  SAMPLED_BYTES,
  UNKNOWN_BYTES,
  VAR_BYTES,
  VAR_PACKETS,
} from './figures.ts';
import { FLOOR_COLUMNS, KNOWN_COLUMNS } from './history-columns.ts';

const NUMBERS = 3;
const TEXTS = 2;
/** Columns of history that are lanes of sampling. */
const LANES = {
  raw_bytes: RAW_BYTES,
  raw_packets: RAW_PACKETS,
  sampled_bytes: SAMPLED_BYTES,
  unknown_bytes: UNKNOWN_BYTES,
  var_bytes: VAR_BYTES,
  var_packets: VAR_PACKETS,
  min_rate: MIN_RATE,
  max_rate: MAX_RATE,
  origins: ORIGINS,
} as const;

/** The rows of a delta while it is written: of as many rows as there is room for. */
export class DeltaRows {
  rows = 0;
  private readonly room: number;
  private readonly cube: Uint8Array;
  private readonly time: Float64Array;
  private readonly rest: Uint8Array;
  private readonly keys: Uint32Array[];
  private readonly textKeys: Uint32Array[];
  private readonly figures = new Map<string, Float64Array>();
  private readonly sketch: Uint32Array;
  private readonly sketches: string[] = [''];
  private readonly texts: string[] = [''];
  /** Code among the texts that were given -> code in the delta + 1: texts of keys that went into the rest are left out. */
  private readonly used: Uint32Array;
  private readonly given: readonly string[];

  constructor(room: number, texts: readonly string[]) {
    this.room = room;
    this.given = texts;
    this.used = new Uint32Array(texts.length);
    this.cube = new Uint8Array(room);
    this.time = new Float64Array(room);
    this.rest = new Uint8Array(room);
    this.sketch = new Uint32Array(room);
    this.keys = Array.from({ length: NUMBERS }, () => new Uint32Array(2 * room));
    this.textKeys = Array.from({ length: TEXTS }, () => new Uint32Array(room));
  }

  /** Begins a row; returns its place. */
  begin(cube: number, time: number, rest: boolean): number {
    const row = this.rows++;
    this.cube[row] = cube;
    this.time[row] = time;
    this.rest[row] = rest ? 1 : 0;
    return row;
  }

  setNumber(key: number, row: number, high: number, low: number): void {
    this.keys[key]![2 * row] = low;
    this.keys[key]![2 * row + 1] = high;
  }

  setText(key: number, row: number, given: number): void {
    if (given === 0) return;
    let code = this.used[given]!;
    if (code === 0) {
      this.texts.push(this.given[given]!);
      code = this.texts.length;
      this.used[given] = code;
    }
    this.textKeys[key]![row] = code - 1;
  }

  /** The bytes of a sketch. */
  setSketch(row: number, bytes: Uint8Array): void {
    this.sketch[row] = this.sketches.length;
    this.sketches.push(Buffer.from(bytes).toString('base64'));
  }

  setFigures(row: number, figures: Figures, key: number): void {
    this.figure('records')[row] = figures.records(key);
    this.figure('flows')[row] = figures.flows(key);
    this.figure('unsure')[row] = figures.unsure(key);
    this.figure('bytes')[row] = figures.bytes(key);
    this.figure('packets')[row] = figures.packets(key);
    for (const [name, lane] of Object.entries(LANES)) this.figure(name)[row] = figures.ofSampling(key, lane);
  }

  setFloors(row: number, table: CubeTable, minute: number): void {
    for (const [metric, name] of FLOOR_COLUMNS.entries()) this.figure(name)[row] = table.floor(minute, metric);
  }

  setKnown(row: number, table: CubeTable, key: number): void {
    for (const [metric, name] of KNOWN_COLUMNS.entries()) this.figure(name)[row] = table.known(key, metric);
  }

  finish(): RollupDelta {
    const { rows, cube, time, rest, keys, textKeys, texts, figures, sketch, sketches } = this;
    return { rows, cube, time, rest, keys, textKeys, texts, figures, sketch, sketches };
  }

  private figure(name: string): Float64Array {
    let values = this.figures.get(name);
    if (!values) {
      values = new Float64Array(this.room);
      this.figures.set(name, values);
    }
    return values;
  }
}
