import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Given, labelled } from './labelled.testing.ts';
import { buildPlaces, rangesOfPrefixes } from './places/build-places.ts';

const NETWORKS = { home: ['10.0.0.0/8'], sites: { berlin: ['10.1.0.0/16'] } };
const PLACES = buildPlaces({
  autonomousSystems: [{ source: 'mrt', ranges: rangesOfPrefixes([['8.8.8.0/24', 15_169]]) }],
  countries: [rangesOfPrefixes([['8.8.8.0/24', 0x5553]])],
  blocklists: [{ name: 'list', prefixes: ['198.51.100.0/24'] }],
  networks: NETWORKS,
});

const ADDRESSES = ['10.1.2.3', '10.9.9.9', '8.8.8.8', '198.51.100.7', '2001:db8::1', '255.255.255.255'];
const PORTS = [0, 53, 80, 443, 4_662, 6_881, 40_000, 50_000];
const seldom = <T>(what: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: what });

/** A row as any writer may make it: each has columns of its own. */
const row: fc.Arbitrary<Given> = fc
  .record({
    usual: fc.record({
      src_addr: fc.constantFrom(...ADDRESSES),
      dst_addr: fc.constantFrom(...ADDRESSES),
      src_port: fc.constantFrom(...PORTS),
      dst_port: fc.constantFrom(...PORTS),
      protocol: fc.constantFrom(6, 6, 17, 50),
    }),
    flags: seldom(fc.record({ tcp_flags: fc.constantFrom(0x02, 0x12, 0x1b) })),
    systems: seldom(fc.record({ src_as: fc.constantFrom(3_320, 64_500, 0), dst_as: fc.constantFrom(1_299, 23_456) })),
    recognised: seldom(
      fc.record({
        application: fc.constantFrom('tls', 'bittorrent'),
        application_evidence: fc.constantFrom('payload', 'state'),
      }),
    ),
    side: seldom(fc.record({ client_side: fc.constantFrom('source', 'destination') })),
    asked: seldom(fc.record({ server_name: fc.constantFrom('www.youtube.com', 'example.com') })),
    told: seldom(fc.record({ exporter_application: fc.constantFrom('netflix', 'ssh', 'their own') })),
    owner: seldom(
      fc.record({
        process: fc.constantFrom('sshd', 'zoom'),
        owner_source: fc.constantFrom('connect', 'accept'),
        flow_direction: fc.constantFrom('ingress', 'egress'),
      }),
    ),
    served: seldom(fc.record({ service: fc.constant('youtube'), service_evidence: fc.constant('payload') })),
  })
  .map((parts) => Object.assign({}, ...Object.values(parts)) as Given);

test('rows have the same names however many are labelled together, whatever stood in their memory', () => {
  let services = 0;
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), fc.integer({ min: 2, max: 60 }), (rows, together) => {
      const options = { networks: NETWORKS };
      const alone = labelled(rows, options, PLACES, 1);
      expect(labelled(rows, options, PLACES, together)).toEqual(alone);
      services += alone.filter((found) => found.service !== undefined).length;
    }),
    { numRuns: 60 },
  );
  // Else words were not compared.
  expect(services).toBeGreaterThan(50);
}, 180_000);
