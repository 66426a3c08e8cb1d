import { describe, expect, it } from 'vitest';
import { newExportHeader } from '../export-header.ts';
import { datagram, words } from './sflow.testing.ts';
import { readSflowHeader } from './sflow-header.ts';

function read(bytes: Uint8Array | readonly number[]) {
  const out = newExportHeader();
  const view = new DataView(Uint8Array.from(bytes).buffer);
  return { problem: readSflowHeader(view, 0, view.byteLength, out), out };
}

describe('the header of an sFlow datagram', () => {
  it.each([
    ['192.0.2.1', 28, [0, 0, 0xffff, 0xc000_0201]],
    ['2001:db8::1', 40, [0x2001_0db8, 0, 0, 1]],
    [null, 24, [0, 0, 0, 0]],
  ] as const)('of agent %s', (agent, headerBytes, words) => {
    const bytes = datagram([], { agent, domain: 9, sequence: 4_294_967_295, uptimeMs: 5 });
    const { problem, out } = read(bytes);
    expect(problem).toBe(null);
    expect(out).toMatchObject({ format: 5, headerBytes, domain: 9, sequence: 4_294_967_295, uptimeMs: 5, count: 0 });
    expect([...out.agent]).toEqual(words);
    for (let length = 0; length < bytes.length; length++)
      expect(read(bytes.subarray(0, length)).problem).toBe('too_short');
  });

  it('of another version, with another kind of address, or with more samples than any datagram holds', () => {
    expect(read(words(4, 1, 2, 3, 4, 5, 6)).problem).toBe('unsupported_version');
    expect(read(words(5, 3, 2, 3, 4, 5, 6)).problem).toBe('bad_length');
    const { problem, out } = read(words(5, 1, 2, 3, 4, 5, 1_000_000));
    expect([problem, out.count]).toEqual(['bad_count', 0]);
  });
});
