import { randomFillSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { newPacketFields } from '../index.ts';
import { ALIGNING_PADDING, cutEvidence, nextHeaderOfCut } from './cut-payload.ts';
import { CONTRADICTED, plainEvidence } from './plain-evidence.ts';

const PACKETS = 2_000_000;
const LENGTH = 64;

/** How many of so many random packets give at least each number of bits, and the mean of 2^bits, contradictions being 0. */
function distribution(evidence: (view: DataView, at: number) => number): { atLeast: number[]; mean: number } {
  const view = new DataView(new ArrayBuffer(LENGTH * 10_000));
  const atLeast = Array<number>(64).fill(0);
  let sum = 0;
  for (let n = 0; n < PACKETS; n += 10_000) {
    randomFillSync(new Uint8Array(view.buffer));
    for (let at = 0; at < view.byteLength; at += LENGTH) {
      const bits = evidence(view, at);
      if (bits === CONTRADICTED) continue;
      sum += 2 ** bits;
      for (let least = 0; least <= bits; least++) atLeast[least]!++;
    }
  }
  return { atLeast, mean: sum / PACKETS };
}

const fields = newPacketFields();
fields.ipVersion = 4;

test.each([
  ['whole', (view: DataView, at: number) => plainEvidence(view, at, at + LENGTH, fields)],
  ['cut', (view: DataView, at: number) => cutEvidence(view, at, at + LENGTH, at + 1000)],
] as const)('random packets, %s, give n bits of evidence less than once in 2^n', (_, evidence) => {
  const { atLeast } = distribution(evidence);
  // Beyond 14 bits there are too few to count.
  for (let bits = 1; bits <= 14; bits++) {
    const expected = PACKETS / 2 ** bits;
    expect(atLeast[bits], `${bits} bits`).toBeLessThan(expected + 5 * Math.sqrt(expected));
  }
  expect(atLeast[20]).toBeLessThan(20);
});

/** What random bytes are too rarely to be sampled: how it is put into them, and how often they are so. */
interface Rare {
  protocol: number;
  /** Fills in lengths; the payload ends at `end`. */
  shape: (bytes: Uint8Array, end: number) => void;
  shapeChance: number;
  /** Where the checksum is, the end of what it covers (0: the payload), and whether the pseudo header is in it. */
  checksumAt: number;
  coveredBytes: number;
  pseudo: boolean;
}

const RARE: readonly Rare[] = [
  { protocol: 6, shape: () => {}, shapeChance: 1, checksumAt: 16, coveredBytes: 0, pseudo: true },
  {
    protocol: 17,
    shape: (b, end) => put(b, 4, end),
    shapeChance: 2 ** -16,
    checksumAt: 6,
    coveredBytes: 0,
    pseudo: true,
  },
  { protocol: 1, shape: () => {}, shapeChance: 1, checksumAt: 2, coveredBytes: 0, pseudo: false },
  { protocol: 58, shape: () => {}, shapeChance: 1, checksumAt: 2, coveredBytes: 0, pseudo: true },
  {
    protocol: 4,
    shape: (b, end) => {
      b[0] = 0x45;
      put(b, 2, end);
    },
    // Any header length from 20 to 60.
    shapeChance: (11 / 256) * 2 ** -16,
    checksumAt: 10,
    coveredBytes: 20,
    pseudo: false,
  },
  {
    protocol: 41,
    shape: (b, end) => {
      b[0] = 0x60;
      put(b, 4, end - 40);
    },
    shapeChance: 2 ** -20,
    checksumAt: -1,
    coveredBytes: 0,
    pseudo: false,
  },
];

function put(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value & 255;
}

/** Makes the checksum right; the addresses of `fields` are 0. */
function check(bytes: Uint8Array, { protocol, checksumAt, coveredBytes, pseudo }: Rare, end: number): void {
  put(bytes, checksumAt, 0);
  let sum = pseudo ? protocol + end : 0;
  const covered = coveredBytes || end;
  for (let i = 0; i < covered; i++) sum += i % 2 === 0 ? bytes[i]! * 256 : bytes[i]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  put(bytes, checksumAt, ~sum & 0xffff);
}

test('the mean of 2^bits is at most 1, so that a sum of n bits is reached with a probability of 2^-n', () => {
  const view = new DataView(new ArrayBuffer(LENGTH));
  const bytes = new Uint8Array(view.buffer);
  const runs = 300;
  /** The mean over packets with this trailer; those whose payload gives more than `most` by chance are counted where they are made on purpose. */
  const meanOf = (padding: number, next: number, most: number, shape: (end: number) => void) => {
    let sum = 0;
    for (let n = 0; n < runs; n++) {
      const end = LENGTH - 2 - padding;
      randomFillSync(bytes);
      for (let i = 1; i <= padding; i++) bytes[end + i - 1] = i;
      bytes[LENGTH - 2] = padding;
      bytes[LENGTH - 1] = next;
      shape(end);
      const bits = plainEvidence(view, 0, LENGTH, fields);
      const trailerBits = 8 * (Math.min(padding, 3) + 1) + 1;
      if (bits !== CONTRADICTED && bits <= trailerBits + most) sum += 2 ** bits;
    }
    return sum / runs;
  };
  let mean = 0;
  for (let padding = 0; padding <= 5; padding++) {
    const trailerChance = 2 ** (-8 * (padding + 2));
    for (let next = 0; next < 256; next++) mean += trailerChance * meanOf(padding, next, 15, () => {});
    for (const rare of RARE) {
      const shaped = trailerChance * rare.shapeChance;
      if (rare.shapeChance < 1) mean += shaped * meanOf(padding, rare.protocol, 30, (end) => rare.shape(bytes, end));
      if (rare.checksumAt < 0) continue;
      const checked = (end: number) => {
        rare.shape(bytes, end);
        check(bytes, rare, end);
      };
      mean += shaped * 2 ** -16 * meanOf(padding, rare.protocol, 36, checked);
      if (rare.protocol !== 17) continue;
      // No checksum is one as well.
      const unchecked = (end: number) => {
        rare.shape(bytes, end);
        put(bytes, 6, 0);
      };
      mean += shaped * 2 ** -16 * meanOf(padding, 17, 36, unchecked);
    }
  }
  expect(mean).toBeGreaterThan(0.3);
  expect(mean).toBeLessThan(1);
});

test('a cut payload has a next header only where one of those that were carried fits', () => {
  const view = new DataView(new ArrayBuffer(LENGTH));
  let told = 0;
  for (let n = 0; n < 200_000; n++) {
    randomFillSync(new Uint8Array(view.buffer));
    if (nextHeaderOfCut(view, 0, LENGTH, 1000, ALIGNING_PADDING, 2 + 4 + 8, fields) >= 0) told++;
  }
  // UDP by its length; IP by version and length.
  expect(told).toBeLessThan((200_000 / 2 ** 14) * 3 + 5);
});
