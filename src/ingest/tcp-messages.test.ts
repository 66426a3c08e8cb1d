import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageCutter } from './tcp-messages.ts';

function message(length: number, fill = 0): Uint8Array {
  const bytes = new Uint8Array(length).fill(fill);
  bytes.set([0, 10, length >> 8, length & 255]);
  return bytes;
}

function collect() {
  const got: Uint8Array[] = [];
  return { got, cutter: new MessageCutter((bytes, at, length) => got.push(bytes.slice(at, at + length))) };
}

describe('MessageCutter', () => {
  it('gives the messages of a stream, wherever it is cut', () => {
    const lengths = fc.array(fc.oneof(fc.integer({ min: 16, max: 60 }), fc.integer({ min: 16, max: 65_535 })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(lengths, fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1 }), (sizes, cuts) => {
        const messages = sizes.map((n, i) => message(n, i + 1));
        const stream = Buffer.concat(messages);
        const { got, cutter } = collect();
        for (let at = 0, i = 0; at < stream.length; i++) {
          const step = cuts[i % cuts.length]!;
          expect(cutter.take(stream.subarray(at, at + step))).toBeNull();
          at += step;
        }
        expect(got.map((g) => Buffer.from(g).toString('hex'))).toEqual(
          messages.map((m) => Buffer.from(m).toString('hex')),
        );
        expect(cutter.amid).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it('takes the largest message a byte at a time', () => {
    const { got, cutter } = collect();
    const bytes = message(65_535, 7);
    let wrong = 0;
    for (let i = 0; i < bytes.length; i++) {
      if (cutter.take(bytes.subarray(i, i + 1)) !== null || cutter.amid !== i < bytes.length - 1) wrong += 1;
    }
    expect(wrong).toBe(0);
    expect(got).toEqual([bytes]);
  });

  it.each([
    ['a NetFlow v9 header', [0, 9, 0, 20], 'not_ipfix'],
    ['text', [...Buffer.from('GET / HTTP/1.1')], 'not_ipfix'],
    ['a length of 0', [0, 10, 0, 0], 'bad_length'],
    ['a length below the header', [0, 10, 0, 15], 'bad_length'],
  ] as const)('refuses %s, whole or in pieces, and gives what came before', (_, bytes, fault) => {
    const bad = Uint8Array.from(bytes);
    const one = collect();
    expect(one.cutter.take(Buffer.concat([message(16), bad]))).toBe(fault);
    expect(one.got).toHaveLength(1);
    const pieces = collect();
    const faults = [...bad].map((b) => pieces.cutter.take(Uint8Array.of(b))).filter((f) => f !== null);
    expect(faults[0]).toBe(fault);
  });

  it('an empty chunk is nothing', () => {
    const { cutter } = collect();
    expect(cutter.take(new Uint8Array(0))).toBeNull();
    expect(cutter.amid).toBe(false);
  });
});
