import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { APPLICATIONS } from '../../flow/index.ts';
import { DATABASES, FILES, QUEUES } from './data-samples.testing.ts';
import { formsOf } from './dispatch.ts';
import { FAMILIES } from './families.ts';
import { clearFinding, type Finding, newFinding } from './finding.ts';
import { recognisedFlows } from './first-payloads.testing.ts';
import type { Form } from './forms.ts';
import type { Payload } from './payload.ts';
import { type Around, payloadOf } from './payloads.testing.ts';
import { Prefilter } from './prefilter.ts';
import type { Recognition } from './recogniser.ts';
import { CHAT, CONTROL, GAMES, INDUSTRY, PEERS, PROCEDURES, SMALL, TUNNELS, VOICE } from './talk-samples.testing.ts';

const CAPTURES = join(import.meta.dirname, '../../../../shared/fixtures/ndpi/pcap');
const present = existsSync(CAPTURES);

const TCP = FAMILIES.flatMap(({ tcp = [] }) => tcp);
const UDP = FAMILIES.flatMap(({ udp = [] }) => udp);
const SAMPLES = [
  ...[DATABASES, FILES, QUEUES, CHAT, CONTROL, GAMES, INDUSTRY, PEERS, PROCEDURES, SMALL, TUNNELS, VOICE].flat(),
].map(({ bytes, around }) => ({
  bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes),
  protocol: around?.protocol ?? 6,
}));

/** Read byte by byte, without tables. */
function isOf({ shortest = 1, at = {} }: Form, { data, at: start, length }: Payload): boolean {
  const allows = ([place, values]: [string, readonly number[]]) =>
    Number(place) < length && values.includes(data.getUint8(start + Number(place)));
  return length >= shortest && Object.entries(at).every(allows);
}

const isChanged = (out: Finding) =>
  out.application !== 0 ||
  out.candidate !== 0 ||
  out.more ||
  out.watch ||
  out.security !== 0 ||
  out.nameLength !== 0 ||
  out.exchange !== 0 ||
  out.announced !== 0;

const out = newFinding();
const taken = new Set<Recognition>();

/** Who takes a payload, or says something of it, has a form for it, save where its own port is one of the two. */
function check(bytes: Uint8Array, around: Around): void {
  const payload = payloadOf(bytes, around);
  for (const recognition of payload.protocol === 6 ? TCP : UDP) {
    const { recogniser, ports, first } = recognition;
    if (ports.includes(payload.srcPort) || ports.includes(payload.dstPort) || first?.length === 0) continue;
    clearFinding(out);
    const isTaken = recogniser(payload, out);
    if (!isTaken && !isChanged(out)) continue;
    taken.add(recognition);
    if (first && !first.includes(bytes[0]!)) continue;
    if (!formsOf(recognition).some((form) => isOf(form, payload)))
      throw new Error(`${recogniser.name}: no form for ${Buffer.from(bytes.subarray(0, 64)).toString('hex')}`);
  }
}

const PORTS = [50_001, 50_002, 443, 7000, 6660];
const around = (protocol: number) =>
  fc.record({
    protocol: fc.constant(protocol),
    from: fc.constantFrom(...PORTS),
    to: fc.constantFrom(...PORTS),
    side: fc.constantFrom<0 | 1>(0, 1),
    turn: fc.nat(3),
    candidate: fc.constantFrom('', ...APPLICATIONS.map(({ name }) => name)),
  });

function checkMutations(payloads: readonly { bytes: Buffer; protocol: number }[], numRuns: number): void {
  const change = fc.tuple(fc.oneof(fc.nat(24), fc.nat(120)), fc.nat(255));
  fc.assert(
    fc.property(
      fc.constantFrom(...payloads),
      around(0),
      fc.array(change, { maxLength: 3 }),
      fc.option(fc.nat(200)),
      ({ bytes, protocol }, given, changes, cut) => {
        const changed = Buffer.from(bytes.subarray(0, cut ?? bytes.length));
        for (const [place, value] of changes) if (place < changed.length) changed[place] = value;
        if (changed.length > 0) check(changed, { ...given, protocol });
      },
    ),
    { numRuns },
  );
}

describe('forms of payloads', () => {
  it('let through all that their recognisers take: samples, whole and changed', () => {
    for (const { bytes, protocol } of SAMPLES) check(bytes, { protocol });
    checkMutations(SAMPLES, 20_000);
    // Others have samples at their own ports alone.
    expect(taken.size).toBeGreaterThan(60);
  }, 180_000);

  it('are few enough for the words of bits, and looked up as they read', () => {
    for (const recognitions of [TCP, UDP]) {
      const forms = recognitions.flatMap(formsOf);
      const prefilter = new Prefilter(forms);
      const few = SAMPLES.slice(0, 200);
      const bits = ({ first, second, third }: Prefilter) => [first, second, third];
      const byBits = (payload: Payload) =>
        prefilter.look(payload.data, payload.at, payload.length)
          ? forms.map((_, bit) => ((bits(prefilter)[bit >>> 5]! >>> (bit & 31)) & 1) === 1)
          : forms.map(() => false);
      for (const { bytes } of few)
        for (const length of [1, 4, 12, bytes.length].filter((n) => n > 0 && n <= bytes.length)) {
          const payload = payloadOf(bytes.subarray(0, length));
          // Of lengths above 127 tables know no more.
          const isSeen = (form: Form) => isOf({ ...form, shortest: Math.min(form.shortest ?? 1, 127) }, payload);
          expect(byBits(payload)).toEqual(forms.map(isSeen));
        }
    }
  });

  it('refuse more forms than there are bits', () => {
    expect(() => new Prefilter(Array(97).fill({}))).toThrow(RangeError);
  });
});

describe.skipIf(!present)(
  `forms of payloads of captures${present ? '' : ' (skipped: ../shared/fixtures is absent)'}`,
  () => {
    const payloads: { bytes: Buffer; protocol: number }[] = [];

    beforeAll(async () => {
      for (const capture of readdirSync(CAPTURES))
        for (const { protocol, sides } of await recognisedFlows(join(CAPTURES, capture)))
          for (const side of sides)
            for (const bytes of side.payloads.slice(0, 3)) if (bytes.length > 0) payloads.push({ bytes, protocol });
    }, 180_000);

    it('let through all that their recognisers take, whole and changed', () => {
      for (const { bytes, protocol } of payloads) check(bytes, { protocol });
      expect(payloads.length).toBeGreaterThan(3000);
      checkMutations(payloads, 20_000);
    }, 360_000);
  },
);
