import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

/** RFC 9001 section 5.2 and RFC 9369 section 3.3: what the secrets of Initial packets are made with, by version. */
interface Version {
  readonly salt: Buffer;
  readonly labels: { readonly key: string; readonly iv: string; readonly mask: string };
  /** Type of a long header that means Initial. */
  readonly initial: number;
}
const V1_LABELS = { key: 'quic key', iv: 'quic iv', mask: 'quic hp' };
/** draft-ietf-quic-tls-23 to -28, and -29 to -32, which were deployed before there was a version 1. */
const draft = (salt: string): Version => ({ salt: Buffer.from(salt, 'hex'), labels: V1_LABELS, initial: 0 });
const DRAFT_23 = draft('c3eef712c72ebb5a11a7d2432bb46365bef9f502');
const DRAFT_29 = draft('afbfec289993d24c9e9786f19c6111e04390a899');
const VERSIONS: ReadonlyMap<number, Version> = new Map([
  ...[23, 24, 25, 26, 27, 28].map((number) => [0xff000000 + number, DRAFT_23] as const),
  ...[29, 30, 31, 32].map((number) => [0xff000000 + number, DRAFT_29] as const),
  [
    0x00000001,
    {
      salt: Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex'),
      labels: V1_LABELS,
      initial: 0,
    },
  ],
  [
    0x6b3343cf,
    {
      salt: Buffer.from('0dede3def700a6db819381be6e269dcbf9bd2ed9', 'hex'),
      labels: { key: 'quicv2 key', iv: 'quicv2 iv', mask: 'quicv2 hp' },
      initial: 1,
    },
  ],
]);
const KEY_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const SAMPLE_BYTES = 16;

/** Frames that a client may put into an Initial packet: RFC 9000 section 17.2.2. */
const PADDING = 0x00;
const PING = 0x01;
const ACK = 0x02;
const ACK_ECN = 0x03;
const CRYPTO = 0x06;

/** A ClientHello of today is in two datagrams, with one Initial packet each; what a hostile program coalesces beyond that is not worth its keys. */
const MOST_PACKETS = 3;

/** A part of the handshake. */
export interface CryptoPart {
  /** Of the connection, as the client chose it: parts of one handshake have the same. */
  readonly connection: string;
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Whether Initial packets of a version can be opened. */
export function hasInitialKeys(version: number): boolean {
  return VERSIONS.has(version);
}

/** The parts of a ClientHello in a datagram of a client's Initial packets, or in several, one behind the other; none for anything else. */
export function cryptoParts(datagram: Buffer, mostPackets = MOST_PACKETS): CryptoPart[] {
  const parts: CryptoPart[] = [];
  try {
    // RFC 9000 section 12.2: packets may be coalesced, all of one connection.
    const keys = new ConnectionKeys();
    for (let at = 0, packets = 0; at < datagram.length && packets < mostPackets; packets++)
      at = nextPacket(datagram, readPacket(datagram, at, keys, parts));
  } catch (error) {
    // Cut off, or not what it looked like: what came before it counts.
    if (!(error instanceof RangeError || isCryptoError(error))) throw error;
  }
  return parts;
}

/** Some clients fill the datagram up with zeros behind its packets (RFC 9000 section 14.1). */
function nextPacket(datagram: Buffer, at: number): number {
  while (at < datagram.length && datagram[at] === 0) at += 1;
  return at;
}

/** Where the packet ends; RFC 9000 section 17.2. */
function readPacket(datagram: Buffer, start: number, keys: ConnectionKeys, parts: CryptoPart[]): number {
  const first = datagram.readUInt8(start);
  const version = VERSIONS.get(datagram.readUInt32BE(start + 1));
  if ((first & 0x80) === 0 || !version) return datagram.length;
  const reader = new Reader(datagram, start + 5);
  const connection = reader.bytes(reader.byte());
  reader.bytes(reader.byte());
  const isInitial = ((first >> 4) & 3) === version.initial;
  if (isInitial) reader.bytes(reader.integer());
  const length = reader.integer();
  const end = reader.at + length;
  if (!isInitial) return end;
  const own = keys.of(version, connection);
  if (end > datagram.length || own === null) return datagram.length;
  const payload = unprotect(datagram.subarray(start, end), reader.at - start, own.keys);
  readFrames(new Reader(payload, 0), own.connection, parts);
  return end;
}

interface Keys {
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly mask: Buffer;
}

interface OwnKeys {
  readonly connection: string;
  readonly version: Version;
  readonly keys: Keys;
}

/**
 * The keys of a connection: those that its first packet gives, derived once. The client calls its server otherwise once that has answered, and keeps the keys
 * (RFC 9000 section 7.2, RFC 9001 section 5.2). Packets of another connection do not open with them.
 */
class ConnectionKeys {
  private own: OwnKeys | null = null;

  /** Null for another version, which does not belong to it. */
  of(version: Version, connection: Buffer): OwnKeys | null {
    this.own ??= { connection: connection.toString('hex'), version, keys: clientKeys(version, connection) };
    return this.own.version === version ? this.own : null;
  }
}

function clientKeys({ salt, labels }: Version, connection: Buffer): Keys {
  const initial = createHmac('sha256', salt).update(connection).digest();
  const client = expand(initial, 'client in', 32);
  return {
    key: expand(client, labels.key, KEY_BYTES),
    iv: expand(client, labels.iv, IV_BYTES),
    mask: expand(client, labels.mask, KEY_BYTES),
  };
}

/** HKDF-Expand-Label of RFC 8446 section 7.1, for at most 32 bytes: one round of RFC 5869 section 2.3. */
function expand(secret: Buffer, label: string, bytes: number): Buffer {
  const name = `tls13 ${label}`;
  const info = Buffer.from([0, bytes, name.length, ...Buffer.from(name, 'latin1'), 0, 1]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, bytes);
}

/** RFC 9001 sections 5.3 and 5.4: takes the mask off the header, then opens the payload. Throws where it was not made with these keys. */
function unprotect(packet: Buffer, numberAt: number, { key, iv, mask: maskKey }: Keys): Buffer {
  const sample = packet.subarray(numberAt + 4, numberAt + 4 + SAMPLE_BYTES);
  if (sample.length < SAMPLE_BYTES) throw new RangeError('too short for a sample');
  const mask = createCipheriv('aes-128-ecb', maskKey, null).update(sample);
  const first = packet[0]! ^ (mask[0]! & 0x0f);
  const numberBytes = (first & 0x03) + 1;
  const header = Buffer.from(packet.subarray(0, numberAt + numberBytes));
  header[0] = first;
  const nonce = Buffer.from(iv);
  for (let i = 0; i < numberBytes; i++) {
    header[numberAt + i]! ^= mask[1 + i]!;
    nonce[IV_BYTES - numberBytes + i]! ^= header[numberAt + i]!;
  }
  const cipher = createDecipheriv('aes-128-gcm', key, nonce);
  cipher.setAAD(header);
  cipher.setAuthTag(packet.subarray(-TAG_BYTES));
  return Buffer.concat([cipher.update(packet.subarray(header.length, -TAG_BYTES)), cipher.final()]);
}

function readFrames(reader: Reader, connection: string, parts: CryptoPart[]): void {
  while (!reader.isAtEnd) {
    const type = reader.integer();
    if (type === PADDING || type === PING) continue;
    if (type === CRYPTO) {
      const offset = reader.integer();
      parts.push({ connection, offset, bytes: reader.bytes(reader.integer()) });
    } else if (type === ACK || type === ACK_ECN) {
      reader.acknowledgement(type === ACK_ECN);
    } else {
      return;
    }
  }
}

/** Throws RangeError at the end. */
class Reader {
  at: number;
  private readonly from: Buffer;

  constructor(from: Buffer, at: number) {
    this.from = from;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.from.length;
  }

  byte(): number {
    return this.from.readUInt8(this.at++);
  }

  bytes(count: number): Buffer {
    if (this.at + count > this.from.length) throw new RangeError('beyond the end');
    this.at += count;
    return this.from.subarray(this.at - count, this.at);
  }

  /** RFC 9000 section 16: the first two bits say how long it is. */
  integer(): number {
    const first = this.byte();
    let value = first & 0x3f;
    for (let left = (1 << (first >> 6)) - 1; left > 0; left--) value = value * 256 + this.byte();
    return value;
  }

  /** RFC 9000 section 19.3. */
  acknowledgement(withCounts: boolean): void {
    this.integer();
    this.integer();
    const ranges = this.integer();
    this.integer();
    for (let i = 0; i < 2 * ranges + (withCounts ? 3 : 0); i++) this.integer();
  }
}

function isCryptoError(error: unknown): boolean {
  return error instanceof Error && /unable to authenticate|bad decrypt/i.test(error.message);
}
