import { WeirError } from '../base/index.ts';
import { CRYPTO_PAN_KEY_BYTES } from './crypto-pan.ts';

/**
 * The key of the bytes of a key file: 32 characters or 64 hexadecimal digits (with or without 0x, as nfanon's -K has them), with or
 * without a newline at the end; or 32 raw bytes.
 */
export function parseAnonymiseKey(bytes: Uint8Array, file: string): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  const line = text.replace(/\r?\n$/, '');
  const hex = /^(?:0x)?([0-9a-f]{64})$/i.exec(line)?.[1];
  if (hex !== undefined) return Uint8Array.from(Buffer.from(hex, 'hex'));
  // 31 characters and a newline are 32 bytes, but hardly a key.
  const cut = bytes.length === CRYPTO_PAN_KEY_BYTES && /^[\x20-\x7e]{30,31}\r?\n$/.test(text);
  if (bytes.length === CRYPTO_PAN_KEY_BYTES && !cut) return Uint8Array.from(bytes);
  if (line.length === CRYPTO_PAN_KEY_BYTES && /^[\x20-\x7e]+$/.test(line)) return Uint8Array.from(Buffer.from(line));
  const found = cut || /^[\x20-\x7e]+$/.test(line) ? `${line.length} characters` : `${bytes.length} bytes`;
  throw new WeirError(
    'usage',
    `${file} is no key: it has ${found}; expected 32 characters, 64 hexadecimal digits or 32 raw bytes (openssl rand -hex 32 makes one)`,
  );
}
