import { HELLO, newFinding, newHello, readClientHello } from '../../packet/index.ts';

/** RFC 8446 section 5.1. */
const RECORD_HANDSHAKE = 22;
const RECORD_HEADER_BYTES = 5;

/** Of a ClientHello: the name, that it has none, or that there are too few of its bytes to tell. */
export type HelloName =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'cut' };

const NONE: HelloName = { kind: 'none' };
const CUT: HelloName = { kind: 'cut' };

/** Filled and read within one call. */
const finding = newFinding();
const hello = newHello();

/** The name of the server that a client of TLS asks for, from the first bytes of its stream. */
export function nameInTls(stream: Buffer): HelloName {
  return nameInHello(handshakeBytes(stream));
}

/** The same from the handshake itself, as QUIC has it. Extensions that came are read, whether the rest came or not. */
export function nameInHello(bytes: Buffer): HelloName {
  finding.nameLength = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const state = readClientHello(view, 0, bytes.length, finding, hello);
  if (finding.nameLength > 0)
    return { kind: 'name', name: Buffer.from(finding.name.subarray(0, finding.nameLength)).toString('latin1') };
  return state === HELLO.cut ? CUT : NONE;
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
