/** DER (ITU-T X.690), as much of it as a certificate needs. */

const SEQUENCE = 0x30;
const SET = 0x31;

function tagged(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const size: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) size.unshift(rest % 256);
  const head = length < 128 ? [tag, length] : [tag, 0x80 | size.length, ...size];
  return Buffer.concat([Buffer.from(head), content]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => tagged(SEQUENCE, Buffer.concat(parts));
export const set = (...parts: readonly Uint8Array[]): Buffer => tagged(SET, Buffer.concat(parts));
export const octets = (bytes: Uint8Array): Buffer => tagged(0x04, bytes);
export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text, 'utf8'));
export const truth = (): Buffer => tagged(0x01, Buffer.from([0xff]));

/** A field that stands for one of several: `[n]`; constructed where it holds others. */
export const choice = (n: number, content: Uint8Array, isConstructed: boolean): Buffer =>
  tagged(0x80 | (isConstructed ? 0x20 : 0) | n, content);

/** A whole number of 0 or more, as its bytes, the highest first. */
export function integer(bytes: Uint8Array): Buffer {
  // A first bit that is set would make it negative.
  return tagged(0x02, bytes[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

/** `unused`: bits at the end that are none. */
export function bits(bytes: Uint8Array, unused = 0): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([unused]), bytes]));
}

/** An object identifier such as `1.2.840.10045.4.3.2`. */
export function oid(text: string): Buffer {
  const [first, second, ...rest] = text.split('.').map(Number);
  return tagged(0x06, Buffer.from([40 * first! + second!, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) | 128);
  return digits;
}

/** UTCTime until 2049, GeneralizedTime from then on (RFC 5280 section 4.1.2.5); whole seconds. */
export function time(ms: number): Buffer {
  const text = `${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  const isShort = new Date(ms).getUTCFullYear() < 2050;
  return tagged(isShort ? 0x17 : 0x18, Buffer.from(isShort ? text.slice(2) : text, 'ascii'));
}
