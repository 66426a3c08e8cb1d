import { WEIR_ELEMENT, WEIR_PEN } from '../elements/registry.ts';
import { type OptionField, unsignedOf } from './option-values.ts';

const FLOW_START_SECONDS = 150;
/** A meter tells of the minutes that flows may be open for; of more than these the first are kept. */
const MAX_MINUTES = 256;

/** Start of a minute, ms since 1970, and the packets of it that are in open flows. */
export type OpenMinute = readonly [minute: number, packets: number];

/** Packets in the flows that a meter of Weir has open, as it told last, by minute. What of them is there when it has crashed was lost with it. */
export class OpenPackets {
  private readonly minutes = new Map<number, number>();
  private reports = 0;

  get size(): number {
    return this.minutes.size;
  }

  learn(view: DataView, fields: readonly OptionField[]): void {
    const open = fields.find((f) => f.pen === WEIR_PEN && f.id === WEIR_ELEMENT.openPackets);
    const start = fields.find((f) => f.pen === 0 && f.id === FLOW_START_SECONDS);
    if (!open || !start) return;
    this.reports += 1;
    this.put(unsignedOf(view, start) * 1_000, unsignedOf(view, open));
  }

  put(minute: number, packets: number): void {
    if (minute < 0 || packets < 0) return;
    if (packets === 0) this.minutes.delete(minute);
    else if (this.minutes.size < MAX_MINUTES || this.minutes.has(minute)) this.minutes.set(minute, packets);
  }

  /** Records that told of it since the last call. */
  takeReports(): number {
    const taken = this.reports;
    this.reports = 0;
    return taken;
  }

  list(): OpenMinute[] {
    return [...this.minutes];
  }
}
