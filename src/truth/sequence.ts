import { WeirError } from '../base/index.ts';
import { CountingUnit, SAYS, type SequenceUnit } from './counting-unit.ts';
import { GapRing } from './gap-ring.ts';
import { HeldRun } from './held-run.ts';
import { RecentDatagrams } from './recent-datagrams.ts';

/** Datagrams in a row that must agree before the sequence is believed to go on elsewhere. */
const CONFIRM = 3;
/** A jump above this is more likely a new start than a loss. */
const PLAUSIBLE_JUMP = 2 ** 24;
const BOOT_TOLERANCE_MS = 5_000;
const WRAP = 2 ** 32;
const MEAN_WEIGHT = 1 / 32;
/** Version of the saved state, whose numbers stand in `save` and `restore`. A change of them is a new version. */
const FORMAT = 3;
/** Those before the numbers of its parts. */
const OWN_NUMBERS = 13;

/**
 * Follows the sequence numbers of one export stream (one exporter, one domain) and tells loss from late arrival, from
 * delivery twice and from a restart. `observe` fills the public fields for the datagram just seen; they are in records
 * whatever the exporter counts. No allocation.
 *
 * - A step forward is loss, remembered as a gap; a datagram that arrives inside a gap is `recovered`.
 * - A restart needs evidence besides the number: the boot time moved, or three datagrams in a row continue elsewhere.
 *   Until then such datagrams are held; when the old sequence goes on, they were seen before (backward) or strays (forward).
 * - A jump above 2^24 is a restart, unless the boot time is known and stood still: then it is a long loss.
 * - An exporter that counts in another unit (seen in the field for v5 and IPFIX) is recognised after eight datagrams that tell.
 */
export class SequenceTracker {
  lost = 0;
  /** Earlier counted as lost, arrived late. */
  recovered = 0;
  /** Already seen. */
  duplicated = 0;
  /** 1 when the exporter's counter began anew. */
  restarted = 0;

  private counting: CountingUnit;
  private started = false;
  private expected = 0;
  private bootKnown = false;
  private bootMs = 0;
  private meanUnits = 0;
  /** Loss that would be a misreading if the other unit turns out to be the right one. */
  private heldLost = 0;
  /** Of the datagram that is looked at. */
  private sentMs = 0;
  /** The next number is believed whatever it is. */
  private blind = false;
  private readonly held = new HeldRun();
  private readonly gaps = new GapRing();
  private readonly recent = new RecentDatagrams();

  constructor(unit: SequenceUnit = 'records') {
    this.counting = new CountingUnit(unit);
  }

  /** The unit in which this exporter turned out to count. */
  get unit(): SequenceUnit {
    return this.counting.name;
  }

  /** Whether this number is exactly the next one: for a stream whose exporter changed its source port. */
  continues(sequence: number): boolean {
    return this.started && !this.counting.isInclusive && sequence === this.expected;
  }

  /**
   * One datagram: its sequence number, the records that it announces (those it fails to hold included, else they would be
   * counted as lost too) and when its exporter booted (export time less uptime; NaN when the format does not say). `options` of the records
   * are about the exporter, not about flows: some exporters do not count them. `sentMs` (0 where the format does not say) tells what the network
   * delivered twice from what a restarted exporter sends with the same number.
   */
  observe(sequence: number, units: number, bootMs: number, options = 0, sentMs = 0): void {
    this.sentMs = sentMs;
    this.lost = 0;
    this.recovered = 0;
    this.duplicated = 0;
    this.restarted = 0;
    const jumped = this.bootKnown && this.bootJumped(bootMs);
    if (!Number.isNaN(bootMs)) {
      this.bootKnown = true;
      this.bootMs = bootMs;
    }
    if (units > 0) this.meanUnits += this.meanUnits === 0 ? units : (units - this.meanUnits) * MEAN_WEIGHT;
    if (!this.started || (this.blind && !this.counting.isDatagrams)) {
      this.started = true;
      this.accept(this.counting.first(sequence, units), units);
    } else {
      this.learnUnit(sequence, units, options);
      this.judge(this.counting.first(sequence, units), units, jumped, options);
    }
    this.blind = false;
    this.counting.took(sequence, units, options);
  }

  /** The datagram just observed held records that could not be counted: nothing can be said of loss up to the next one. */
  lostCount(): void {
    this.blind = true;
  }

  private judge(sequence: number, units: number, jumped: boolean, options: number): void {
    const ahead = (sequence - this.expected) | 0;
    const uncounted = this.counting.uncounted(options);
    if (ahead <= 0 && ahead >= -uncounted) this.accept(sequence, units);
    else if (jumped) this.restart(sequence, units);
    else if (ahead > 0 && ahead <= PLAUSIBLE_JUMP) this.lose(sequence, units, ahead);
    else if (ahead > 0) this.hold(sequence, units, true);
    else if (!this.isKnownPast(sequence, units)) this.hold(sequence, units, false);
  }

  /** The boot time moved, by something else than the wrap of the uptime counter (2^32 ms, 49.7 days). */
  private bootJumped(bootMs: number): boolean {
    const moved = bootMs - this.bootMs;
    return Math.abs(moved - Math.round(moved / WRAP) * WRAP) > BOOT_TOLERANCE_MS;
  }

  /** Records behind one unit of the sequence. */
  private scale(): number {
    return this.counting.isDatagrams ? Math.max(1, Math.round(this.meanUnits)) : 1;
  }

  private learnUnit(sequence: number, units: number, options: number): void {
    const says = this.counting.learn(sequence, units, options);
    if (says === SAYS.same) {
      this.lost += this.heldLost;
      this.heldLost = 0;
    } else if (says === SAYS.changed) {
      this.forget();
      this.expected = this.counting.first(sequence, units);
    }
  }

  /** Where the old sequence cannot tell anything about the new one. */
  private forget(): void {
    this.counting.otherUnitRun = 0;
    this.heldLost = 0;
    this.held.clear();
    this.gaps.clear();
    this.recent.clear();
  }

  private accept(sequence: number, units: number): void {
    this.releaseHeld();
    this.expected = (sequence + this.counting.step(units)) >>> 0;
    this.recent.add(sequence, units, this.sentMs);
  }

  /** The old sequence goes on: what was held behind it had been seen before, what was held ahead of it was a stray. */
  private releaseHeld(): void {
    if (!this.held.forward) this.duplicated += this.held.records;
    this.held.clear();
  }

  private lose(sequence: number, units: number, gap: number): void {
    const records = gap * this.scale();
    if (this.counting.isDoubted) this.heldLost += records;
    else this.lost += records;
    this.gaps.add(this.expected, gap, this.scale());
    this.accept(sequence, units);
  }

  private restart(sequence: number, units: number): void {
    this.restarted = 1;
    this.forget();
    this.accept(sequence, units);
  }

  /** A datagram from before `expected` whose place is known: in a gap, or among the last ones. True when it is dealt with. */
  private isKnownPast(sequence: number, units: number): boolean {
    if (this.counting.isDoubted || units === 0) return true;
    const gap = this.gaps.find(sequence);
    if (gap >= 0) {
      const step = this.counting.step(units);
      const filled = this.gaps.overlap(gap, sequence, step);
      this.recovered = filled * this.gaps.scaleOf(gap);
      if (!this.counting.isDatagrams) this.duplicated += step - filled;
      this.gaps.fill(gap, sequence, filled);
      this.recent.add(sequence, units, this.sentMs);
      return true;
    }
    if (this.recent.has(sequence, units, this.sentMs)) {
      this.duplicated += units;
      return true;
    }
    return false;
  }

  private hold(sequence: number, units: number, forward: boolean): void {
    if (!this.held.continues(sequence, forward)) this.releaseHeld();
    this.held.add(sequence, this.counting.step(units), units, forward);
    if (this.held.datagrams < CONFIRM) return;
    this.lost += this.held.gaps * this.scale();
    if (forward && this.bootKnown) {
      const gap = (this.held.from - this.expected) >>> 0;
      this.lost += gap * this.scale();
      this.gaps.add(this.expected, gap, this.scale());
    } else {
      this.restarted = 1;
      this.forget();
    }
    this.held.clear();
    this.accept(sequence, units);
  }

  /** The whole state as finite numbers, for a journal; `restore` reads it back. */
  save(): number[] {
    const { counting, bootKnown, recent, held, gaps } = this;
    // Whoever counts datagrams is believed also after one whose records could not be counted.
    const believed = this.started && !(this.blind && !counting.isDatagrams);
    return [
      ...[FORMAT, counting.counts, Number(believed), Number(bootKnown)],
      ...[this.expected, counting.lastSequence, counting.lastUnits, counting.lastOptions],
      ...[this.bootMs, this.meanUnits, counting.otherUnit, counting.otherUnitRun, this.heldLost],
      ...[...recent.save(), ...held.save(), ...gaps.save()],
    ];
  }

  static restore(numbers: readonly number[]): SequenceTracker {
    const recentAt = OWN_NUMBERS;
    const heldAt = recentAt + RecentDatagrams.savedNumbers;
    const gapsAt = heldAt + HeldRun.savedNumbers;
    const length = gapsAt + GapRing.savedNumbers;
    if (numbers[0] !== FORMAT || numbers.length !== length || !numbers.every(Number.isFinite)) {
      throw new WeirError('corrupt', `state of a sequence is not ${length} numbers of format ${FORMAT}`);
    }
    const t = new SequenceTracker();
    const counting = CountingUnit.of(numbers[1]!);
    t.counting = counting;
    t.started = numbers[2] === 1;
    t.bootKnown = numbers[3] === 1;
    t.expected = numbers[4]!;
    counting.took(numbers[5]!, numbers[6]!, numbers[7]!);
    t.bootMs = numbers[8]!;
    t.meanUnits = numbers[9]!;
    counting.otherUnit = numbers[10]!;
    counting.otherUnitRun = numbers[11]!;
    t.heldLost = numbers[12]!;
    t.recent.load(numbers.slice(recentAt, heldAt));
    t.held.load(numbers.slice(heldAt, gapsAt));
    t.gaps.load(numbers.slice(gapsAt));
    return t;
  }
}
