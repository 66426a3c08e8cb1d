import {
  assessGaps,
  type Gap,
  type GapQuality,
  isOfExporter,
  type Measure,
  type MeasuredTime,
  measureOf,
  type Weighed,
} from '../truth/index.ts';

interface Range {
  readonly from: number;
  readonly to: number;
}

/** What of a range was measured: for a question about all exporters, or about one alone. */
export class RangeMeasure implements Measure {
  private readonly time: MeasuredTime;
  private readonly range: Range;
  private readonly exporter: string | null;
  private readonly all: Measure;
  private readonly byExporter = new Map<string, RangeMeasure>();
  private parts: { node: readonly Gap[]; silences: ReadonlyMap<string, readonly Gap[]> } | null = null;

  /** `exporter`: the only one that the question is about, or null. */
  constructor(time: MeasuredTime, range: Range, exporter: string | null) {
    this.time = time;
    this.range = range;
    this.exporter = exporter;
    this.all = measureOf(time, range, exporter ?? undefined);
  }

  measuredMs(from: number, to: number, of?: Weighed): number {
    return this.all.measuredMs(from, to, of);
  }

  /** All of it was measured, whoever is asked about. */
  get whole(): boolean {
    return this.time.gaps.length === 0;
  }

  /** The same for the records of one exporter. */
  of(exporter: string): RangeMeasure {
    const known = this.byExporter.get(exporter);
    if (known) return known;
    const { node, silences } = this.split();
    const gaps = [...node, ...(silences.get(exporter) ?? [])];
    const measure = new RangeMeasure({ ...this.time, gaps }, this.range, exporter);
    this.byExporter.set(exporter, measure);
    return measure;
  }

  /** The same `ms` later: what was measured moves with it. */
  later(ms: number): RangeMeasure {
    const move = ({ from, to }: Range) => ({ from: from + ms, to: to + ms });
    const gaps = this.time.gaps.map((g) => ({ ...g, from: g.from + ms, to: g.to === null ? null : g.to + ms }));
    return new RangeMeasure({ gaps, imported: this.time.imported.map(move) }, move(this.range), this.exporter);
  }

  /** The gaps of the node, and the silences of each exporter: of thousands each is looked for once. */
  private split(): NonNullable<typeof this.parts> {
    if (this.parts) return this.parts;
    const silences = new Map<string, Gap[]>();
    for (const gap of this.time.gaps) {
      if (gap.exporter === undefined) continue;
      const own = silences.get(gap.exporter);
      if (own) own.push(gap);
      else silences.set(gap.exporter, [gap]);
    }
    this.parts = { node: this.time.gaps.filter((g) => !isOfExporter(g)), silences };
    return this.parts;
  }

  describe(): GapQuality {
    return assessGaps(this.time, this.range.from, this.range.to, this.exporter ?? undefined);
  }
}
