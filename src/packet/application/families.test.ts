import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { DATABASES, FILES, QUEUES } from './data-samples.testing.ts';
import { newFinding, SECURITY } from './finding.ts';
import { payloadOf, recognised } from './payloads.testing.ts';
import { recognise } from './recognise.ts';
import type { Sample } from './samples.testing.ts';
import { CHAT, CONTROL, GAMES, INDUSTRY, PEERS, PROCEDURES, SMALL, TUNNELS, VOICE } from './talk-samples.testing.ts';

const FAMILIES: Readonly<Record<string, readonly Sample[]>> = {
  databases: DATABASES,
  queues: QUEUES,
  files: FILES,
  voice: VOICE,
  procedures: PROCEDURES,
  tunnels: TUNNELS,
  chat: CHAT,
  peers: PEERS,
  industry: INDUSTRY,
  control: CONTROL,
  games: GAMES,
  small: SMALL,
};
const SAMPLES = Object.values(FAMILIES).flat();

describe.each(Object.entries(FAMILIES))('payloads of %s', (_, samples) => {
  it.each(samples.map((sample) => [sample.application, sample] as const))('%s is recognised', (name, sample) => {
    const { application, security } = recognised(sample.bytes, sample.around);
    expect({ application, security }).toEqual({
      application: name,
      security: sample.clearLogin ? SECURITY.clearLogin : SECURITY.unknown,
    });
  });
});

test('no beginning of a payload makes a recogniser read behind its end', () => {
  for (const { bytes, around } of SAMPLES)
    for (let length = 0; length < Math.min(bytes.length, 300); length++) recognised(bytes.subarray(0, length), around);
});

test('payloads with bytes changed are read to no harm, and at most 8 addresses are announced', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...SAMPLES),
      fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }),
      fc.constantFrom('', ...SAMPLES.map(({ application }) => application)),
      ({ bytes, around }, changes, application) => {
        const changed = Buffer.from(bytes);
        for (const [at, byte] of changes) changed[at % changed.length] = byte;
        expect(recognised(changed, { ...around, application }).announced.length).toBeLessThanOrEqual(8);
      },
    ),
    { numRuns: 3000 },
  );
});

test('random bytes at ports that nobody is known by get a name less than once in 500 payloads', () => {
  const out = newFinding();
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed >>> 24;
  };
  let named = 0;
  for (let n = 0; n < 20_000; n++) {
    const bytes = Uint8Array.from({ length: 1 + random() }, random);
    recognise(payloadOf(bytes, { protocol: n % 2 === 0 ? 6 : 17 }), out);
    if (out.application !== 0) named++;
  }
  expect(named).toBeLessThan(40);
});
