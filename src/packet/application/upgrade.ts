import type { Payload } from './payload.ts';
import { byteAt, wordAt } from './payload-bytes.ts';

/** So many payloads of a side are looked at for a log-in: it stands at the beginning. */
export const MOST_LOG_IN_TURNS = 12;

/** Records of a handshake and alerts, of SSL 3 or TLS (RFC 8446 section 5.1): what stands in clear text no longer does behind it. */
export function isTlsRecord(payload: Payload): boolean {
  const type = byteAt(payload, 0);
  return (type === 0x16 || type === 0x15) && wordAt(payload, 1) >>> 8 === 3;
}
