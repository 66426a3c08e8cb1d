import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Given } from '../labelled.testing.ts';
import { NO_NAMING } from '../naming-settings.ts';
import { flow, lateNames, nameOf, Producer, SERVICES } from './late-labels.testing.ts';
import { LateLabels } from './late-labels.ts';

const CLIENTS = ['10.0.0.1', '10.0.0.2', '192.0.2.1'];
const SERVERS = ['192.0.2.1', '2001:db8::1'];
const CLIENT_PORTS = [20, 700, 40_000, 50_000];
const SERVER_PORTS = [20, 21, 111, 135, 443, 1_027, 6_699, 8_888, 30_123, 49_670];
const APPLICATIONS = ['ftp', 'ftp-data', 'tls', 'epmap', 'kafka'];

const ends = fc
  .record({
    client: fc.constantFrom(...CLIENTS),
    clientPort: fc.constantFrom(...CLIENT_PORTS),
    server: fc.constantFrom(...SERVERS),
    serverPort: fc.constantFrom(...SERVER_PORTS),
    back: fc.boolean(),
  })
  .map(({ client, clientPort, server, serverPort, back }) => {
    const both = [`${client} ${clientPort}`, `${server} ${serverPort}`] as const;
    return back ? ([both[1], both[0]] as const) : both;
  });
/** Most flows come without anything that tells. */
const seldom = <T>(what: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: what });
const known = fc.record({
  application: fc.constantFrom(...APPLICATIONS),
  application_evidence: fc.constantFrom('state', 'payload', 'exporter', 'process'),
});
const served = fc.record({
  service: fc.constantFrom(...SERVICES),
  service_evidence: fc.constantFrom('payload', 'exporter', 'process'),
});
const row = fc
  .record({
    ends,
    startS: fc.integer({ min: 0, max: 900 }),
    lastsS: fc.constantFrom(0, 1, 60, 600),
    more: fc.record({
      exporter: fc.constantFrom('192.0.2.253', '192.0.2.253', '192.0.2.254'),
      protocol: fc.constantFrom(6, 6, 6, 17),
      tcp_flags: fc.constantFrom(0x1b, 0x1b, 0x13, 0x13, 0, 0x02),
      raw_packets: fc.constantFrom(3, 12),
      client_side: fc.constantFrom('unknown', 'source', 'destination'),
      sampling: fc.constantFrom(1, 1, 1, 96),
    }),
    known: seldom(known),
    served: seldom(served),
  })
  .map(({ ends: [from, to], startS, lastsS, more, known, served }) =>
    flow(from, to, startS, startS + lastsS, { ...more, ...known, ...served }),
  );

/** Where each row goes, in which place of the whole order, and whether a turn comes after it. */
const way = fc.record({ producer: fc.nat({ max: 3 }), place: fc.double({ noNaN: true }), turn: fc.boolean() });

/** What a rule names for sure, so that some row has a name late whatever else is tried. */
const TRANSFER = [
  flow('10.0.0.1 40000', '192.0.2.1 21', 0, 60, { client_side: 'source' }),
  flow('192.0.2.1 20', '10.0.0.1 50000', 30, 31),
].map(
  (given, i) =>
    [given, { producer: i, place: i / 2, turn: i === 0 }] as [
      Given,
      { producer: number; place: number; turn: boolean },
    ],
);

test('rows have the same names in whichever order they come, through however many threads', () => {
  let late = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(row, way), { minLength: 30, maxLength: 60 }), (rows) => {
      const wanted = lateNames(rows.map(([given]) => given));
      const labels = new LateLabels(NO_NAMING, 1_024);
      const producers = [0, 7, 300, 1].map((firstCode) => new Producer(firstCode));
      const found: string[] = [];
      const at: { producer: Producer; row: number }[] = [];
      rows
        .map(([given, { producer, place, turn }], i) => ({ i, given, producer: producers[producer]!, place, turn }))
        .sort((a, b) => a.place - b.place)
        .forEach(({ i, given, producer, turn }) => {
          at[i] = { producer, row: producer.rows() };
          producer.add(given as Given);
          if (turn) labels.turn(producers, 0, i % 2 === 0);
        });
      labels.turn(producers, 0);
      rows.forEach((_, i) => {
        found[i] = nameOf(at[i]!.producer.row(at[i]!.row));
      });
      late += labels.counts.written;
      expect(found).toEqual(wanted);
    }),
    { numRuns: 30, examples: [[TRANSFER]] },
  );
  // Else nothing was compared.
  expect(late).toBeGreaterThan(0);
});
