import { expect, it } from 'vitest';
import { storesOfEachTest, type TestFlow } from '../store.testing.ts';
import { as } from './as.ts';
import { asPairs } from './as-pairs.ts';
import { countries } from './countries.ts';
import { peering } from './peering.ts';
import { reportAnswerSchema } from './report.ts';

/** The start of a minute. */
const T = 1_700_000_040_000;
const options = { now: T + 60_000, asName: (asn: number) => (asn === 64_501 ? 'Far Away Ltd' : '') };
const store = storesOfEachTest();

const flow = (raw_bytes: number, more: TestFlow): TestFlow => {
  const times = { time: T, start: T - 1_000, end: T, received: T };
  return { ...times, protocol: 6, raw_bytes, raw_packets: 1, ...more };
};

const [HOME, FAR, CARRIER, OTHER] = [64_500, 64_501, 64_510, 64_502];

it('as tells source, sink and carried apart, and what is provided to each', async () => {
  const s = await store([
    flow(60, { src_as: HOME, dst_as: FAR, dst_peer_as: CARRIER, direction: 'out' }),
    flow(20, { src_as: FAR, dst_as: HOME, src_peer_as: CARRIER, direction: 'in' }),
    flow(10, { src_as: FAR, dst_as: OTHER, src_peer_as: FAR, direction: 'through' }),
  ]);
  const { data } = await as.run(s, {}, options);
  expect(data.total).toMatchObject({ bytes: 90, flows: 3, source: 90, sink: 90, share: 100 });
  expect(data.systems).toEqual([
    {
      as: FAR,
      name: 'Far Away Ltd',
      source: 30,
      sink: 60,
      carried: 0,
      in: 20,
      out: 60,
      through: 10,
      provider_share: 75,
      share: 50,
    },
    {
      as: HOME,
      name: null,
      source: 60,
      sink: 20,
      carried: 0,
      in: 0,
      out: 0,
      through: 0,
      provider_share: null,
      share: 44.44,
    },
    {
      as: CARRIER,
      name: null,
      source: 0,
      sink: 0,
      carried: 80,
      in: 0,
      out: 0,
      through: 0,
      provider_share: null,
      share: 0,
    },
    {
      as: OTHER,
      name: null,
      source: 0,
      sink: 10,
      carried: 0,
      in: 0,
      out: 0,
      through: 10,
      provider_share: null,
      share: 5.56,
    },
  ]);
});

it('as-pairs puts both ways of a pair together', async () => {
  const s = await store([
    flow(60, { src_as: HOME, dst_as: FAR }),
    flow(20, { src_as: FAR, dst_as: HOME }),
    flow(20, { src_as: FAR }),
  ]);
  const { tables } = await asPairs.run(s, {}, options);
  expect(tables[0]!.rows).toEqual([
    [HOME, null, FAR, 'Far Away Ltd', 80, 80, 60, 20, 2],
    [null, null, FAR, 'Far Away Ltd', 20, 20, 0, 20, 1],
  ]);
});

it('peering counts what came in over the neighbour of the source and left over that of the destination', async () => {
  const s = await store([
    flow(60, { src_as: HOME, dst_as: FAR, dst_peer_as: CARRIER, direction: 'out' }),
    flow(20, { src_as: FAR, dst_as: HOME, src_peer_as: CARRIER, direction: 'in' }),
    flow(20, { src_as: CARRIER, dst_as: HOME, src_peer_as: CARRIER, direction: 'in' }),
    flow(100, { src_as: OTHER, dst_as: HOME, direction: 'in' }),
  ]);
  const { data } = await peering.run(s, {}, options);
  expect(data.peers).toEqual([
    { peer: null, name: null, in: 100, out: 0, both: 100, provider_share: 0, share: 50, systems: 1, own: null },
    { peer: CARRIER, name: null, in: 40, out: 60, both: 100, provider_share: 60, share: 50, systems: 2, own: 20 },
  ]);
  expect(data.quality).toEqual({ told: 50, own: 20, peers: 1, verdict: 'adjacent systems' });
});

it('peering has shares that add up to 100, also of what passes through, which comes in and goes out', async () => {
  const s = await store([
    flow(60, { src_as: FAR, dst_as: OTHER, src_peer_as: CARRIER, dst_peer_as: OTHER, direction: 'through' }),
    flow(40, { src_as: FAR, dst_as: HOME, src_peer_as: CARRIER, direction: 'in' }),
  ]);
  const { data } = await peering.run(s, {}, options);
  expect(data.peers.map(({ peer, both, share }) => [peer, both, share])).toEqual([
    [CARRIER, 100, 62.5],
    [OTHER, 60, 37.5],
  ]);
  expect(data.total).toMatchObject({ bytes: 100, in: 100, out: 60, both: 160, share: 100 });
});

it('peering says when an exporter gives the origin where the neighbour was asked for', async () => {
  const origins = Array.from({ length: 20 }, (_, i) => 64_600 + i);
  const s = await store(origins.map((n) => flow(10, { src_as: n, src_peer_as: n, direction: 'in' })));
  const { data } = await peering.run(s, {}, options);
  expect(data.quality).toMatchObject({ told: 100, own: 100, peers: 20 });
  expect(data.quality.verdict).toContain('origin systems');
});

it('peering says what to set where no exporter tells its neighbours', async () => {
  const { data } = await peering.run(await store([flow(10, { src_as: FAR, direction: 'in' })]), {}, options);
  expect(data.quality.verdict).toContain('set peer AS');
});

it('countries counts the far end of what comes in and goes out', async () => {
  const s = await store([
    flow(30, { src_country: 'DE', dst_country: 'US', direction: 'out' }),
    flow(10, { src_country: 'US', dst_country: 'DE', direction: 'in' }),
    flow(5, { src_country: 'FR', direction: 'through' }),
  ]);
  const { data, tables } = await countries.run(s, {}, options);
  expect(data.total).toMatchObject({ bytes: 45, source: 45, sink: 45, share: 100 });
  expect(tables[0]!.rows).toEqual([
    ['DE', 30, 10, 0, 0, 0, null, 44.44],
    ['US', 10, 30, 10, 30, 0, 75, 44.44],
    ['FR', 5, 0, 0, 0, 5, null, 5.56],
    // However much it is.
    [null, 0, 5, 0, 0, 5, null, 5.56],
  ]);
});

it('each says which data name its networks, and how old they are', async () => {
  const s = await store([flow(60, { src_as: HOME, dst_as: FAR })]);
  const dump = {
    source: '/d/rib.gz',
    kind: 'mrt',
    madeMs: T - 3 * 86_400_000,
    systems: true,
    countries: false,
  } as const;
  const file = { source: '/d/a.mmdb', kind: 'file', madeMs: 0, systems: true, countries: true } as const;
  const known = { ...options, networkSources: () => [dump, file] };
  const told = { source: '/d/a.mmdb', kind: 'file', made: null, age_days: null };
  const ofSystems = [{ source: '/d/rib.gz', kind: 'mrt', made: dump.madeMs, age_days: 3 }, told];
  for (const report of [as, asPairs, peering]) {
    const answer = await report.run(s, {}, known);
    expect(reportAnswerSchema.parse(answer).quality.network_data).toEqual({ of: 'systems', sources: ofSystems });
  }
  expect((await countries.run(s, {}, known)).quality.network_data).toEqual({ of: 'countries', sources: [told] });
  expect((await countries.run(s, {}, options)).quality).not.toHaveProperty('network_data');
});

it('as and countries have no zeros where no flow has a direction, as without home networks', async () => {
  const s = await store([flow(60, { src_as: HOME, dst_as: FAR, src_country: 'DE', dst_country: 'FR' })]);
  const systems = (await as.run(s, {}, options)).data.systems;
  const lands = (await countries.run(s, {}, options)).data.countries;
  expect(systems.length + lands.length).toBe(4);
  for (const line of [...systems, ...lands]) expect(line).toMatchObject({ in: null, out: null, through: null });
});
