import { setWide } from '../flow/index.ts';
import { unsignedAt } from './columns/loops.ts';
import { REVERSE_PEN } from './elements/registry.ts';
import type { ExportHeader } from './export-header.ts';
import { FORMAT } from './export-header.ts';
import { type FlowContext, MAX_AGE_MS } from './flow-context.ts';
import { CHUNK, type FieldPlace, type Slots, type TemplateLayout } from './template-layout.ts';
import { type Targets, targetOf } from './template-targets.ts';

type Form = 'ms' | 'seconds' | 'micro' | 'nano' | 'uptime' | 'before_export';

/** A moment in a record: which field, and how it is written. */
interface Moment {
  readonly place: FieldPlace;
  readonly form: Form;
}

/** How the records of a template tell their start and end; null where they do not. */
export interface TimePlan {
  readonly start: Moment | null;
  readonly end: Moment | null;
  readonly duration: { readonly place: FieldPlace; readonly perMs: number } | null;
  /** systemInitTimeMilliseconds (160), which gives the uptimes of IPFIX their zero. */
  readonly init: FieldPlace | null;
}

const STARTS: readonly (readonly [number, Form])[] = [
  [152, 'ms'],
  [154, 'micro'],
  [156, 'nano'],
  [150, 'seconds'],
  [22, 'uptime'],
  [158, 'before_export'],
];
const ENDS: readonly (readonly [number, Form])[] = [
  [153, 'ms'],
  [155, 'micro'],
  [157, 'nano'],
  [151, 'seconds'],
  [21, 'uptime'],
  [159, 'before_export'],
];
/** When an event was seen that has no duration: NAT, a firewall's decision, one packet. */
const OBSERVED: readonly (readonly [number, Form])[] = [
  [323, 'ms'],
  [324, 'micro'],
  [325, 'nano'],
  [322, 'seconds'],
];

export function planTimes(layout: TemplateLayout, reverse: boolean): TimePlan {
  const find = (list: readonly (readonly [number, Form])[]): Moment | null => {
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
  };
}

const START = targetOf('start');
const END = targetOf('end');
const TIME = targetOf('time');

/** Years 1900 to 1970 in seconds: between the zero of NTP timestamps and ours. */
const NTP_ERA = 2_208_988_800;
/** A time this far from the export is not in the form that was tried: 10 years. */
const ANOTHER_FORM_MS = 315_360_000_000;
/** No time of a flow: year 9999. */
const LATEST_MS = 253_402_300_799_999;

/** Reads and writes the times of rows; one for a decoder. */
export class RecordTimes {
  /** Rows of the last `write` whose time was moved: the exporter's clock is off, or its times are impossible. */
  corrected = 0;
  private readonly starts = new Float64Array(CHUNK);
  private readonly ends = new Float64Array(CHUNK);
  private readonly inits = new Float64Array(CHUNK);

  /** `initMs`: when the exporter booted, where only options say so (IPFIX); 0 unknown. */
  write(
    plan: TimePlan,
    view: DataView,
    slots: Slots,
    n: number,
    row: number,
    targets: Targets,
    header: ExportHeader,
    receivedMs: number,
    context: FlowContext,
    initMs: number,
  ): void {
    this.readInits(plan, view, slots, n, header, initMs);
    this.read(plan.end, view, slots, n, header, this.ends);
    this.read(plan.start, view, slots, n, header, this.starts);
    if (plan.duration !== null) this.addDurations(plan.duration, view, slots, n);
    if (plan.init === null && initMs === 0 && header.format === FORMAT.ipfix) this.keepDurations(plan, view, slots, n);
    this.judge(n, row, targets, header.exportMs, receivedMs, context);
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

  /** Milliseconds since 1970; NaN where a record does not tell. */
  private read(
    moment: Moment | null,
    view: DataView,
    slots: Slots,
    n: number,
    header: ExportHeader,
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
    else readOthers(moment, view, slots, n, exportMs, out);
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
      if (Number.isNaN(ends[i]!) && !Number.isNaN(starts[i]!)) ends[i] = starts[i]! + ms;
      else if (Number.isNaN(starts[i]!) && ms > 0) starts[i] = -ms;
    }
  }

  /** Uptimes without their zero: when it was is lost, how long is not. Negative starts are ages before the end. */
  private keepDurations(plan: TimePlan, view: DataView, slots: Slots, n: number): void {
    if (plan.start?.form !== 'uptime' || plan.end?.form !== 'uptime') return;
    for (let i = 0; i < n; i++) {
      const ms = (valueAt(view, plan.end.place, slots, i) - valueAt(view, plan.start.place, slots, i)) | 0;
      this.starts[i] = ms > 0 ? -ms : Number.NaN;
    }
  }

  /**
   * The rule of netflow5-writer.ts: an end that is plausible beside our clock is believed; else, where the exporter's clock is off, it
   * is moved by as much; what is still impossible becomes the time of receipt. What is imported is believed as it is.
   */
  private judge(
    n: number,
    row: number,
    targets: Targets,
    exportMs: number,
    receivedMs: number,
    { skewMs, importing }: FlowContext,
  ): void {
    const startOut = targets.u32[START]!;
    const endOut = targets.u32[END]!;
    const timeOut = targets.u32[TIME]!;
    const { starts, ends } = this;
    const oldest = receivedMs - MAX_AGE_MS;
    const newest = receivedMs + skewMs;
    const clockOff = Math.abs(receivedMs - exportMs) > skewMs;
    const shift = clockOff ? receivedMs - exportMs : 0;
    let corrected = 0;
    for (let i = 0; i < n; i++) {
      let end = ends[i]!;
      let impossible = false;
      if (!(end >= 0 && end <= LATEST_MS)) {
        // Not told: the export is the latest that it can have been. Told, but no time at all: the same, and counted.
        impossible = !Number.isNaN(end);
        end = exportMs;
      }
      end = Math.floor(end);
      // A flow that starts after its end has no duration, instead of a negative one that would spoil sums.
      let start = starts[i]!;
      if (start < 0) start += end;
      start = start <= end ? Math.max(0, Math.floor(start)) : end;
      let time = end;
      if (clockOff && (end < receivedMs - skewMs || end > newest)) time = end + shift;
      if (time < oldest || time > newest) time = receivedMs;
      if (importing) time = end;
      if (time !== end || impossible) corrected++;
      setWide(startOut, row + i, start);
      setWide(endOut, row + i, end);
      setWide(timeOut, row + i, time);
    }
    this.corrected = corrected;
  }
}

function readMilliseconds(view: DataView, at: Uint32Array, offset: number, n: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const p = at[i]! + offset;
    const value = view.getUint32(p) * 4_294_967_296 + view.getUint32(p + 4);
    out[i] = value === 0 ? Number.NaN : value;
  }
}

function readOthers(
  { place, form }: Moment,
  view: DataView,
  slots: Slots,
  n: number,
  exportMs: number,
  out: Float64Array,
): void {
  for (let i = 0; i < n; i++) {
    const value = valueAt(view, place, slots, i);
    if (value === 0 && form !== 'before_export') out[i] = Number.NaN;
    else if (form === 'ms') out[i] = value;
    else if (form === 'seconds') out[i] = value * 1_000;
    else if (form === 'before_export') out[i] = exportMs - value / 1_000;
    else out[i] = fineTime(view, place, slots, i, value, form === 'micro' ? 1_000 : 1_000_000, exportMs);
  }
}

function valueAt(view: DataView, place: FieldPlace, slots: Slots, i: number): number {
  const length = place.lengthSlot < 0 ? place.length : slots[place.lengthSlot]![i]!;
  return unsignedAt(view, slots[place.slot]![i]! + place.offset, length);
}

/**
 * Micro- and nanoseconds. RFC 7011 sections 6.1.9 and 6.1.10 write them as NTP timestamps: seconds since 1900 and a 32-bit fraction.
 * Exporters are met that send a plain count since 1970, or seconds since 1970 with the fraction: the form that is near the export is the right one.
 */
function fineTime(
  view: DataView,
  place: FieldPlace,
  slots: Slots,
  i: number,
  plain: number,
  perMs: number,
  exportMs: number,
): number {
  const length = place.lengthSlot < 0 ? place.length : slots[place.lengthSlot]![i]!;
  if (length !== 8) return plain / perMs;
  const at = slots[place.slot]![i]! + place.offset;
  const seconds = view.getUint32(at);
  const fraction = (view.getUint32(at + 4) / 4_294_967_296) * 1_000;
  const ntp = (seconds - NTP_ERA) * 1_000 + fraction;
  if (Math.abs(ntp - exportMs) < ANOTHER_FORM_MS) return ntp;
  const count = plain / perMs;
  if (Math.abs(count - exportMs) < ANOTHER_FORM_MS) return count;
  const unix = seconds * 1_000 + fraction;
  return Math.abs(unix - exportMs) < ANOTHER_FORM_MS ? unix : ntp;
}
