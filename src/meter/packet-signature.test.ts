import { describe, expect, test } from 'vitest';
import { hashSecrets } from './key-hash.ts';
import { PacketSignature } from './packet-signature.ts';
import { packet } from './packets.testing.ts';

const AT = 3;
const TCP = 6;
const UDP = 17;

/** Signatures of a packet with `length` bytes behind its IP header: as it is, and with each of its bytes changed. */
function signatures(protocol: number, length: number): { as: string; changed: string[] } {
  const signature = new PacketSignature(hashSecrets());
  const fields = packet({ protocol });
  // Nothing is behind it: what would be read there would throw.
  const data = new DataView(new ArrayBuffer(AT + length));
  fields.data = data;
  fields.transportAt = AT;
  fields.transportLength = length;
  const take = () => {
    signature.take(fields, 4711, 1);
    return `${signature.high} ${signature.low}`;
  };
  const as = take();
  const changed = Array.from({ length }, (_, i) => {
    data.setUint8(AT + i, 1);
    const other = take();
    data.setUint8(AT + i, 0);
    return other;
  });
  return { as, changed };
}

describe('the signature of a packet', () => {
  test.each([
    ['UDP', UDP, 64],
    ['TCP', TCP, 32],
  ])('%s: each of the first bytes makes another, however many there are', (_, protocol, compared) => {
    for (let length = 0; length <= 80; length++) {
      const { as, changed } = signatures(protocol, length);
      const seen = changed.slice(0, compared);
      expect(new Set([as, ...seen]).size).toBe(1 + seen.length);
      expect(new Set([as, ...changed.slice(compared)]).size).toBe(1);
    }
  });

  test('two places are told apart where the number of an interface, a TTL or a tag changes along with an address', () => {
    const signature = new PacketSignature(hashSecrets());
    const vantages = new Set<number>();
    for (let i = 0; i < 256; i++) {
      for (const [ttl, vlan, inIf] of [
        [i, 0, 1],
        [64, i, 1],
        [64, 0, i],
      ] as const) {
        const fields = packet({ ttl });
        Object.assign(fields, { vlan, srcMacLo: i, dstMacLo: i, srcMacHi: i, dstMacHi: i });
        signature.take(fields, 4711, inIf);
        vantages.add(signature.vantage);
      }
    }
    // Of so few random numbers of 32 bits, two are alike once in ten thousand times.
    expect(vantages.size).toBeGreaterThanOrEqual(3 * 256 - 1);
  });
});
