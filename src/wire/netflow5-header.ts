import type { DecodeError } from './decode-errors.ts';
import {
  NETFLOW5_HEADER_BYTES,
  NETFLOW5_MOST_RECORDS,
  NETFLOW5_RECORD_BYTES,
  NETFLOW7_RECORD_BYTES,
} from './netflow5-format.ts';

/** The header of a datagram; one object is made once and filled again for each. */
export interface Netflow5Header {
  /** 5, or 7: the same with four bytes more in each record (the Catalyst's). */
  version: 5 | 7;
  recordBytes: number;
  /** Records that the exporter announces: what its sequence number advances by. */
  count: number;
  /** Records whose bytes are all there; never more than `count`. */
  wholeRecords: number;
  /** Announced, but not there. */
  missingRecords: number;
  /** Milliseconds since the exporter booted, modulo 2^32. */
  uptimeMs: number;
  /** The exporter's clock when it sent, ms since 1970. */
  exportMs: number;
  /** Flows that the exporter had sent before this datagram, modulo 2^32. */
  sequence: number;
  engineType: number;
  engineId: number;
  /** Top two bits and low 14 bits of the sampling field. */
  samplingMode: number;
  samplingRate: number;
}

export function newNetflow5Header(): Netflow5Header {
  return {
    version: 5,
    recordBytes: NETFLOW5_RECORD_BYTES,
    count: 0,
    wholeRecords: 0,
    missingRecords: 0,
    uptimeMs: 0,
    exportMs: 0,
    sequence: 0,
    engineType: 0,
    engineId: 0,
    samplingMode: 0,
    samplingRate: 0,
  };
}

/**
 * Reads the header of the datagram at [offset, offset + length). Null when all is well. After `truncated` and
 * `trailing_bytes` the header is filled and `wholeRecords` can be decoded; after the other causes `count` and
 * `wholeRecords` are 0, and the rest is filled only for `bad_count`.
 */
export function readNetflow5Header(
  view: DataView,
  offset: number,
  length: number,
  out: Netflow5Header,
): DecodeError | null {
  out.count = 0;
  out.wholeRecords = 0;
  out.missingRecords = 0;
  if (length < NETFLOW5_HEADER_BYTES) return 'too_short';
  const version = view.getUint16(offset);
  if (version !== 5 && version !== 7) return 'unsupported_version';
  out.version = version;
  out.recordBytes = version === 7 ? NETFLOW7_RECORD_BYTES : NETFLOW5_RECORD_BYTES;
  const count = view.getUint16(offset + 2);
  out.uptimeMs = view.getUint32(offset + 4);
  // Residual nanoseconds of one second; an exporter that puts more there must not move the clock.
  const ms = Math.floor(view.getUint32(offset + 12) / 1e6);
  out.exportMs = view.getUint32(offset + 8) * 1000 + (ms < 1000 ? ms : 0);
  out.sequence = view.getUint32(offset + 16);
  // Version 7 has four reserved bytes here.
  out.engineType = version === 5 ? view.getUint8(offset + 20) : 0;
  out.engineId = version === 5 ? view.getUint8(offset + 21) : 0;
  const sampling = version === 5 ? view.getUint16(offset + 22) : 0;
  out.samplingMode = sampling >>> 14;
  out.samplingRate = sampling & 0x3fff;
  // A count that no datagram can hold is damage: believed, it would pass for thousands of lost records.
  if (count === 0 || count > NETFLOW5_MOST_RECORDS) return 'bad_count';
  out.count = count;
  const body = length - NETFLOW5_HEADER_BYTES;
  const there = Math.floor(body / out.recordBytes);
  out.wholeRecords = Math.min(count, there);
  out.missingRecords = count - out.wholeRecords;
  if (out.missingRecords > 0) return 'truncated';
  return body > count * out.recordBytes ? 'trailing_bytes' : null;
}
