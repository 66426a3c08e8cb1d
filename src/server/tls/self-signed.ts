import { createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { bitsOf, parseAddress } from '../../flow/index.ts';
import { bits, choice, integer, octets, oid, sequence, set, time, truth, utf8 } from './der.ts';

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2', // RFC 5758
  commonName: '2.5.4.3',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectAltName: '2.5.29.17',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;
/** The field of a key usage whose first bit is set: digitalSignature. */
const DIGITAL_SIGNATURE = bits(Buffer.from([0x80]), 7);
const MOST_NAME = 64;

export interface CertificateRequest {
  /** P-256. */
  readonly key: KeyObject;
  /** Names and addresses by which the server is called; at least one. */
  readonly names: readonly string[];
  /** ms since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** A certificate of a server that vouches for itself (RFC 5280, version 3; ECDSA by RFC 5480), as PEM. It can vouch for no other. */
export function selfSigned({ key, names, fromMs, toMs }: CertificateRequest): string {
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const name = sequence(set(sequence(oid(OID.commonName), utf8(names[0]!.slice(0, MOST_NAME)))));
  const body = sequence(
    choice(0, integer(Buffer.from([2])), true),
    integer(serialNumber()),
    algorithm,
    name,
    sequence(time(fromMs), time(toMs)),
    name,
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    choice(3, sequence(...extensions(names)), true),
  );
  const signature = sign('sha256', body, key);
  const der = sequence(body, algorithm, bits(signature)).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${der.match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** Positive, and not to be guessed (RFC 5280 section 4.1.2.2). */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes;
}

function extensions(names: readonly string[]): Buffer[] {
  return [
    sequence(oid(OID.basicConstraints), truth(), octets(sequence())),
    sequence(oid(OID.keyUsage), truth(), octets(DIGITAL_SIGNATURE)),
    sequence(oid(OID.extendedKeyUsage), octets(sequence(oid(OID.serverAuth)))),
    sequence(oid(OID.subjectAltName), octets(sequence(...names.map(generalName)))),
  ];
}

/** dNSName is [2], iPAddress [7] with 4 or 16 bytes (RFC 5280 section 4.2.1.6). */
function generalName(name: string): Buffer {
  if (isIP(name) === 0) return choice(2, Buffer.from(name, 'ascii'), false);
  if (isIP(name) === 4) return choice(7, Buffer.from(name.split('.').map(Number)), false);
  const { hi, lo } = bitsOf(parseAddress(name)!);
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64BE(hi, 0);
  bytes.writeBigUInt64BE(lo, 8);
  return choice(7, bytes, false);
}
