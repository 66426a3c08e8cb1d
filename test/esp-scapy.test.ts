import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  dissectLink,
  Esp,
  IPSEC,
  newPacketFields,
  openCapture,
  type PacketFields,
  parseEspKeys,
} from '../src/packet/index.ts';
import { remove, tempFolder } from './node.testing.ts';

const run = promisify(execFile);
/** Debian's own, which has scapy: another python3 may come first in the path. */
const PYTHON = '/usr/bin/python3';
const scapy = await run(PYTHON, ['-c', 'import scapy.layers.ipsec, cryptography']).then(
  () => true,
  () => false,
);

/** Name in our key files, name in scapy, bytes of key material. */
type Named = readonly [ours: string, scapy: string, bytes: number];

const NONE: Named = ['none', 'NULL', 0];
const SHA1: Named = ['hmac-sha1-96', 'HMAC-SHA1-96', 20];
const AUTHENTICATIONS: readonly Named[] = [
  ['hmac-md5-96', 'HMAC-MD5-96', 16],
  SHA1,
  ['hmac-sha2-256-128', 'SHA2-256-128', 32],
  ['hmac-sha2-384-192', 'SHA2-384-192', 48],
  ['hmac-sha2-512-256', 'SHA2-512-256', 64],
];
const aes = (ours: string, scapyName: string, salt: number) =>
  [16, 24, 32].map((bytes): Named => [ours, scapyName, bytes + salt]);
const GCM = aes('aes-gcm', 'AES-GCM', 4);

interface Suite {
  encryption: Named;
  authentication: Named;
  check?: number;
  esn?: number;
}

const NULL_SUITES: readonly Suite[] = [NONE, ...AUTHENTICATIONS].map((authentication) => ({
  encryption: ['null', 'NULL', 0],
  authentication,
}));
const KEYED_SUITES: readonly Suite[] = [
  ...AUTHENTICATIONS.map((authentication): Suite => ({ encryption: ['aes-cbc', 'AES-CBC', 16], authentication })),
  ...[...aes('aes-cbc', 'AES-CBC', 0).slice(1), ...aes('aes-ctr', 'AES-CTR', 4)].map(
    (encryption): Suite => ({ encryption, authentication: SHA1 }),
  ),
  { encryption: ['3des-cbc', '3DES', 24], authentication: SHA1 },
  ...GCM.flatMap((encryption) => [8, 12, 16].map((check): Suite => ({ encryption, authentication: NONE, check }))),
  { encryption: ['chacha20-poly1305', 'CHACHA20-POLY1305', 36], authentication: NONE },
  { encryption: GCM[0]!, authentication: NONE, esn: 5 },
];

const WAYS = [
  { mode: 'transport', udp: false, outer: 4, inner: 4 },
  { mode: 'transport', udp: false, outer: 6, inner: 6 },
  { mode: 'tunnel', udp: false, outer: 4, inner: 4 },
  { mode: 'tunnel', udp: false, outer: 4, inner: 6 },
  { mode: 'tunnel', udp: false, outer: 6, inner: 4 },
  { mode: 'transport', udp: true, outer: 4, inner: 4 },
  { mode: 'tunnel', udp: true, outer: 4, inner: 4 },
] as const;

/** Of the packets that esp-scapy.py seals in each case. */
const PACKETS = 15;

let folder: string;
const made = new Map<readonly Suite[], Promise<Sealed>>();
beforeAll(() => {
  folder = tempFolder();
});
afterAll(() => remove(folder));

/** Key material that is the same in each run. */
function material(bytes: number, label: string): string {
  let hex = '';
  for (let n = 0; hex.length < 2 * bytes; n++) hex += createHash('sha256').update(`${label} ${n}`).digest('hex');
  return hex.slice(0, 2 * bytes);
}

interface Sealed {
  keyFile: string;
  cases: number;
  sealed: string;
  plain: string;
}

/** Captures by scapy of each suite in each way, and the key file for them; made once. */
function sealed(suites: readonly Suite[]): Promise<Sealed> {
  const found = made.get(suites) ?? seal(`suites${made.size}`, suites);
  made.set(suites, found);
  return found;
}

async function seal(name: string, suites: readonly Suite[]): Promise<Sealed> {
  const cases = suites.flatMap(({ encryption, authentication, ...rest }, s) =>
    WAYS.map((way, w) => ({
      ...way,
      ...rest,
      spi: 0x1000 + 16 * s + w,
      encryption: encryption[1],
      key: material(encryption[2], `key ${s} ${w}`),
      authentication: authentication[1],
      authentication_key: material(authentication[2], `authentication ${s} ${w}`),
    })),
  );
  const keyFile = cases.map((c, i) => {
    const { encryption, authentication, check, esn } = suites[Math.floor(i / WAYS.length)]!;
    const lines = [`- spi: ${c.spi}`, `encryption: ${encryption[0]}`, `authentication: ${authentication[0]}`];
    if (c.key) lines.push(`key: 0x${c.key}`);
    if (c.authentication_key) lines.push(`authentication_key: 0x${c.authentication_key}`);
    if (check) lines.push(`check_bytes: ${check}`);
    if (esn) lines.push(`sequence_high: ${esn}`);
    return lines.join('\n    ');
  });
  const [list, sealed, plain] = ['json', 'sealed.pcap', 'plain.pcap'].map((end) => join(folder, `${name}.${end}`));
  writeFileSync(list!, JSON.stringify(cases));
  await run(PYTHON, [join(import.meta.dirname, 'esp-scapy.py'), list!, sealed!, plain!]);
  return { keyFile: `keys:\n  ${keyFile.join('\n  ')}\n`, cases: cases.length, sealed: sealed!, plain: plain! };
}

/** What a packet says that ESP must not change; `captured` bytes of each are looked at. */
async function read(path: string, esp?: Esp, captured = Infinity): Promise<Record<string, unknown>[]> {
  const fields = newPacketFields();
  const found: Record<string, unknown>[] = [];
  const options = esp ? ({ tunnels: 'inner', esp } as const) : ({ tunnels: 'outer' } as const);
  for await (const chunk of openCapture(path)) {
    for (let i = 0; i < chunk.count; i++) {
      const length = Math.min(captured, chunk.captured[i]!);
      dissectLink(chunk.view, chunk.at[i]!, length, chunk.linkType[i]!, fields, options);
      found.push({ ...headOf(fields), payload: payloadOf(fields), ipsec: fields.ipsec, spi: fields.spi });
    }
  }
  return found;
}

function headOf(p: PacketFields): object {
  const { protocol, srcPort, dstPort, icmpType, icmpCode, tcpFlags, problem } = p;
  return {
    ...{ protocol, srcPort, dstPort, icmpType, icmpCode, tcpFlags, problem },
    srcAddr: [...p.srcAddr],
    dstAddr: [...p.dstAddr],
  };
}

function payloadOf(p: PacketFields): string {
  return Buffer.from(p.data.buffer, p.data.byteOffset + p.payloadAt, p.payloadLength).toString('hex');
}

/** Compares packet by packet, so that a failure names the suite and the way. */
function expectSame(
  found: readonly Record<string, unknown>[],
  wanted: readonly Record<string, unknown>[],
  ipsec: number,
  suites: readonly Suite[],
): void {
  expect(found).toHaveLength(wanted.length);
  for (const [i, p] of found.entries()) {
    const position = Math.floor(i / PACKETS);
    const name = JSON.stringify([
      suites[Math.floor(position / WAYS.length)],
      WAYS[position % WAYS.length],
      i % PACKETS,
    ]);
    expect({ ...p, spi: 0 }, name).toEqual({ ...wanted[i], ipsec });
  }
}

describe.skipIf(!scapy)('ESP as scapy makes it', () => {
  test('every suite, in transport and tunnel mode and in UDP, gives the packets that were sealed', async () => {
    const { keyFile, cases, sealed: capture, plain } = await sealed(KEYED_SUITES);
    const esp = new Esp({ keys: parseEspKeys(keyFile, 'keys') });
    const found = await read(capture, esp);
    const wanted = await read(plain);
    expect(wanted).toHaveLength(cases * PACKETS);
    expectSame(found, wanted, IPSEC.decrypted, KEYED_SUITES);
    expect(esp.counts).toMatchObject({ opaque: 0, null: 0, decrypted: cases * PACKETS, integrityFailures: 0 });
    expect(esp.keyCounts.map((key) => key.opened)).toEqual(Array(cases).fill(PACKETS));
  });

  test('NULL encryption is seen into without a key from the first packet, with all check values', async () => {
    const { cases, sealed: capture, plain } = await sealed(NULL_SUITES);
    const esp = new Esp();
    const found = await read(capture, esp);
    const wanted = await read(plain);
    expectSame(found, wanted, IPSEC.null, NULL_SUITES);
    expect(esp.counts).toMatchObject({ opaque: 0, null: cases * PACKETS, decrypted: 0 });
  });

  test('NULL encryption with a key is verified', async () => {
    const { keyFile, cases, sealed: capture } = await sealed(NULL_SUITES);
    const esp = new Esp({ keys: parseEspKeys(keyFile, 'keys') });
    await read(capture, esp);
    expect(esp.counts).toMatchObject({ opaque: 0, null: cases * PACKETS, integrityFailures: 0, implausible: 0 });
  });

  test('without keys, encrypted packets are opaque and have no ports but those of UDP around them', async () => {
    const { sealed: capture, cases } = await sealed(KEYED_SUITES);
    const esp = new Esp();
    const found = await read(capture, esp);
    for (const p of found) expect([p.ipsec, p.srcPort, p.dstPort]).toEqual([IPSEC.opaque, ...outerPorts(p)]);
    expect(esp.counts).toMatchObject({ opaque: cases * PACKETS, null: 0, decrypted: 0 });
  });

  test('keys of which one bit is wrong are told by the check value, and nothing is seen', async () => {
    const { keyFile, sealed: capture, cases } = await sealed(KEYED_SUITES);
    const keys = parseEspKeys(keyFile, 'keys').map((key) => {
      const field = key.integrityKey ? 'integrityKey' : 'key';
      const bytes = key[field]!.slice();
      bytes[5]! ^= 4;
      return { ...key, [field]: bytes };
    });
    const esp = new Esp({ keys });
    const found = await read(capture, esp);
    for (const p of found) expect([p.ipsec, p.srcPort, p.dstPort]).toEqual([IPSEC.opaque, ...outerPorts(p)]);
    expect(esp.counts).toMatchObject({ decrypted: 0, integrityFailures: cases * PACKETS });
    expect(esp.keyCounts.every((key) => key.integrityFailures === PACKETS)).toBe(true);
  });

  test.each([['null', NULL_SUITES] as const, ['keyed', KEYED_SUITES] as const])(
    'packets of which 152 bytes were captured keep their ports, once whole ones were seen (%s)',
    async (name, suites) => {
      const { keyFile, sealed: capture, plain } = await sealed(suites);
      const esp = new Esp(name === 'null' ? {} : { keys: parseEspKeys(keyFile, 'keys') });
      const wanted = await read(plain);
      const found = await read(capture, esp, 152);
      let cut = 0;
      for (const [i, p] of found.entries()) {
        const { srcPort, dstPort, protocol, payload } = wanted[i]!;
        if (p.ipsec === IPSEC.opaque) expect([p.srcPort, p.dstPort]).toEqual(outerPorts(p));
        else {
          expect([p.srcPort, p.dstPort, p.protocol]).toEqual([srcPort, dstPort, protocol]);
          if ((payload as string).length > (p.payload as string).length) cut++;
        }
      }
      // Each case has two packets with 400 bytes of data.
      expect(cut).toBeGreaterThan(1.9 * (found.length / PACKETS));
      // Nothing whole came before the first, and the echo request is the only one.
      const opaque = found.flatMap((p, i) => (p.ipsec === IPSEC.opaque ? [i % PACKETS] : []));
      expect(opaque.filter((position) => position !== 0 && position !== PACKETS - 1)).toEqual([]);
      expect(opaque.length).toBeLessThan(found.length / PACKETS / 10);
    },
  );
});

function outerPorts(p: Record<string, unknown>): number[] {
  return p.protocol === 17 ? [4500, 4500] : [0, 0];
}
