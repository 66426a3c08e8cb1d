/**
 * The whole pipeline and hostile bytes: datagrams of the fixtures cut at every length, with bits turned, spliced, and made from nothing. Half a
 * minute in all (WEIR_FUZZ_SECONDS) beside the cuts, longer with `npm run fuzz -- --minutes 30`. What failed is had again with the seed and the window
 * that the failure names.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isLong, rounds } from '../src/base/rounds.testing.ts';
import { NOW } from '../src/wire/template.testing.ts';
import { type Corpus, corpora } from './fuzz-corpus.testing.ts';
import { generated } from './fuzz-generated.testing.ts';
import { mutated } from './fuzz-mutations.testing.ts';
import { Random } from './fuzz-random.testing.ts';
import { TwinMemory, Twins } from './fuzz-twins.testing.ts';

const SECONDS = Number(process.env.WEIR_FUZZ_SECONDS ?? rounds(15, 120));
const SEED = Number(process.env.WEIR_FUZZ_SEED ?? Date.now() % 1_000_000_000);
/** `bits:17`: that window alone. */
const [ONLY, WINDOW] = (process.env.WEIR_FUZZ_ONLY ?? '').split(':');

const CASES = ['cut', 'bits', 'mutated', 'generated'] as const;
type Case = (typeof CASES)[number];
/** Of the time; cutting takes what it takes. */
const SHARE: Readonly<Record<Case, number>> = { cut: 0, bits: 0.4, mutated: 0.35, generated: 0.25 };
/** Datagrams are cut at every length; behind so many of the cuts comes what the exporter sends next, behind each one where there are minutes. */
const FOLLOWED = Math.min(1, SECONDS / 120);

/** Changed datagrams between two comparisons, with one pair of pipelines. */
const WINDOW_BITS = 256;
const WINDOW_DATAGRAMS = 200;
/** What stays on the heap may vary by so much: compiled code and templates. */
const MOST_GROWTH = 64 << 20;

let all: readonly Corpus[] = [];
let memory: TwinMemory;
/** Each datagram by its corpus and its place there. */
let places: readonly (readonly [corpus: Corpus, index: number])[] = [];

beforeAll(async () => {
  all = await corpora();
  places = all.flatMap((corpus) => corpus.datagrams.map((_, i) => [corpus, i] as const));
  memory = new TwinMemory();
  process.stdout.write(`fuzz: seed ${SEED}, ${SECONDS} s, ${places.length} datagrams of ${all.length} exporters\n`);
});

/** A heap without what nobody has any more. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

type Window = (twins: Twins, random: Random) => void;

/** Windows in an order that the seed gives, until the time is over or all were there. */
function run(name: Case, all: number, window: (i: number) => Window, oneOf = 1): void {
  const finite = Number.isFinite(all);
  const windows = Math.ceil(all / oneOf);
  // Whatever time it takes, all is cut.
  const end = name === 'cut' ? Number.POSITIVE_INFINITY : performance.now() + SECONDS * SHARE[name] * 1_000;
  const sums = { windows: 0, datagrams: 0, rows: 0, errors: 0 };
  const order = finite ? new Random(SEED, CASES.indexOf(name)).order(all) : [];
  for (let n = 0; n < windows && performance.now() < end; n++) {
    const i = ONLY ? Number(WINDOW) : (order[n] ?? n);
    const random = new Random(SEED, CASES.indexOf(name), i);
    const twins = new Twins(memory, random, NOW);
    try {
      window(i)(twins, random);
      twins.restart();
    } catch (error) {
      const again = `WEIR_FUZZ_SEED=${SEED} WEIR_FUZZ_ONLY=${name}:${i} npx vitest run test/fuzz.test.ts`;
      throw new Error(`${(error as Error).message}\nagain: ${again}`, { cause: error });
    }
    sums.windows += 1;
    sums.datagrams += twins.outcome.datagrams;
    sums.rows += twins.outcome.rows;
    sums.errors += twins.outcome.errors;
    if (ONLY) break;
  }
  const { datagrams, rows, errors } = sums;
  process.stdout.write(
    `fuzz: ${name}: ${sums.windows}${finite ? ` of ${all}` : ''} windows, ${datagrams} datagrams, ${rows} rows, ${errors} errors\n`,
  );
  expect(datagrams).toBeGreaterThan(0);
}

/** The exporter's datagrams before it, so that its templates are known, but for each second window: then they come behind it. */
function open(twins: Twins, corpus: Corpus, random: Random): void {
  if (random.chance(0.5)) for (const bytes of corpus.datagrams) twins.send(bytes);
}

/** A changed datagram, and what the exporter sends next, which may be data by a changed template; and the true one again. */
function sendChanged(twins: Twins, [corpus, i]: (typeof places)[number], changed: Uint8Array): void {
  twins.send(changed);
  const { datagrams } = corpus;
  for (let k = i + 1; k < Math.min(i + 2, datagrams.length); k++) twins.send(datagrams[k]!);
  twins.send(datagrams[i]!);
}

const timeout = SECONDS * 1_000 + 60_000;

describe.sequential('the pipeline and hostile bytes', () => {
  let before = 0;
  const end = () => {
    // What the first windows made is there to stay: compiled code, dictionaries.
    if (before > 0) expect(heapBytes() - before).toBeLessThan(MOST_GROWTH);
    else before = heapBytes();
  };
  const chosen = (name: Case) => !ONLY || ONLY === name;

  test.runIf(chosen('cut'))(
    isLong ? 'cut at every length' : 'cut at every length, a third of the datagrams',
    { timeout },
    () => {
      run(
        'cut',
        places.length,
        (i) => (twins, random) => {
          const place = places[i]!;
          const [corpus, at] = place;
          const bytes = corpus.datagrams[at]!;
          open(twins, corpus, random);
          for (let length = 0; length < bytes.length; length++) {
            const cut = bytes.subarray(0, length);
            if (random.chance(FOLLOWED)) sendChanged(twins, place, cut);
            else twins.send(cut);
            if (length % WINDOW_BITS === WINDOW_BITS - 1) twins.take();
          }
        },
        rounds(3, 1),
      );
      end();
    },
  );

  test.runIf(chosen('bits'))('every bit turned, as many as there is time for', { timeout }, () => {
    const windows = places.flatMap((place) => {
      const bits = place[0].datagrams[place[1]]!.length * 8;
      return Array.from({ length: Math.ceil(bits / WINDOW_BITS) }, (_, k) => ({ place, from: k * WINDOW_BITS }));
    });
    run('bits', windows.length, (i) => (twins, random) => {
      const { place, from } = windows[i]!;
      const [corpus, at] = place;
      const bytes = corpus.datagrams[at]!;
      open(twins, corpus, random);
      for (let bit = from; bit < Math.min(from + WINDOW_BITS, bytes.length * 8); bit++) {
        const flipped = Uint8Array.from(bytes);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        sendChanged(twins, place, flipped);
        if (bit === from + WINDOW_BITS / 2) twins.restart();
      }
    });
    end();
  });

  test.runIf(chosen('mutated'))(
    'lengths, counts and numbers of sets at random, splices of two exporters',
    { timeout },
    () => {
      run('mutated', Number.POSITIVE_INFINITY, () => (twins, random) => {
        const [corpus] = random.of(places);
        open(twins, corpus, random);
        for (let n = 0; n < WINDOW_DATAGRAMS; n++) {
          const i = random.below(corpus.datagrams.length);
          const [others, k] = random.of(places);
          sendChanged(twins, [corpus, i], mutated(random, corpus.datagrams[i]!, others.datagrams[k]!));
          if (random.chance(0.01)) twins.restart();
        }
      });
      end();
    },
  );

  test.runIf(chosen('generated'))(
    'templates, options, data and samples made from nothing, over hours',
    { timeout },
    () => {
      run('generated', Number.POSITIVE_INFINITY, () => (twins, random) => {
        // Ports of one exporter lend one another their templates, which has timers of its own: those start anew with the node.
        const alone = random.chance(0.7);
        for (let n = 0; n < WINDOW_DATAGRAMS; n++) {
          const bytes = generated(random);
          const sender = random.below(80);
          const changed = random.chance(0.1) ? mutated(random, bytes, generated(random)) : bytes;
          twins.send(changed, 2_055 + sender, alone ? sender : 0);
          if (alone && random.chance(0.01)) twins.restart();
          if (random.chance(0.01)) twins.later(random.of([61_000, 700_000, 90_000_000]));
        }
      });
      end();
    },
  );

  afterAll(() => {
    if (!ONLY) expect(all.length).toBeGreaterThan(3);
  });
});
