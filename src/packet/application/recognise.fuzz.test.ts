import { getRandomValues } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { APPLICATIONS, applicationName, findApplication } from '../../flow/index.ts';
import { newFinding } from './finding.ts';
import { recognisedFlows } from './first-payloads.testing.ts';
import { type Around, payloadOf } from './payloads.testing.ts';
import { recognise } from './recognise.ts';

const FOLDER = join(import.meta.dirname, '../../../../shared/fixtures/ndpi/pcap');
const present = existsSync(FOLDER);
const PORTS = APPLICATIONS.flatMap((application) => [...('tcp' in application ? application.tcp : [])]);

/** Each port of TCP and UDP that an application has. */
const ENDS = APPLICATIONS.flatMap((application) => [
  ...('tcp' in application ? application.tcp : []).map((port) => [6, port] as const),
  ...('udp' in application ? application.udp : []).map((port) => [17, port] as const),
]);
const RANDOM_PAYLOADS = 2000;
const RANDOM_LENGTHS = [8, 20, 48, 60, 120, 400];
const MOST_NAMED = 12;

const around = fc.record({
  protocol: fc.constantFrom(6, 17),
  from: fc.constantFrom(50_000, ...PORTS),
  to: fc.constantFrom(50_001, 53, 137, 5353, ...PORTS),
  side: fc.constantFrom<0 | 1>(0, 1),
  turn: fc.nat(12),
  application: fc.constantFrom('', ...APPLICATIONS.map(({ name }) => name)),
});

const out = newFinding();

/** What must hold of every finding. */
function check(bytes: Uint8Array, given: Around): void {
  recognise(payloadOf(bytes, given), out);
  if (out.nameLength > 253 || out.announced > out.announcements.length || out.named > out.namedAddresses.length)
    throw new Error('more than there is room for');
  if (out.application !== 0 && out.candidate !== 0) throw new Error('one application is sure, and another is not');
  const name = Buffer.from(out.name.subarray(0, out.nameLength)).toString('latin1');
  if (name !== '' && !/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name)) throw new Error(`no name: ${name}`);
}

describe('recognisers and bytes that mean nothing', () => {
  it('never throw for random payloads, and never write what is no name', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), around, (bytes, given) => check(bytes, given)),
      { numRuns: 20_000 },
    );
  });

  it('seldom name random bytes on any port of servers: the port alone is no payload', () => {
    const bytes = new Uint8Array(420);
    const wrong = new Map<string, number>();
    for (const [protocol, to] of ENDS) {
      for (let i = 0; i < RANDOM_PAYLOADS; i++) {
        const length = RANDOM_LENGTHS[i % RANDOM_LENGTHS.length]! + (i % 8);
        getRandomValues(bytes.subarray(0, length));
        recognise(payloadOf(bytes.subarray(0, length), { protocol, from: 50_000, to }), out);
        if (out.application === 0) continue;
        const key = `${applicationName(out.application)} at ${to}`;
        wrong.set(key, (wrong.get(key) ?? 0) + 1);
      }
    }
    expect(ENDS.length).toBeGreaterThan(100);
    // Expected are at most 3 of 2,000; chance may make it a few more.
    expect([...wrong].filter(([, count]) => count > MOST_NAMED)).toEqual([]);
  }, 180_000);

  it('seldom name random bytes on ports that are nobody’s', () => {
    let named = 0;
    const random = fc.uint8Array({ minLength: 24, maxLength: 200 });
    fc.assert(
      fc.property(random, fc.constantFrom(6, 17), (bytes, protocol) => {
        recognise(payloadOf(bytes, { protocol, from: 50_000, to: 50_001 }), out);
        if (out.application !== 0) named += 1;
      }),
      { numRuns: 20_000 },
    );
    expect(named).toBeLessThan(20);
  });
});

describe.skipIf(!present)(
  `recognisers and real payloads that were cut or changed${present ? '' : ' (skipped: ../shared/fixtures is absent)'}`,
  () => {
    const payloads: { bytes: Buffer; protocol: number; application: string }[] = [];

    beforeAll(async () => {
      for (const capture of readdirSync(FOLDER))
        for (const { protocol, application, sides } of await recognisedFlows(join(FOLDER, capture)))
          for (const side of sides)
            for (const bytes of side.payloads.slice(0, 2)) payloads.push({ bytes, protocol, application });
    }, 180_000);

    const ports = (application: string, protocol: number) => {
      const known = findApplication(application);
      return (protocol === 6 ? known?.tcp : known?.udp)?.[0] ?? 443;
    };

    it('never throw, wherever a payload is cut', () => {
      for (const { bytes, protocol, application } of payloads) {
        const to = ports(application, protocol);
        for (let length = 0; length <= Math.min(bytes.length, 160); length += 1)
          check(bytes.subarray(0, length), { protocol, to });
      }
      expect(payloads.length).toBeGreaterThan(1000);
    }, 180_000);

    it('never throw when bytes are changed', () => {
      fc.assert(
        fc.property(
          fc.nat(),
          fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 8 }),
          fc.boolean(),
          (at, changes, known) => {
            const { bytes, protocol, application } = payloads[at % payloads.length]!;
            const changed = Buffer.from(bytes);
            for (const [where, byte] of changes) if (where < changed.length) changed[where] = byte;
            check(changed, {
              protocol,
              to: ports(application, protocol),
              application: known ? application : '',
              turn: 1,
            });
          },
        ),
        { numRuns: 20_000 },
      );
    }, 180_000);
  },
);
