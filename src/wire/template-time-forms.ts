import { type FieldPlace, lengthOf, type Slots, valueAt } from './template-layout.ts';

/** How a moment is written. */
export type TimeForm = 'ms' | 'seconds' | 'micro' | 'nano' | 'uptime' | 'before_export';

/** A moment in a record: which field, and how it is written. */
export interface Moment {
  readonly place: FieldPlace;
  readonly form: TimeForm;
}

/** Years 1900 to 1970 in seconds: between the zero of NTP timestamps and ours. */
const NTP_ERA = 2_208_988_800;
/** A time this far from the export is not in the form that was tried: 10 years. */
const ANOTHER_FORM_MS = 315_360_000_000;
/** A time is told, in no form that is known. NaN stands for one that is not told. */
export const UNREADABLE = Number.POSITIVE_INFINITY;

/** Milliseconds since 1970 in 8 bytes; NaN for 0. */
export function readMilliseconds(view: DataView, at: Uint32Array, offset: number, n: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const p = at[i]! + offset;
    const value = view.getUint32(p) * 4_294_967_296 + view.getUint32(p + 4);
    out[i] = value === 0 ? Number.NaN : value;
  }
}

/** Forms that say the time by themselves or by that of the export. */
export function readOthers(
  { place, form }: Moment,
  view: DataView,
  slots: Slots,
  n: number,
  exportMs: number,
  receivedMs: number,
  out: Float64Array,
): void {
  for (let i = 0; i < n; i++) {
    const value = valueAt(view, place, slots, i);
    if (value === 0 && form !== 'before_export') out[i] = Number.NaN;
    else if (form === 'ms') out[i] = value;
    else if (form === 'seconds') out[i] = value * 1_000;
    else if (form === 'before_export') out[i] = exportMs - value / 1_000;
    else out[i] = fineTime(view, place, slots, i, value / (form === 'micro' ? 1_000 : 1_000_000), exportMs, receivedMs);
  }
}

/**
 * Micro- and nanoseconds. RFC 7011 sections 6.1.9 and 6.1.10 write them as NTP timestamps: seconds since 1900 and a 32-bit fraction.
 * Exporters are met that send a plain count since 1970, or seconds since 1970 with the fraction: the form that gives a time near the
 * export, or near its receipt where the exporter has no clock, is the right one.
 */
function fineTime(
  view: DataView,
  place: FieldPlace,
  slots: Slots,
  i: number,
  count: number,
  exportMs: number,
  receivedMs: number,
): number {
  if (lengthOf(place, slots, i) === 8) {
    const at = slots[place.slot]![i]! + place.offset;
    const seconds = view.getUint32(at);
    const unix = seconds * 1_000 + (view.getUint32(at + 4) / 4_294_967_296) * 1_000;
    const ntp = unix - NTP_ERA * 1_000;
    if (isNear(ntp, exportMs, receivedMs)) return ntp;
    if (isNear(unix, exportMs, receivedMs) && !isNear(count, exportMs, receivedMs)) return unix;
  }
  return isNear(count, exportMs, receivedMs) ? count : UNREADABLE;
}

function isNear(ms: number, exportMs: number, receivedMs: number): boolean {
  return Math.abs(ms - exportMs) < ANOTHER_FORM_MS || Math.abs(ms - receivedMs) < ANOTHER_FORM_MS;
}
