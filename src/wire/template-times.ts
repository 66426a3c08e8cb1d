import { CERT_PEN } from './elements/enterprises.ts';
import { REVERSE_PEN } from './elements/registry.ts';
import { type ExportHeader, FORMAT } from './export-header.ts';
import { CHUNK, type FieldPlace, type Slots, type TemplateLayout, valueAt } from './template-layout.ts';
import type { DataSet } from './template-set.ts';
import type { Targets } from './template-targets.ts';
import { type Moment, readMilliseconds, readOthers, type TimeForm } from './template-time-forms.ts';
import { judgeTimes } from './template-time-rule.ts';

/** How the records of a template tell their start and end; null where they do not. */
export interface TimePlan {
  readonly start: Moment | null;
  readonly end: Moment | null;
  readonly duration: { readonly place: FieldPlace; readonly perMs: number } | null;
  /** systemInitTimeMilliseconds (160), which gives the uptimes of IPFIX their zero. */
  readonly init: FieldPlace | null;
  /** How long after the start the reverse direction began. */
  readonly delay: FieldPlace | null;
}

const STARTS: readonly (readonly [number, TimeForm])[] = [
  [152, 'ms'],
  [154, 'micro'],
  [156, 'nano'],
  [150, 'seconds'],
  [22, 'uptime'],
  [158, 'before_export'],
];
const ENDS: readonly (readonly [number, TimeForm])[] = [
  [153, 'ms'],
  [155, 'micro'],
  [157, 'nano'],
  [151, 'seconds'],
  [21, 'uptime'],
  [159, 'before_export'],
];
/** When an event was seen that has no duration: NAT, a firewall's decision, one packet. */
const OBSERVED: readonly (readonly [number, TimeForm])[] = [
  [323, 'ms'],
  [324, 'micro'],
  [325, 'nano'],
  [322, 'seconds'],
];

/** YAF's reverseFlowDeltaMilliseconds: after the start of the flow came the first packet of the answer. */
const REVERSE_DELAY = 21;

export function planTimes(layout: TemplateLayout, reverse: boolean): TimePlan {
  const find = (list: readonly (readonly [number, TimeForm])[]): Moment | null => {
    // The reverse direction has times of its own, or those of the whole (RFC 5103 section 6.2).
    for (const pen of reverse ? [REVERSE_PEN, 0] : [0]) {
      for (const [id, form] of list) {
        const found = layout.find(pen, [id]);
        if (found) return { place: found.place, form };
      }
    }
    return null;
  };
  const observed = find(OBSERVED);
  const duration = layout.find(0, [161, 162]);
  return {
    start: find(STARTS),
    end: find(ENDS) ?? observed,
    duration: duration && { place: duration.place, perMs: duration.id === 161 ? 1 : 1_000 },
    init: layout.find(0, [160])?.place ?? null,
    delay: reverse ? (layout.find(CERT_PEN, [REVERSE_DELAY])?.place ?? null) : null,
  };
}

/** Reads and writes the times of rows; one for a decoder. */
export class RecordTimes {
  /** Rows of the last `write` whose time was moved: the exporter's clock is off, or its times are impossible. */
  corrected = 0;
  private readonly starts = new Float64Array(CHUNK);
  private readonly ends = new Float64Array(CHUNK);
  private readonly inits = new Float64Array(CHUNK);

  write(plan: TimePlan, slots: Slots, n: number, row: number, targets: Targets, set: DataSet): void {
    const { view, header, receivedMs } = set;
    // Where only options say when the exporter booted (IPFIX); 0 where nobody does.
    const initMs = set.facts.systemInitMs;
    this.readInits(plan, view, slots, n, header, initMs);
    this.read(plan.end, view, slots, n, header, receivedMs, this.ends);
    this.read(plan.start, view, slots, n, header, receivedMs, this.starts);
    if (plan.duration !== null) this.addDurations(plan.duration, view, slots, n);
    if (plan.delay !== null) this.addDelays(plan.delay, view, slots, n);
    if (plan.init === null && initMs === 0 && header.format === FORMAT.ipfix) this.keepDurations(plan, view, slots, n);
    this.corrected = judgeTimes(this.starts, this.ends, n, row, targets, set);
  }

  /** The uptime at export of each record, for forms that count from boot. */
  private readInits(
    plan: TimePlan,
    view: DataView,
    slots: Slots,
    n: number,
    header: ExportHeader,
    initMs: number,
  ): void {
    if (plan.start?.form !== 'uptime' && plan.end?.form !== 'uptime') return;
    const { inits } = this;
    const { exportMs, uptimeMs } = header;
    if (header.format !== FORMAT.ipfix) inits.fill(uptimeMs, 0, n);
    else if (plan.init === null) inits.fill(initMs === 0 ? Number.NaN : exportMs - initMs, 0, n);
    else {
      for (let i = 0; i < n; i++) {
        const init = valueAt(view, plan.init, slots, i);
        inits[i] = init > 0 ? exportMs - init : initMs === 0 ? Number.NaN : exportMs - initMs;
      }
    }
  }

  /** Milliseconds since 1970; NaN where a record does not tell, UNREADABLE where it tells no time. */
  private read(
    moment: Moment | null,
    view: DataView,
    slots: Slots,
    n: number,
    header: ExportHeader,
    receivedMs: number,
    out: Float64Array,
  ): void {
    const { exportMs } = header;
    if (moment === null) {
      out.fill(Number.NaN, 0, n);
      return;
    }
    const { place, form } = moment;
    if (form === 'uptime') this.readUptimes(place, view, slots, n, exportMs, out);
    else if (form === 'ms' && place.length === 8) readMilliseconds(view, slots[place.slot]!, place.offset, n, out);
    else readOthers(moment, view, slots, n, exportMs, receivedMs, out);
  }

  /** Modulo 2^32 as the uptime is: the age is their signed difference, which is right across the wrap (every 49.7 days). */
  private readUptimes(
    place: FieldPlace,
    view: DataView,
    slots: Slots,
    n: number,
    exportMs: number,
    out: Float64Array,
  ): void {
    const { inits } = this;
    const at = slots[place.slot]!;
    if (place.length === 4) {
      for (let i = 0; i < n; i++) {
        // NaN >>> 0 is 0: without the test an unknown boot would pass for one at export.
        const uptime = inits[i]!;
        out[i] = Number.isNaN(uptime) ? Number.NaN : exportMs - ((uptime - view.getUint32(at[i]! + place.offset)) | 0);
      }
      return;
    }
    for (let i = 0; i < n; i++) {
      const uptime = inits[i]!;
      out[i] = Number.isNaN(uptime) ? Number.NaN : exportMs - ((uptime - valueAt(view, place, slots, i)) | 0);
    }
  }

  /** A duration gives the end that is missing, or the start. */
  private addDurations(duration: NonNullable<TimePlan['duration']>, view: DataView, slots: Slots, n: number): void {
    const { starts, ends } = this;
    for (let i = 0; i < n; i++) {
      const ms = Math.floor(valueAt(view, duration.place, slots, i) / duration.perMs);
      if (!Number.isFinite(ends[i]!) && Number.isFinite(starts[i]!)) ends[i] = starts[i]! + ms;
      else if (!Number.isFinite(starts[i]!) && ms > 0) starts[i] = -ms;
    }
  }

  private addDelays(delay: FieldPlace, view: DataView, slots: Slots, n: number): void {
    const { starts } = this;
    for (let i = 0; i < n; i++) if (starts[i]! > 0) starts[i] = starts[i]! + valueAt(view, delay, slots, i);
  }

  /** Uptimes without their zero: when it was is lost, how long is not. Negative starts are ages before the end. */
  private keepDurations(plan: TimePlan, view: DataView, slots: Slots, n: number): void {
    if (plan.start?.form !== 'uptime' || plan.end?.form !== 'uptime') return;
    for (let i = 0; i < n; i++) {
      const ms = (valueAt(view, plan.end.place, slots, i) - valueAt(view, plan.start.place, slots, i)) | 0;
      this.starts[i] = ms > 0 ? -ms : Number.NaN;
    }
  }
}
