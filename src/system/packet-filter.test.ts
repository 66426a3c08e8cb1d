import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureProgram, type LeftOut, type Snap } from './packet-filter.ts';
import { AF_INET } from './socket-address.ts';

/** What the kernel keeps of a frame (net/core/filter.c): a load from beyond its end ends the program with 0. */
function kept(program: Uint32Array, frame: Uint8Array): number {
  let a = 0;
  let x = 0;
  let beyond = false;
  const load = (at: number, bytes: number): number => {
    beyond ||= at + bytes > frame.length;
    let value = 0;
    for (let i = 0; i < bytes; i++) value = value * 256 + (frame[at + i] ?? 0);
    return value;
  };
  for (let at = 0; ; at += 2) {
    const word = program[at]!;
    const k = program[at + 1]!;
    const jump = (taken: boolean) => {
      at += 2 * (taken ? (word >>> 16) & 255 : word >>> 24);
    };
    const code = word & 0xffff;
    if (code === 0x06) return k;
    else if (code === 0x80) a = frame.length;
    else if (code === 0x30) a = load(k, 1);
    else if (code === 0x28) a = load(k, 2);
    else if (code === 0x20) a = load(k, 4);
    else if (code === 0x48) a = load(x + k, 2);
    else if (code === 0xb1) x = 4 * (load(k, 1) & 15);
    else if (code === 0x54) a = (a & k) >>> 0;
    else if (code === 0x15) jump(a === k);
    else if (code === 0x35) jump(a >= k);
    else if (code === 0x45) jump((a & k) !== 0);
    else throw new Error(`an instruction that is not known: ${code.toString(16)}`);
    if (beyond) return 0;
  }
}

const OWN: LeftOut = {
  family: AF_INET,
  address: Uint32Array.of(0, 0, 0xffff, 0x0a000002),
  port: 4739,
  fromPort: 40_000,
};
const SNAP: Snap = { bytes: 256, espBytes: 65_535 };
const ESP_PORT = 4500;

/** An IPv4 packet with UDP to 10.0.0.2, behind an Ethernet header or bare. */
function packet(linkLayer: boolean, [from, to]: readonly [number, number], payload: number): Uint8Array {
  const at = linkLayer ? 14 : 0;
  const bytes = Buffer.alloc(at + 28 + payload);
  if (linkLayer) bytes.writeUInt16BE(0x0800, 12);
  bytes[at] = 0x45;
  bytes[at + 9] = 17;
  bytes.set([10, 0, 0, 2], at + 16);
  bytes.writeUInt16BE(from, at + 20);
  bytes.writeUInt16BE(to, at + 22);
  return bytes;
}

describe.each([true, false])('the program of a capture (Ethernet: %s)', (linkLayer) => {
  const at = linkLayer ? 14 : 0;
  const program = captureProgram(linkLayer, SNAP, [OWN]);

  it('keeps headers of most packets, ESP in UDP whole, and nothing of what is its own', () => {
    expect(kept(program, packet(linkLayer, [40_000, 4739], 500))).toBe(0);
    expect(kept(program, packet(linkLayer, [40_000, 4739], 0))).toBe(0);
    expect(kept(program, packet(linkLayer, [40_001, 4739], 500))).toBe(SNAP.bytes);
    expect(kept(program, packet(linkLayer, [40_000, ESP_PORT], 500))).toBe(SNAP.espBytes);
    expect(kept(program, packet(linkLayer, [ESP_PORT, 4739], 500))).toBe(SNAP.espBytes);
  });

  it('loses no packet whose headers say more than it holds', () => {
    const ports = fc.constantFrom<readonly [number, number]>([40_000, 4739], [1, 2], [1, ESP_PORT]);
    const cut = fc.integer({ min: 0, max: 400 });
    const snaps = fc.integer({ min: 1, max: 300 });
    const headerByte = fc.constantFrom(0x40, 0x44, 0x46, 0x4f, 0x60);
    fc.assert(
      fc.property(ports, cut, snaps, headerByte, (one, length, bytes, first) => {
        const frame = packet(linkLayer, one, 360);
        frame[at] = first;
        // Of IPv6: what the other fields make of it is no matter.
        if (linkLayer && first === 0x60) frame.set([0x86, 0xdd], 12);
        const snap = { bytes, espBytes: 65_535 };
        expect(kept(captureProgram(linkLayer, snap, [OWN]), frame.subarray(0, length))).toBeGreaterThanOrEqual(bytes);
      }),
    );
  });

  it('keeps short packets whole where ESP is', () => {
    for (let length = 0; length <= SNAP.bytes; length++) {
      expect(kept(program, packet(linkLayer, [1, 2], 300).subarray(0, length))).toBe(SNAP.espBytes);
    }
    const cut = captureProgram(linkLayer, { bytes: 300, espBytes: 300 }, [OWN]);
    const own = packet(linkLayer, [40_000, 4739], 300);
    for (let length = 0; length < at + 28; length++) expect(kept(cut, own.subarray(0, length))).toBe(300);
  });
});
