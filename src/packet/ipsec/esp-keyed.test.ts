import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { bytes, ipv4, tcp, u32 } from '../frames.testing.ts';
import { Esp, IPSEC, parseEspKeys } from '../index.ts';
import { checked, openIp, withTrailer } from './esp.testing.ts';

const KEY = Buffer.alloc(16, 0x6b);
const CHECK_KEY = Buffer.alloc(32, 0x61);
const ACK = checked(tcp(49152, 445, 0x10), 6, 16);
/** As long as needs no padding, so that the trailer says little. */
const DATA = checked(tcp(49152, 445, 0x18, randomBytes(362)), 6, 16);

/** AES-CBC, with HMAC-SHA2-256-128 over the upper half of the sequence number as well, where there is one. */
function seal(payload: Uint8Array, { sequence = 1, high = -1, spi = 0x1000, authentic = true } = {}): Uint8Array {
  const vector = randomBytes(16);
  const cipher = createCipheriv('aes-128-cbc', KEY, vector).setAutoPadding(false);
  const sealed = bytes(u32(spi), u32(sequence), vector, cipher.update(withTrailer(payload, 6, 16)));
  const hmac = createHmac('sha256', CHECK_KEY).update(sealed);
  if (high >= 0) hmac.update(Uint8Array.from(u32(high)));
  return ipv4(50, bytes(sealed, authentic ? hmac.digest().subarray(0, 16) : randomBytes(16)));
}

function opener(rest: string): Esp {
  const key = `{spi: 0x1000, encryption: aes-cbc, key: 0x${KEY.toString('hex')}, authentication: hmac-sha2-256-128, ${rest}}`;
  return new Esp({ keys: parseEspKeys(`keys: [${key}]`, 'keys') });
}

const VERIFYING = `authentication_key: 0x${CHECK_KEY.toString('hex')}`;

test('extended sequence numbers are followed when their lower half comes round, and packets that come late still match', () => {
  const esp = opener(`${VERIFYING}, sequence_high: 7`);
  const kinds = [
    [7, 0xffff_fffd],
    [7, 0xffff_ffff],
    [8, 0],
    [7, 0xffff_fffe],
    [8, 1],
    [8, 0x7000_0000],
    [8, 0xe000_0000],
    [9, 5],
  ].map(([high, sequence]) => openIp(esp, seal(ACK, { high: high!, sequence: sequence! })).ipsec);
  expect(kinds).toEqual(Array(8).fill(IPSEC.decrypted));
  expect(openIp(esp, seal(ACK, { high: 3, sequence: 6 })).ipsec).toBe(IPSEC.opaque);
  expect(esp.counts).toMatchObject({ decrypted: 8, opaque: 1, integrityFailures: 1 });
});

test('a packet that was changed on its way is opaque, whatever can be read of it', () => {
  const esp = opener(VERIFYING);
  expect(openIp(esp, seal(ACK)).ipsec).toBe(IPSEC.decrypted);
  expect(openIp(esp, seal(ACK, { authentic: false }))).toMatchObject({ ipsec: IPSEC.opaque, hasPorts: false });
  expect(esp.keyCounts).toEqual([{ spi: 0x1000, opened: 1, integrityFailures: 1, implausible: 0 }]);
});

test('no bit of a packet can be turned without it being noticed', () => {
  const esp = opener(VERIFYING);
  const packet = seal(ACK);
  // Behind the IP header and the SPI, which say whose packet it is.
  const first = 8 * 24;
  for (let bit = first; bit < 8 * packet.length; bit++) {
    const turned = packet.slice();
    turned[bit >>> 3]! ^= 1 << (bit & 7);
    expect(openIp(esp, turned).ipsec).toBe(IPSEC.opaque);
  }
  expect(esp.counts).toMatchObject({ decrypted: 0, integrityFailures: 8 * packet.length - first });
});

test('without the key of the check value the plain text proves itself', () => {
  const esp = opener('');
  const packet = seal(DATA, { authentic: false });
  const kinds = Array.from({ length: 4 }, () => openIp(esp, packet).ipsec);
  expect(kinds).toEqual([IPSEC.opaque, IPSEC.decrypted, IPSEC.decrypted, IPSEC.decrypted]);
});

test('a key with a destination is for that alone, and comes before one without', () => {
  const wrong = `{spi: 0x1000, encryption: aes-ctr, key: 0x${'00'.repeat(20)}`;
  const right = `{spi: 0x1000, encryption: aes-cbc, key: 0x${KEY.toString('hex')}, authentication: hmac-sha2-256-128, ${VERIFYING}`;
  const open = (keys: string) => {
    const esp = new Esp({ keys: parseEspKeys(`keys: [${keys}]`, 'keys') });
    return openIp(esp, seal(ACK)).ipsec;
  };
  expect(open(`${wrong}}, ${right}, dst: 198.51.100.2}`)).toBe(IPSEC.decrypted);
  expect(open(`${right}}, ${wrong}, dst: 198.51.100.3}`)).toBe(IPSEC.decrypted);
  expect(open(`${right}}, ${wrong}, dst: 198.51.100.2}`)).toBe(IPSEC.opaque);
  expect(open(`${right}, dst: 198.51.100.3}`)).toBe(IPSEC.opaque);
});

test('cut packets of a key are opaque until a whole one was read with it', () => {
  const esp = opener(VERIFYING);
  expect(openIp(esp, seal(DATA), 138).ipsec).toBe(IPSEC.opaque);
  openIp(esp, seal(ACK));
  expect(openIp(esp, seal(DATA), 138)).toMatchObject({
    ipsec: IPSEC.decrypted,
    srcPort: 49152,
    dstPort: 445,
    tcpFlags: 0x18,
  });
});
