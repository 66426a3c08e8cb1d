import { createDecipheriv, createHmac } from 'node:crypto';
import { CIPHERS, type EspKey, INTEGRITIES } from './cipher-suites.ts';

/** SPI and sequence number. */
const HEADER_BYTES = 8;

const NOTHING = new Uint8Array(0);

/** Whether a key can tell its packets from others: by a check value. */
export function isVerifying(key: EspKey): boolean {
  return CIPHERS[key.cipher].mode === 'aead' || key.integrityKey !== null;
}

/**
 * The plain text of a whole packet of ESP, padding and trailer included; null when the check value is wrong or the length is none that the cipher
 * makes. `high` is the upper half of an extended sequence number, -1 none. What node:crypto gives is allocated for each packet.
 */
export function decryptPacket(key: EspKey, packet: Uint8Array, high: number): Uint8Array | null {
  const cipher = CIPHERS[key.cipher];
  const textAt = HEADER_BYTES + cipher.vectorBytes;
  const textEnd = packet.length - key.checkBytes;
  if (textEnd < textAt + 2 || (cipher.mode === 'cbc' && (textEnd - textAt) % cipher.blockBytes !== 0)) return null;
  if (cipher.mode === 'aead') return decryptAuthenticated(key, packet, textAt, textEnd, high);
  if (key.integrityKey && !isCheckRight(key, packet, textEnd, high)) return null;
  const text = packet.subarray(textAt, textEnd);
  return cipher.mode === 'null' ? text : decryptText(key, packet.subarray(HEADER_BYTES, textAt), text);
}

/** The plain text of the first bytes of a packet, as far as it can be had without the rest; nothing of it is verified. */
export function decryptHead(key: EspKey, packet: Uint8Array): Uint8Array {
  const cipher = CIPHERS[key.cipher];
  const textAt = HEADER_BYTES + cipher.vectorBytes;
  if (packet.length <= textAt) return NOTHING;
  const text = packet.subarray(textAt);
  if (cipher.mode === 'null') return text;
  const whole = cipher.mode === 'cbc' ? text.subarray(0, text.length - (text.length % cipher.blockBytes)) : text;
  return decryptText(key, packet.subarray(HEADER_BYTES, textAt), whole);
}

function isCheckRight(key: EspKey, packet: Uint8Array, checkAt: number, high: number): boolean {
  const hmac = createHmac(INTEGRITIES[key.integrity].hash, key.integrityKey!).update(packet.subarray(0, checkAt));
  // RFC 4303 section 2.8: the upper half is not sent, and stands behind the packet for this only.
  if (high >= 0) hmac.update(word(high));
  return hmac.digest().subarray(0, key.checkBytes).equals(packet.subarray(checkAt));
}

function decryptText(key: EspKey, vector: Uint8Array, text: Uint8Array): Uint8Array {
  const decipher = createDecipheriv(streamAlgorithm(key), key.key, startOf(key, vector));
  decipher.setAutoPadding(false);
  // Whole blocks come out at once, and `final` has nothing to add where padding is not taken off.
  return decipher.update(text);
}

/** The cipher that makes the text, without what authenticates it. */
function streamAlgorithm(key: EspKey): string {
  const { algorithms } = CIPHERS[key.cipher];
  const algorithm = (algorithms as Readonly<Record<number, string>>)[key.key.length]!;
  return algorithm.replace('-gcm', '-ctr').replace('chacha20-poly1305', 'chacha20');
}

/**
 * The first block of the cipher. A counter is 1 for the first block of the text in RFC 3686 section 4; of GCM, the first block is that of the check
 * value (NIST SP 800-38D section 7.1), as of ChaCha20-Poly1305 (RFC 8439 section 2.8), where the counter comes first, the least byte before.
 */
function startOf(key: EspKey, vector: Uint8Array): Uint8Array {
  switch (key.cipher) {
    case 'aes-ctr':
      return Buffer.concat([key.salt, vector, word(1)]);
    case 'aes-gcm':
      return Buffer.concat([key.salt, vector, word(2)]);
    case 'chacha20-poly1305':
      return Buffer.concat([word(0x0100_0000), key.salt, vector]);
    default:
      return vector;
  }
}

function decryptAuthenticated(
  key: EspKey,
  packet: Uint8Array,
  textAt: number,
  textEnd: number,
  high: number,
): Uint8Array | null {
  const { algorithms } = CIPHERS[key.cipher];
  // Typed as GCM's: both kinds are used in the same way.
  const algorithm = (algorithms as Readonly<Record<number, string>>)[key.key.length] as 'aes-128-gcm';
  const nonce = Buffer.concat([key.salt, packet.subarray(HEADER_BYTES, textAt)]);
  const decipher = createDecipheriv(algorithm, key.key, nonce, { authTagLength: key.checkBytes });
  decipher.setAAD(additionalData(packet, high));
  decipher.setAuthTag(packet.subarray(textEnd));
  const text = decipher.update(packet.subarray(textAt, textEnd));
  try {
    decipher.final();
    return text;
  } catch {
    // It is thrown for this alone: the check value does not match.
    return null;
  }
}

/** RFC 4106 section 5: SPI and sequence number, the upper half between them where it is used. */
function additionalData(packet: Uint8Array, high: number): Uint8Array {
  const header = packet.subarray(0, HEADER_BYTES);
  return high < 0 ? header : Buffer.concat([header.subarray(0, 4), word(high), header.subarray(4)]);
}

function word(value: number): Buffer {
  const out = Buffer.allocUnsafe(4);
  out.writeUInt32BE(value);
  return out;
}
