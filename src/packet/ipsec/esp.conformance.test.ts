import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dissectLink, Esp, IPSEC, newPacketFields, openCapture, type PacketFields, parseEspKeys } from '../index.ts';
import { text } from '../read.testing.ts';

const FIXTURES = join(import.meta.dirname, '../../../../shared/fixtures');
const present = existsSync(FIXTURES);

async function each(path: string, esp: Esp, onPacket: (fields: PacketFields) => void): Promise<void> {
  const fields = newPacketFields();
  for await (const chunk of openCapture(join(FIXTURES, path))) {
    for (let i = 0; i < chunk.count; i++) {
      const options = { tunnels: 'inner', esp } as const;
      dissectLink(chunk.view, chunk.at[i]!, chunk.captured[i]!, chunk.linkType[i]!, fields, options);
      onPacket(fields);
    }
  }
}

describe.skipIf(!present)('ESP in captures of other projects (../shared/fixtures)', () => {
  const arguments_ = present ? readFileSync(join(FIXTURES, 'tcpdump/esp1.gdbinit'), 'utf8') : '';
  const option = /-E "([^"]+)"/.exec(arguments_)?.[1] ?? '';

  test('with the key of tcpdump, the packets inside are those that tcpdump prints', async () => {
    const expected = readFileSync(join(FIXTURES, 'tcpdump/esp1.out'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) =>
        /spi=(\S+),seq.*: IP (\S+) > (\S+): ICMP echo request, id (\d+), seq (\d+), length (\d+)/.exec(line),
      )
      .map((parts) => [Number(parts![1]), parts![2], parts![3], 8, ...parts!.slice(4).map(Number)]);
    expect(expected).toHaveLength(8);
    const esp = new Esp({ keys: parseEspKeys(option, 'esp1.gdbinit') });
    const found: unknown[] = [];
    await each('tcpdump/02-sunrise-sunset-esp.pcap', esp, (p) => {
      const { data, transportAt: at, transportLength } = p;
      expect([p.protocol, p.ipsec, text(p.outerSrc), text(p.outerDst), p.problem]).toEqual([
        1,
        IPSEC.decrypted,
        '192.1.2.23',
        '192.1.2.45',
        0,
      ]);
      const id = data.getUint16(at + 4);
      const sequence = data.getUint16(at + 6);
      found.push([p.spi, text(p.srcAddr), text(p.dstAddr), p.icmpType, id, sequence, transportLength]);
    });
    expect(found).toEqual(expected);
    expect(esp.counts).toEqual({
      opaque: 0,
      null: 0,
      decrypted: 8,
      integrityFailures: 0,
      implausible: 0,
      evicted: 0,
    });
  });

  test('with another key nothing is seen, and it is told', async () => {
    const wrong = option.replace(/.$/, (digit) => (digit === '0' ? '8' : '0'));
    const esp = new Esp({ keys: parseEspKeys(wrong.replace('0x4043', '0x1043'), 'wrong') });
    await each('tcpdump/02-sunrise-sunset-esp.pcap', esp, (p) => {
      expect(p).toMatchObject({ protocol: 50, ipsec: IPSEC.opaque, spi: 0x12345678, hasPorts: false });
    });
    expect(esp.counts).toMatchObject({ opaque: 8, decrypted: 0, implausible: 8 });
  });

  test.each([
    ['zeek-spicy-ipsec/traces/ipsec.cap', 16],
    ['zeek-spicy-ipsec/traces/IPsec_ESP-AH_tunnel_mode.cap', 10],
    ['tcpdump/isakmp4500.pcap', 8],
    ['pcapplusplus/Packet++Test/PacketExamples/ipsec.pcapng', 2],
  ])('%s: encrypted packets are opaque, each with its SPI', async (path, packets) => {
    const esp = new Esp();
    let sealed = 0;
    await each(path, esp, (p) => {
      if (p.ipsec !== IPSEC.opaque) return;
      sealed++;
      expect(p.spi).not.toBe(0);
      if (p.protocol === 50) expect(p.hasPorts).toBe(false);
    });
    expect(sealed).toBe(packets);
    expect(esp.counts).toMatchObject({ opaque: packets, null: 0 });
  });
});
