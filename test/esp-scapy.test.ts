import { execFile } from 'node:child_process';
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
import { KEYED_SUITES, NULL_SUITES, PACKETS, type Sealed, type Suite, scapy, seal, WAYS } from './esp-scapy.testing.ts';
import { remove, tempFolder } from './node.testing.ts';

const run = promisify(execFile);

const tshark = await run('tshark', ['--version']).then(
  () => true,
  () => false,
);

let folder: string;
const made = new Map<readonly Suite[], Promise<Sealed>>();
beforeAll(() => {
  folder = tempFolder();
});
afterAll(() => remove(folder));

/** Captures of the suites; made once. */
function sealed(suites: readonly Suite[]): Promise<Sealed> {
  const found = made.get(suites) ?? seal(folder, `suites${made.size}`, suites);
  made.set(suites, found);
  return found;
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

  test.skipIf(!tshark).each([['null', NULL_SUITES] as const, ['keyed', KEYED_SUITES] as const])(
    'tshark sees the same with the same keys (%s)',
    async (_, suites) => {
      const { keyFile, tsharkKeys, sealed: capture } = await sealed(suites);
      const options = ['-n', '-r', capture, '-o', 'esp.enable_encryption_decode:TRUE', ...tsharkKeys];
      const names = ['esp.spi', 'tcp.srcport', 'tcp.dstport', 'udp.srcport', 'udp.dstport', 'tcp.flags'];
      const shown = ['-T', 'fields', '-E', 'occurrence=l', ...names.flatMap((name) => ['-e', name])];
      const { stdout } = await run('tshark', [...options, ...shown], { maxBuffer: 1e8 });
      const esp = new Esp({ keys: parseEspKeys(keyFile, 'keys') });
      const found = await read(capture, esp);
      const lines = stdout.split('\n').slice(0, -1);
      expect(lines).toHaveLength(found.length);
      let seen = 0;
      for (const [i, line] of lines.entries()) {
        const [spi, tcpSource, tcpDestination, udpSource, udpDestination, flags] = line.split('\t');
        const { srcPort, dstPort, protocol, tcpFlags } = found[i]!;
        expect(Number(spi)).toBe(found[i]!.spi);
        if (protocol === 6 && tcpSource !== '') {
          seen++;
          expect([tcpSource, tcpDestination, Number(flags)].map(Number)).toEqual([srcPort, dstPort, tcpFlags]);
        } else if (protocol === 17 && udpSource !== '' && udpSource !== '4500') {
          seen++;
          expect([udpSource, udpDestination].map(Number)).toEqual([srcPort, dstPort]);
        }
      }
      // All of TCP and UDP of the associations that it has keys for.
      expect(seen).toBe((tsharkKeys.length / 2) * (PACKETS - 1));
    },
  );

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
