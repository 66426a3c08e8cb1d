/**
 * Counters that a thread may raise on its hot path and that another thread may read at any time: a Float64Array over
 * shared memory, one writer. (Doubles count exactly to 2^53; an aligned 64-bit store is one store on every machine
 * that Node runs on, so a reader sees an old or a new value, never half of one.)
 */
export interface CounterDef {
  readonly name: string;
  readonly help: string;
  /** Prometheus label set, fixed when the counter is defined. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly kind?: 'counter' | 'gauge';
}

/** What another thread needs to read a sheet. */
export interface CounterSheetHandle {
  readonly defs: readonly CounterDef[];
  readonly memory: SharedArrayBuffer;
}

export class CounterSheet<Name extends string = string> {
  readonly values: Float64Array;
  private readonly index = new Map<string, number>();
  private readonly defs: readonly CounterDef[];
  private readonly memory: SharedArrayBuffer;

  constructor(defs: readonly (CounterDef & { key: Name })[]) {
    this.defs = defs.map(({ name, help, labels, kind }) => ({
      name,
      help,
      ...(labels ? { labels } : {}),
      ...(kind ? { kind } : {}),
    }));
    this.memory = new SharedArrayBuffer(defs.length * 8);
    this.values = new Float64Array(this.memory);
    defs.forEach((d, i) => {
      this.index.set(d.key, i);
    });
  }

  /** Position in `values`, for hot paths that keep it in a constant. */
  slot(key: Name): number {
    const i = this.index.get(key);
    if (i === undefined) throw new RangeError(`no counter ${key}`);
    return i;
  }
  add(key: Name, n = 1): void {
    const i = this.slot(key);
    this.values[i] = this.values[i]! + n;
  }
  set(key: Name, n: number): void {
    this.values[this.slot(key)] = n;
  }
  get(key: Name): number {
    return this.values[this.slot(key)]!;
  }
  handle(): CounterSheetHandle {
    return { defs: this.defs, memory: this.memory };
  }
}

export interface CounterSample extends CounterDef {
  readonly value: number;
}

/** The sheets of several threads as one list; counters of the same name and labels are summed. */
export function readCounters(sheets: readonly CounterSheetHandle[]): CounterSample[] {
  const samples = new Map<string, CounterSample>();
  for (const sheet of sheets) {
    const values = new Float64Array(sheet.memory);
    sheet.defs.forEach((def, i) => {
      const key = `${def.name}${JSON.stringify(def.labels ?? {})}`;
      samples.set(key, { ...def, value: (samples.get(key)?.value ?? 0) + values[i]! });
    });
  }
  return [...samples.values()];
}
