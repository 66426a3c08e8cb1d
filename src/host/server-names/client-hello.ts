import { hostName } from './host-name.ts';

/** RFC 8446 sections 4 and 5.1, RFC 6066 section 3. */
const RECORD_HANDSHAKE = 22;
const RECORD_HEADER_BYTES = 5;
const CLIENT_HELLO = 1;
const EXTENSION_SERVER_NAME = 0;
const NAME_TYPE_HOST = 0;

/** Of a ClientHello: the name, that it has none, or that there are too few of its bytes to tell. */
export type HelloName =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'cut' };

const NONE: HelloName = { kind: 'none' };
const CUT: HelloName = { kind: 'cut' };

/** The name of the server that a client of TLS asks for, from the first bytes of its stream. */
export function nameInTls(stream: Buffer): HelloName {
  return nameInHello(handshakeBytes(stream));
}

/** The same from the handshake itself, as QUIC has it. Extensions that came are read, whether the rest came or not. */
export function nameInHello(hello: Buffer): HelloName {
  if (hello.length < 4) return CUT;
  if (hello[0] !== CLIENT_HELLO) return NONE;
  // Version and random, then session, cipher suites and compression methods, each with its length.
  let at = 4 + 2 + 32;
  if (at >= hello.length) return CUT;
  at += 1 + hello[at]!;
  if (at + 2 > hello.length) return CUT;
  at += 2 + hello.readUInt16BE(at);
  if (at >= hello.length) return CUT;
  at += 1 + hello[at]!;
  const end = 4 + hello.readUIntBE(1, 3);
  if (at >= end) return NONE;
  for (at += 2; at < end; ) {
    if (at + 4 > hello.length) return CUT;
    const bytes = hello.readUInt16BE(at + 2);
    if (hello.readUInt16BE(at) === EXTENSION_SERVER_NAME) return nameInExtension(hello, at + 4, bytes);
    at += 4 + bytes;
  }
  return NONE;
}

function nameInExtension(hello: Buffer, at: number, bytes: number): HelloName {
  if (bytes < 5) return NONE;
  if (at + bytes > hello.length) return CUT;
  const length = hello.readUInt16BE(at + 3);
  if (hello[at + 2] !== NAME_TYPE_HOST || 5 + length > bytes) return NONE;
  const name = hostName(hello.toString('latin1', at + 5, at + 5 + length));
  return name === null ? NONE : { kind: 'name', name };
}

/** What records of the handshake carry, one after the other. */
function handshakeBytes(stream: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at + RECORD_HEADER_BYTES <= stream.length && stream[at] === RECORD_HANDSHAKE; ) {
    const begin = at + RECORD_HEADER_BYTES;
    at = begin + stream.readUInt16BE(at + 3);
    parts.push(stream.subarray(begin, at));
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
