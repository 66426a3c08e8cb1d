import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cryptoParts, HandshakeParts, openCapture } from '../../packet/index.ts';
import { nameInHello, nameInTls } from './client-hello.ts';

const FOLDER = join(import.meta.dirname, '../../../../shared/fixtures/ipfixprobe/inputs');
const ETHERNET_BYTES = 14;

/** What UDP or TCP carries, without VLAN or options, which these captures have not. */
async function payloads(file: string): Promise<{ protocol: number; bytes: Buffer }[]> {
  const found: { protocol: number; bytes: Buffer }[] = [];
  for await (const { view, count, at, captured } of openCapture(join(FOLDER, file))) {
    for (let i = 0; i < count; i++) {
      const packet = Buffer.from(view.buffer, view.byteOffset + at[i]!, captured[i]!).subarray(ETHERNET_BYTES);
      if (packet.length < 60) continue;
      const upper = packet[0]! >> 4 === 4 ? 20 : 40;
      const protocol = packet[upper === 20 ? 9 : 6]!;
      const header = protocol === 17 ? 8 : (packet[upper + 12]! >> 4) * 4;
      found.push({ protocol, bytes: Buffer.from(packet.subarray(upper + header)) });
    }
  }
  return found;
}

const present = existsSync(FOLDER);
describe.skipIf(!present)(
  `names of servers in captures${present ? '' : ' (skipped: ../shared/fixtures is absent)'}`,
  () => {
    it('are in the Initial packets of QUIC', async () => {
      const handshakes = new Map<string, HandshakeParts>();
      for (const { protocol, bytes } of await payloads('quic_initial-sample.pcap')) {
        if (protocol !== 17) continue;
        for (const { connection, offset, bytes: part } of cryptoParts(bytes)) {
          if (!handshakes.has(connection)) handshakes.set(connection, new HandshakeParts());
          handshakes.get(connection)!.add(offset, part);
        }
      }
      const names = [...handshakes.values()].map((parts) => nameInHello(parts.bytes()));
      expect(names).toEqual([{ kind: 'name', name: 'www.google.com' }]);
    });

    it('are in ClientHellos of TLS', async () => {
      const names = (await payloads('tls.pcap'))
        .filter(({ protocol, bytes }) => protocol === 6 && bytes[0] === 22 && bytes[5] === 1)
        .map(({ bytes }) => nameInTls(bytes));
      expect(names.map(({ kind }) => kind)).toEqual(names.map(() => 'name'));
      // As tshark reads them, but for the one that is in QUIC.
      expect(new Set(names.map((found) => found.kind === 'name' && found.name)).size).toBe(17);
    });
  },
);
