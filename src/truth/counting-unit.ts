/** What the exporter's sequence number counts: records (v5, IPFIX, sFlow samples) or datagrams (v9). */
export type SequenceUnit = 'records' | 'datagrams' | 'records_inclusive';

/**
 * How a number advances: by the records of the datagram before, by one, or by the records of this datagram (softflowd's IPFIX counts the message's
 * own records too).
 */
const UNITS: readonly SequenceUnit[] = ['records', 'datagrams', 'records_inclusive'];
const RECORDS = 0;
const DATAGRAMS = 1;
const INCLUSIVE = 2;

/** Datagrams in a row that advance in the other unit before that unit is believed. */
const UNIT_RUN = 8;

/** What a datagram says of the unit. */
export const SAYS = { nothing: 0, same: 1, other: 2, changed: 3 } as const;

/**
 * The unit in which an exporter counts: at first what its protocol says, and another one when eight datagrams in a row say so, as is seen in the field for v5 and
 * IPFIX.
 */
export class CountingUnit {
  /** A position in UNITS. */
  counts: number;
  /** Of the datagram before. */
  lastSequence = 0;
  lastUnits = 0;
  lastOptions = 0;
  /** The unit in which the last datagrams advanced, and how many of them. */
  otherUnit = RECORDS;
  otherUnitRun = 0;

  constructor(unit: SequenceUnit) {
    this.counts = UNITS.indexOf(unit);
  }

  /** By its saved number. */
  static of(counts: number): CountingUnit {
    return new CountingUnit(UNITS[counts] ?? 'records');
  }

  get name(): SequenceUnit {
    return UNITS[this.counts]!;
  }

  get isDatagrams(): boolean {
    return this.counts === DATAGRAMS;
  }

  get isInclusive(): boolean {
    return this.counts === INCLUSIVE;
  }

  /** Whether the last datagrams speak for another unit: what is missing may be a misreading. */
  get isDoubted(): boolean {
    return this.otherUnitRun > 0;
  }

  /** The number of the datagram's first record, where numbers count records. */
  first(sequence: number, units: number): number {
    return this.isInclusive ? (sequence - units) >>> 0 : sequence;
  }

  step(units: number): number {
    return this.isDatagrams ? 1 : units;
  }

  /** Records about the exporter that it may not have counted. */
  uncounted(options: number): number {
    if (this.isDatagrams) return 0;
    return this.isInclusive ? options : this.lastOptions;
  }

  /** Looks at a step of the sequence; one of SAYS. With `changed` the exporter is believed to count in the other unit. */
  learn(sequence: number, units: number, options: number): number {
    const advance = (sequence - this.lastSequence) >>> 0;
    const within = (most: number, uncounted: number) => advance <= most && advance >= most - uncounted;
    const fits = (unit: number) => {
      if (unit === DATAGRAMS) return advance === 1;
      return unit === INCLUSIVE ? within(units, options) : within(this.lastUnits, this.lastOptions);
    };
    const inOrder = fits(this.counts);
    // A datagram for which units agree tells nothing.
    if (inOrder && UNITS.some((_, unit) => unit !== this.counts && fits(unit))) return SAYS.nothing;
    const other = inOrder ? -1 : this.otherFits(fits);
    if (other < 0) {
      this.otherUnitRun = 0;
      return SAYS.same;
    }
    this.otherUnitRun = other === this.otherUnit ? this.otherUnitRun + 1 : 1;
    this.otherUnit = other;
    if (this.otherUnitRun < UNIT_RUN) return SAYS.other;
    this.counts = other;
    return SAYS.changed;
  }

  /** The unit that explains the step; of several the one that explained those before. */
  private otherFits(fits: (unit: number) => boolean): number {
    if (this.otherUnit !== this.counts && fits(this.otherUnit)) return this.otherUnit;
    return UNITS.findIndex((_, unit) => unit !== this.counts && fits(unit));
  }

  /** The datagram was looked at. */
  took(sequence: number, units: number, options: number): void {
    this.lastSequence = sequence;
    this.lastUnits = units;
    this.lastOptions = options;
  }
}
