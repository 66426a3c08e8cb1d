import type { DecodeError } from './decode-errors.ts';
import { type ExportHeader, FORMAT } from './export-header.ts';

/** RFC 3954 section 5.1: version, count, sysUpTime, UNIX seconds, sequence number (of datagrams), source id. */
const NETFLOW9_HEADER_BYTES = 20;

/** Reads the header of a NetFlow v9 datagram at [at, at + length); null when all is well. After an error nothing can be decoded. */
export function readNetflow9Header(view: DataView, at: number, length: number, out: ExportHeader): DecodeError | null {
  if (length < NETFLOW9_HEADER_BYTES) return 'too_short';
  if (view.getUint16(at) !== 9) return 'unsupported_version';
  out.format = FORMAT.netflow9;
  out.headerBytes = NETFLOW9_HEADER_BYTES;
  out.messageBytes = length;
  out.count = view.getUint16(at + 2);
  out.uptimeMs = view.getUint32(at + 4);
  out.exportMs = view.getUint32(at + 8) * 1000;
  out.sequence = view.getUint32(at + 12);
  out.domain = view.getUint32(at + 16);
  return null;
}
