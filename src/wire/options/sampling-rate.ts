import type { IntervalOrder } from './byte-order.ts';
import { floatOf, type OptionField, unsignedOf } from './option-values.ts';

/** The options record says nothing of sampling. */
export const NO_SAMPLING = -1;
/** It says that there is sampling, and not how much. */
export const UNKNOWN_RATE = 0;

/** What the column `sampling` can hold. */
const MAX_RATE = 0xffff_ffff;
/** selectorAlgorithm 5, a filter (RFC 5477 section 8.2.1, RFC 5475): what it lets through is all that there is of it. */
export const FILTER_ALGORITHM = 5;

/** The fields of one options record that say how packets were selected; -1 (NaN for the probability) where absent. */
export class SamplingFields {
  /** Packets that selectors saw and took (RFC 5476 section 6.5.3): the rate as it turned out. */
  observed = -1;
  selected = -1;
  algorithm = -1;
  private interval = -1;
  private mode = -1;
  private randomInterval = -1;
  private packetInterval = -1;
  private packetSpace = -1;
  private timed = false;
  private size = -1;
  private population = -1;
  private probability = Number.NaN;
  private probable = false;
  private flowAlgorithm = -1;
  private flowInterval = -1;
  private flowSpacing = -1;
  private outputMin = -1;
  private outputMax = -1;
  private selectedMin = -1;
  private selectedMax = -1;

  /** Takes one field of IANA's registry. */
  take(view: DataView, field: OptionField): void {
    const value = unsignedOf(view, field);
    switch (field.id) {
      case 34:
        this.interval = value;
        return;
      case 35:
      case 49:
        this.mode = value;
        return;
      case 50:
        this.randomInterval = value;
        return;
      case 304:
        this.algorithm = value;
        return;
      case 305:
        this.packetInterval = value;
        return;
      case 306:
        this.packetSpace = value;
        return;
      case 307:
      case 308:
        this.timed = true;
        return;
      case 309:
        this.size = value;
        return;
      case 310:
        this.population = value;
        return;
      case 311:
        this.probability = floatOf(view, field);
        this.probable = true;
        return;
      case 318:
        this.observed = value;
        return;
      case 319:
        this.selected = value;
        return;
      default:
        this.takeRarer(field.id, value);
    }
  }

  private takeRarer(id: number, value: number): void {
    if (id === 390) this.flowAlgorithm = value;
    else if (id === 329) this.outputMin = value;
    else if (id === 330) this.outputMax = value;
    else if (id === 331) this.selectedMin = value;
    else if (id === 332) this.selectedMax = value;
    else if (id === 396) this.flowInterval = value;
    else if (id === 397) this.flowSpacing = value;
  }

  /**
   * One in how many packets was selected, rounded to the nearest whole number, because the column holds whole rates: 2 of
   * 5 packets is 1 in 3, where 2.5 would be exact. NO_SAMPLING and UNKNOWN_RATE as above. What says more precisely how
   * packets were selected is believed before the general interval.
   */
  rate(order: IntervalOrder): number {
    if (this.algorithm === FILTER_ALGORITHM) return 1;
    const packets = this.packetRate(order);
    const flows = this.flowRate();
    if (flows === NO_SAMPLING) return packets === NO_SAMPLING && this.flowAlgorithm > 0 ? UNKNOWN_RATE : packets;
    // Sampled flows made of sampled packets: a record stands for the product.
    return packets === NO_SAMPLING ? flows : whole(packets * flows);
  }

  /** Interval and algorithm (or interval and space) are given as 0: the exporter says that it does not sample. */
  get denied(): boolean {
    if (this.packetInterval === 0 && this.packetSpace === 0) return this.algorithm <= 0;
    return this.mode === 0 && (this.interval === 0 || this.randomInterval === 0);
  }

  private packetRate(order: IntervalOrder): number {
    if (this.packetInterval >= 0 || this.packetSpace >= 0) return this.countedRate(order);
    if (this.size >= 0 || this.population >= 0) return whole(this.population / (this.size < 0 ? 1 : this.size));
    if (this.probable) return whole(1 / this.probability);
    if (this.selectedMax >= 0 && this.outputMax >= 0) {
      // RFC 5475 section 6.2.2: of a hash's range, the part that is selected.
      return whole((this.outputMax - this.outputMin + 1) / (this.selectedMax - this.selectedMin + 1));
    }
    if (this.randomInterval > 0) return whole(order.read(this.randomInterval));
    if (this.interval > 0) return whole(order.read(this.interval));
    return this.signalled() ? UNKNOWN_RATE : NO_SAMPLING;
  }

  /** RFC 5476 section 6.5.2.1: `packetInterval` packets in a row are taken, then `packetSpace` are not. */
  private countedRate(order: IntervalOrder): number {
    // The one that gives a wrong order away may be the second.
    order.read(this.packetSpace);
    const interval = order.read(this.packetInterval);
    if (this.packetSpace < 0) {
      // Many send the interval alone and mean what element 34 meant; a run without gaps would be no sampling at all.
      return interval > 0 ? whole(interval) : UNKNOWN_RATE;
    }
    const space = order.read(this.packetSpace);
    const run = this.packetInterval < 0 ? 1 : interval;
    return run > 0 ? whole((run + space) / run) : space === 0 && this.algorithm <= 0 ? NO_SAMPLING : UNKNOWN_RATE;
  }

  private flowRate(): number {
    // n of N flows (RFC 7014 section 5.1) are given in the elements for packets: ipt_NETFLOW's way.
    if (this.flowInterval < 0 && this.flowSpacing < 0) return NO_SAMPLING;
    const run = this.flowInterval < 0 ? 1 : this.flowInterval;
    return whole((run + Math.max(0, this.flowSpacing)) / run);
  }

  /**
   * An interval of 0 with an algorithm, or alone, is sampling of unknown rate; interval and algorithm both 0 are how
   * exporters write that they do not sample. An algorithm alone other than 0 signals it too.
   */
  private signalled(): boolean {
    if (this.timed || this.algorithm > 0) return true;
    const named = this.interval >= 0 || this.randomInterval >= 0;
    return this.mode > 0 || (named && this.mode < 0);
  }
}

function whole(rate: number): number {
  if (!(rate >= 1) || rate > MAX_RATE) return UNKNOWN_RATE;
  return Math.round(rate);
}
