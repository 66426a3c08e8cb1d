import { type AddressWords, addressWords, type Column, type FlowBatch } from '../flow/index.ts';
import type { AddressRange, Order } from './node.ts';
import { ordered } from './predicate-number.ts';
import { virtualAddress, type WordsReader } from './virtual.ts';

type Bind = (batch: FlowBatch) => (row: number) => boolean;

/** The two arrays of an address column; undefined when it is outside the shape, which reads as all bits zero. */
function halves(batch: FlowBatch, column: Column): { h: Uint32Array; l: Uint32Array } | undefined {
  const { hi, lo } = addressWords(column.name);
  if (!batch.array(hi) || !batch.array(lo)) return undefined;
  return { h: batch.u32(hi), l: batch.u32(lo) };
}

/** The bounds as rows of four words, searched by halves. */
export function addressPredicate(column: Column, ranges: readonly AddressRange[]): Bind {
  const lows = Uint32Array.from(ranges.flatMap((r) => [...r.low]));
  const highs = Uint32Array.from(ranges.flatMap((r) => [...r.high]));
  const test = (a: number, b: number, c: number, d: number): boolean => {
    let from = 0;
    let to = ranges.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (order(lows, 4 * middle, a, b, c, d) <= 0) from = middle + 1;
      else to = middle;
    }
    return from > 0 && order(highs, 4 * (from - 1), a, b, c, d) >= 0;
  };
  const [only] = ranges;
  const v4 =
    ranges.length === 1 && only && isV4(only.low) && isV4(only.high)
      ? { low: only.low[3], high: only.high[3] }
      : undefined;
  return (batch) => {
    const virtual = virtualTest(batch, column, test);
    if (virtual) return virtual;
    const array = halves(batch, column);
    if (!array) {
      const holds = test(0, 0, 0, 0);
      return () => holds;
    }
    const { h, l } = array;
    if (v4) {
      const { low, high } = v4;
      return (row) => {
        const word = l[2 * row]!;
        return word >= low && word <= high && l[2 * row + 1] === 0xffff && h[2 * row] === 0 && h[2 * row + 1] === 0;
      };
    }
    return (row) => test(h[2 * row + 1]!, h[2 * row]!, l[2 * row + 1]!, l[2 * row]!);
  };
}

/** The same test of an address that is computed; undefined where it is stored. */
function virtualTest(
  batch: FlowBatch,
  column: Column,
  test: (a: number, b: number, c: number, d: number) => boolean,
): ((row: number) => boolean) | undefined {
  const read = virtualAddress(batch, column.name);
  if (!read) return undefined;
  const words = new Uint32Array(4);
  return (row) => {
    read(row, words);
    return test(words[0]!, words[1]!, words[2]!, words[3]!);
  };
}

function isV4(w: AddressWords): boolean {
  return w[0] === 0 && w[1] === 0 && w[2] === 0xffff;
}

/** The sign of bounds[at..at+3] minus the address. */
function order(bounds: Uint32Array, at: number, a: number, b: number, c: number, d: number): number {
  return bounds[at]! - a || bounds[at + 1]! - b || bounds[at + 2]! - c || bounds[at + 3]! - d;
}

export function maskedPredicate(column: Column, mask: AddressWords, value: AddressWords): Bind {
  const test = (a: number, b: number, c: number, d: number): boolean => {
    return (
      (((a & mask[0]) ^ value[0]) |
        ((b & mask[1]) ^ value[1]) |
        ((c & mask[2]) ^ value[2]) |
        ((d & mask[3]) ^ value[3])) ===
      0
    );
  };
  return (batch) => {
    const virtual = virtualTest(batch, column, test);
    if (virtual) return virtual;
    const array = halves(batch, column);
    if (!array) {
      const holds = test(0, 0, 0, 0);
      return () => holds;
    }
    const { h, l } = array;
    return (row) => test(h[2 * row + 1]!, h[2 * row]!, l[2 * row + 1]!, l[2 * row]!);
  };
}

export function addressesPredicate(left: Column, op: Order, right: Column): Bind {
  const holds = ordered(op);
  return (batch) => {
    const x = wordsReader(batch, left);
    const y = wordsReader(batch, right);
    const a = new Uint32Array(4);
    const b = new Uint32Array(4);
    return (row) => {
      x(row, a);
      y(row, b);
      return holds(a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]! || a[3]! - b[3]!);
    };
  };
}

function wordsReader(batch: FlowBatch, column: Column): WordsReader {
  const virtual = virtualAddress(batch, column.name);
  if (virtual) return virtual;
  const array = halves(batch, column);
  if (!array) return () => {};
  const { h, l } = array;
  return (row, out) => {
    out[0] = h[2 * row + 1]!;
    out[1] = h[2 * row]!;
    out[2] = l[2 * row + 1]!;
    out[3] = l[2 * row]!;
  };
}
