/**
 * Captures that are cut, changed, joined with garbage, packed, or made to be as large as can be, from their bytes to flows. Some seconds for each case
 * (a part of WEIR_FUZZ_SECONDS), longer with `npm run fuzz -- --minutes 30`. What failed is had again as the failure says.
 */
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { rounds } from '../src/base/rounds.testing.ts';
import { streamOf } from '../src/packet/captures.testing.ts';
import { packetsBefore, type Reading, readCapture, type Sample, samples } from './fuzz-captures.testing.ts';
import { Random } from './fuzz-random.testing.ts';
import { fixtures } from './node.testing.ts';

const SECONDS = Number(process.env.WEIR_FUZZ_SECONDS ?? rounds(15, 120)) * 0.6;
const SEED = Number(process.env.WEIR_FUZZ_SEED ?? Date.now() % 1_000_000_000);
/** `cut:17`: that case alone. */
const [ONLY, NUMBER] = (process.env.WEIR_FUZZ_ONLY ?? '').split(':');

const CASES = ['cut', 'changed', 'lengths', 'garbage', 'packed'] as const;
type Case = (typeof CASES)[number];

/** One reading may take so long: what hangs, or takes time as the square of its length, is found. */
const MOST_MS = 5_000;
const MOST_GROWTH = 300 << 20;

let all: readonly Sample[] = [];
const wholes = new Map<Sample, Reading>();

beforeAll(() => {
  all = samples(fixtures);
  process.stdout.write(`fuzz: seed ${SEED}, ${all.length} captures\n`);
  expect(all.length).toBeGreaterThan(fixtures === null ? 3 : 500);
});

async function wholeOf(sample: Sample): Promise<Reading> {
  const known = wholes.get(sample) ?? (await readCapture(streamOf(sample.bytes)));
  wholes.set(sample, known);
  return known;
}

async function timed(bytes: Uint8Array, random: Random): Promise<Reading> {
  const start = performance.now();
  // Small pieces of a large file take their time, above all packed ones: each is a task of its own.
  const small = Math.ceil(bytes.length / 1_000) + random.below(100);
  const reading = await readCapture(streamOf(bytes, random.of([small, 4_096, 65_536])));
  expect(performance.now() - start).toBeLessThan(MOST_MS + bytes.length / 100);
  expect(reading.packetsInFlows).toBe(reading.packetsMetered);
  return reading;
}

/** The first packets are those of the undamaged capture, and so are the flows when there are no others. */
async function expectGoodPart(reading: Reading, sample: Sample, good: number): Promise<void> {
  const whole = await wholeOf(sample);
  expect(reading.packets.slice(0, good)).toEqual(whole.packets.slice(0, good));
  if (reading.packets.length !== good) return;
  const part = good === whole.packets.length ? whole : await readCapture(streamOf(sample.bytes), good);
  expect([reading.flows, reading.packetsInFlows]).toEqual([part.flows, part.packetsInFlows]);
}

type Step = (sample: Sample, random: Random) => Promise<void>;

/** Captures in an order that the seed gives: a third of them, all in the long run, and more until the time is over. */
async function run(name: Case, step: Step): Promise<void> {
  const end = performance.now() + (SECONDS * 1_000) / CASES.length;
  const before = process.memoryUsage.rss();
  let most = 0;
  let n = ONLY ? Number(NUMBER) : 0;
  const order = new Random(SEED, CASES.indexOf(name)).order(all.length);
  for (; n < all.length / rounds(3, 1) || performance.now() < end; n++) {
    const random = new Random(SEED, CASES.indexOf(name), n);
    const sample = n < all.length ? all[order[n]!]! : random.of(all);
    try {
      await step(sample, random);
    } catch (error) {
      const again = `WEIR_FUZZ_SEED=${SEED} WEIR_FUZZ_ONLY=${name}:${n} npx vitest run test/fuzz-captures.test.ts`;
      throw new Error(`${sample.name}: ${(error as Error).message}\nagain: ${again}`, { cause: error });
    }
    most = Math.max(most, process.memoryUsage.rss() - before);
    if (ONLY) break;
  }
  process.stdout.write(`fuzz: ${name}: ${n} captures, at most ${Math.round(most / 2 ** 20)} MiB more\n`);
  expect(most).toBeLessThan(MOST_GROWTH);
}

const timeout = SECONDS * 1_000 + 60_000;
const chosen = (name: Case) => !ONLY || ONLY === name;

describe.sequential('captures and hostile bytes', () => {
  test.runIf(chosen('cut'))('cut anywhere: the records before the cut, and where it is', { timeout }, () =>
    run('cut', async (sample, random) => {
      const { bytes, ends } = sample;
      for (let k = 0; k < 3; k++) {
        const length = k < 1 ? random.below(Math.min(bytes.length, 400)) : random.below(bytes.length);
        const reading = await timed(bytes.subarray(0, length), random);
        const good = packetsBefore(sample, length);
        expect(reading.packets).toHaveLength(good);
        await expectGoodPart(reading, sample, good);
        const end = ends.findLast((at) => at <= length) ?? 0;
        const cause = length < 4 ? 'not_a_capture' : 'truncated';
        expect(reading.damage).toEqual(end === length && end > 0 ? null : { cause, offset: end });
      }
    }),
  );

  test.runIf(chosen('changed'))('bits and bytes changed anywhere: the records before the change', { timeout }, () =>
    run('changed', async (sample, random) => {
      for (let k = 0; k < 2; k++) {
        const bytes = Uint8Array.from(sample.bytes);
        let first = bytes.length;
        for (let n = 1 + random.below(k === 0 ? 1 : 20); n > 0; n--) {
          const at = random.below(bytes.length);
          if (random.chance(0.5)) bytes[at]! ^= 1 << random.below(8);
          else bytes[at] = random.u32();
          first = Math.min(first, at);
        }
        const reading = await timed(bytes, random);
        const good = packetsBefore(sample, first);
        expect(reading.packets.length).toBeGreaterThanOrEqual(good);
        await expectGoodPart(reading, sample, good);
      }
    }),
  );

  test.runIf(chosen('lengths'))('lengths of up to 4 GB in headers: the records before them', { timeout }, () =>
    run('lengths', async (sample, random) => {
      const { ends } = sample;
      for (let k = 0; k < 2; k++) {
        const bytes = Uint8Array.from(sample.bytes);
        const start = random.chance(0.2) ? 0 : random.of(ends);
        const at = start + 4 * random.below(8);
        if (at + 4 > bytes.length) continue;
        new DataView(bytes.buffer).setUint32(at, random.of(LENGTHS), random.chance(0.5));
        const reading = await timed(bytes, random);
        await expectGoodPart(reading, sample, packetsBefore(sample, at));
      }
    }),
  );

  test.runIf(chosen('garbage'))(
    'garbage behind and within: all that stands before it, and a name for it',
    { timeout },
    () =>
      run('garbage', async (sample, random) => {
        const { bytes, ends } = sample;
        const garbage = garbageOf(random);
        const at = random.chance(0.5) ? bytes.length : random.of(ends);
        const reading = await timed(Buffer.concat([bytes.subarray(0, at), garbage, bytes.subarray(at)]), random);
        const good = packetsBefore(sample, at);
        await expectGoodPart(reading, sample, good);
        expect(reading.damage).not.toBeNull();
        expect(reading.damage!.offset).toBeGreaterThanOrEqual(at);
      }),
  );

  test.runIf(chosen('garbage'))('another capture behind: both are read where they are of one format', { timeout }, () =>
    run('garbage', async (sample, random) => {
      const other = random.of(all);
      const reading = await timed(Buffer.concat([sample.bytes, other.bytes]), random);
      const packets = (await wholeOf(sample)).packets.length;
      await expectGoodPart(reading, sample, packets);
      const alike = isPcapng(sample) ? isPcapng(other) : isJoinable(other);
      if (alike) expect(reading.packets.slice(packets)).toEqual((await wholeOf(other)).packets);
      expect(reading.damage === null).toBe(alike);
    }),
  );

  test.runIf(chosen('packed'))(
    'gzip cut or changed anywhere: no more than was packed, and a name for it',
    { timeout },
    () =>
      run('packed', async (sample, random) => {
        const packed = gzipSync(sample.bytes, { level: 1 });
        const whole = await wholeOf(sample);
        expect(await timed(packed, random)).toEqual(whole);
        const cut = await timed(packed.subarray(0, 2 + random.below(packed.length - 2)), random);
        expect(cut.damage).not.toBeNull();
        await expectGoodPart(cut, sample, cut.packets.length);
        const changed = Uint8Array.from(packed);
        changed[10 + random.below(changed.length - 10)]! ^= 1 << random.below(8);
        // Some bits of a packed file mean nothing.
        const reading = await timed(changed, random);
        if (reading.damage === null) expect(reading).toEqual(whole);
      }),
  );
});

const LENGTHS = [
  0, 1, 11, 12, 16, 28, 32, 262_144, 262_145, 0x7fff_ffff, 0x7fff_fffc, 0x8000_0000, 0xffff_fff0, 0xffff_ffff,
];

function isPcapng({ bytes }: Pick<Sample, 'bytes'>): boolean {
  return bytes[0] === 0x0a;
}

/** Zone and accuracy in its header are 0, as everybody writes them: else it cannot be told from a record. */
function isJoinable({ bytes }: Pick<Sample, 'bytes'>): boolean {
  return !isPcapng({ bytes }) && bytes.subarray(8, 16).every((byte) => byte === 0);
}

/** Bytes that are no record of a capture. */
function garbageOf(random: Random): Uint8Array {
  const length = 32 + random.below(random.of([100, 10_000]));
  switch (random.below(4)) {
    case 0:
      return new Uint8Array(length);
    case 1:
      return new Uint8Array(length).fill(0xff);
    case 2:
      return Buffer.from('GET / HTTP/1.1\r\nHost: example.net\r\n\r\n'.repeat(Math.ceil(length / 40)));
    default:
      return Uint8Array.from([0xf0, ...random.bytes(length)].map((byte, i) => (i % 4 === 0 ? byte | 0xf0 : byte)));
  }
}
