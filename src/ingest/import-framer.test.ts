import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessageFramer } from './import-framer.ts';

/** A message of `sets` template-free data sets; `mark` is in its header. */
function message(mark: number, payload = 12): Uint8Array {
  const bytes = new Uint8Array(16 + 4 + payload);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 10);
  view.setUint16(2, bytes.length);
  view.setUint32(4, 1_700_000_000);
  view.setUint32(8, mark);
  view.setUint16(16, 256);
  view.setUint16(18, 4 + payload);
  return bytes;
}

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function frame(pieces: readonly Uint8Array[], inStep = true) {
  const marks: number[] = [];
  const framer = new MessageFramer((view, at) => marks.push(view.getUint32(at + 8)), inStep);
  for (const piece of pieces) framer.take(new DataView(piece.buffer, piece.byteOffset, piece.length), 0, piece.length);
  const rest = framer.finish();
  return { marks, rest, faults: framer.faults, skipped: framer.skippedBytes, firstFault: framer.firstFault };
}

describe('messages of a stream', () => {
  test('are found however the bytes are cut into pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 65_515 }), { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 40 }),
        (sizes, cuts) => {
          const whole = join(...sizes.map((size, i) => message(i, size)));
          const pieces: Uint8Array[] = [];
          let at = 0;
          for (const cut of cuts) {
            pieces.push(whole.subarray(at, at + cut));
            at += cut;
          }
          if (at < whole.length) pieces.push(whole.subarray(at));
          expect(frame(pieces)).toMatchObject({ marks: sizes.map((_, i) => i), rest: 0, faults: 0, skipped: 0 });
        },
      ),
      { numRuns: 40 },
    );
  });

  test('go on behind bytes that are none', () => {
    const noise = Uint8Array.from({ length: 333 }, (_, i) => (i % 9 === 0 ? 0 : i % 9 === 1 ? 10 : i));
    expect(frame([join(message(1), noise, message(2), message(3))])).toEqual({
      ...{ marks: [1, 2, 3], rest: 0, faults: 1, skipped: 333, firstFault: 32 },
    });
  });

  test('are looked for where a stream begins amid one', () => {
    expect(frame([join(message(1).subarray(5), message(2))], false)).toMatchObject({
      marks: [2],
      faults: 0,
      skipped: 27,
    });
  });

  test('that are cut at the end are told', () => {
    expect(frame([join(message(1), message(2).subarray(0, 20))])).toMatchObject({ marks: [1], rest: 20 });
  });

  test('do not stall behind a length that promises more than there is', () => {
    const liar = message(9);
    new DataView(liar.buffer).setUint16(2, 65_535);
    expect(frame([join(liar.subarray(2), message(2))], false)).toMatchObject({ marks: [2] });
    expect(frame([join(Uint8Array.of(1, 2, 3, 4), liar, message(2))])).toMatchObject({ marks: [2] });
  });

  test('never throw for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, inStep) => {
        const { marks, skipped, rest } = frame([bytes], inStep);
        expect(skipped + rest + marks.length * 16).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
