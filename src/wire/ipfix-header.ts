import type { DecodeError } from './decode-errors.ts';
import { type ExportHeader, FORMAT } from './export-header.ts';

/** RFC 7011 section 3.1: version, length of the message, export time in seconds, sequence number (of data records), domain. */
const IPFIX_HEADER_BYTES = 16;

/**
 * Reads the header of the IPFIX message at [at, at + length); null when all is well. After `truncated` the sets that are there can be
 * decoded. `messageBytes` is what the header says: more than `length` after `truncated`; what lies behind it is another message.
 */
export function readIpfixHeader(view: DataView, at: number, length: number, out: ExportHeader): DecodeError | null {
  if (length < IPFIX_HEADER_BYTES) return 'too_short';
  if (view.getUint16(at) !== 10) return 'unsupported_version';
  out.format = FORMAT.ipfix;
  out.headerBytes = IPFIX_HEADER_BYTES;
  out.messageBytes = view.getUint16(at + 2);
  out.count = 0;
  out.uptimeMs = 0;
  out.exportMs = view.getUint32(at + 4) * 1000;
  out.sequence = view.getUint32(at + 8);
  out.domain = view.getUint32(at + 12);
  if (out.messageBytes < IPFIX_HEADER_BYTES) return 'bad_length';
  return out.messageBytes > length ? 'truncated' : null;
}
