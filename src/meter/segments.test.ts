import { describe, expect, it } from 'vitest';
import { newPacketFields } from '../packet/index.ts';
import { repeatedBytes, segmentsOf } from './segments.ts';

describe('a packet that is cut into segments', () => {
  it('is as many as its payload needs, each with headers of its own', () => {
    // 20 of IP, 32 of TCP with timestamps.
    expect(segmentsOf(52 + 14_480, 52, 1_448)).toBe(10);
    expect(segmentsOf(52 + 14_481, 52, 1_448)).toBe(11);
    expect(segmentsOf(52 + 1, 52, 1_448)).toBe(1);
    expect(segmentsOf(52, 52, 1_448)).toBe(1);
  });

  it('is one where nobody cuts it, or its headers are not known', () => {
    expect(segmentsOf(64_000, 52, 0)).toBe(1);
    expect(segmentsOf(64_000, 0, 1_448)).toBe(1);
  });

  it('repeats its IP header with all extensions, and that of TCP with its options, or of UDP', () => {
    const view = new DataView(new ArrayBuffer(200));
    const fields = { ...newPacketFields(), data: view, ipAt: 14, transportAt: 14 + 48, transportLength: 100 };
    view.setUint8(14 + 48 + 12, 8 << 4);
    expect(repeatedBytes({ ...fields, protocol: 6 }, view)).toBe(80);
    expect(repeatedBytes({ ...fields, protocol: 17 }, view)).toBe(56);
    expect(repeatedBytes({ ...fields, protocol: 50 }, view)).toBe(0);
    expect(repeatedBytes({ ...fields, protocol: 6, transportLength: 12 }, view)).toBe(0);
    expect(repeatedBytes({ ...fields, protocol: 6, data: new DataView(new ArrayBuffer(200)) }, view)).toBe(0);
  });
});
