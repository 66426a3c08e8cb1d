import { describe, expect, it } from 'vitest';
import { allColumnNames, columnOf, FlowBatch, parseAddress, rowShape, TextColumns } from '../flow/index.ts';
import type { HomeNetworks } from './home-networks.ts';
import { type Found, type Given, labelled } from './labelled.testing.ts';
import { PlaceLabels } from './place-labels.ts';
import { buildPlaces, rangesOfPrefixes } from './places/build-places.ts';

const NETWORKS: HomeNetworks = {
  home: ['10.0.0.0/8', '192.0.2.0/24', '2001:db8::/32'],
  sites: { berlin: ['10.1.0.0/16', '2001:db8:1::/48'], lab: ['10.1.9.0/24', '203.0.113.0/24'] },
};
const ADDRESSES = rowShape(['src_addr', 'dst_addr']);
const DIRECTIONS = columnOf('direction').values!;

interface Labelled {
  readonly direction: string | undefined;
  readonly src: string | undefined;
  readonly dst: string | undefined;
}

/** A batch with a row for each pair of addresses. */
function batchOf(pairs: readonly (readonly [string, string])[], texts: TextColumns): FlowBatch {
  const batch = new FlowBatch(64, allColumnNames, undefined, true);
  texts.begin(batch);
  addRows(batch, pairs);
  return batch;
}

function addRows(batch: FlowBatch, pairs: readonly (readonly [string, string])[]): void {
  batch.begin(ADDRESSES, batch.rows, pairs.length);
  for (const pair of pairs) {
    pair.forEach((text, end) => {
      const [w0, w1, w2, w3] = parseAddress(text)!;
      const side = end === 0 ? 'src' : 'dst';
      batch.u32(`${side}_hi`).set([w1, w0], 2 * batch.rows);
      batch.u32(`${side}_lo`).set([w3, w2], 2 * batch.rows);
    });
    batch.rows += 1;
  }
}

function read(batch: FlowBatch, row: number): Labelled {
  const direction = batch.array('direction');
  const site = (name: string) => batch.textsOf(name)[batch.array(name)?.[row] ?? 0];
  return { direction: direction && DIRECTIONS[direction[row]!], src: site('src_site'), dst: site('dst_site') };
}

function label(pair: readonly [string, string], networks = NETWORKS): Labelled {
  const texts = new TextColumns();
  const batch = batchOf([pair], texts);
  const sites = new PlaceLabels(networks, texts);
  sites.bind(batch);
  sites.rows(0, 1);
  return read(batch, 0);
}

const table = buildPlaces({
  autonomousSystems: [
    {
      source: 'mrt',
      ranges: rangesOfPrefixes([
        ['8.8.8.0/24', 15_169],
        ['2001:4860::/32', 15_169],
      ]),
    },
    { source: 'bundled', ranges: rangesOfPrefixes([['172.16.0.0/12', 3_320]]) },
  ],
  countries: [rangesOfPrefixes([['8.0.0.0/8', 0x5553]])],
  blocklists: [
    { name: 'bad', prefixes: ['203.0.113.0/24'] },
    { name: 'worse', prefixes: ['203.0.113.7', '198.51.100.0/24'] },
  ],
  networks: NETWORKS,
});

function placed(given: Given): Found {
  return labelled([{ src_addr: '10.1.2.3', dst_addr: '9.9.9.9' }, given], { networks: NETWORKS }, table)[1]!;
}

describe('a site of all addresses of a family', () => {
  const sites = { four: ['0.0.0.0/0'], six: ['::/0'], mapped: ['::ffff:192.0.2.0/120'], wide: ['::/64'] };
  const only = (...names: readonly (keyof typeof sites)[]): HomeNetworks => ({
    home: [],
    sites: Object.fromEntries(names.map((name) => [name, sites[name]])),
  });
  it.each([
    [only('six'), '8.8.8.8', '2001:db8::1', { direction: 'in', src: '', dst: 'six' }],
    [only('six', 'wide'), '8.8.8.8', '::8.8.8.8', { direction: 'in', src: '', dst: 'wide' }],
    [only('four'), '8.8.8.8', '2001:db8::1', { direction: 'out', src: 'four', dst: '' }],
    [only('four', 'six'), '8.8.8.8', '2001:db8::1', { direction: 'inside', src: 'four', dst: 'six' }],
    [only('six', 'mapped'), '192.0.2.9', '192.0.3.9', { direction: 'out', src: 'mapped', dst: '' }],
  ])('of %o, %s -> %s', (networks, src, dst, expected) => {
    expect(label([src, dst], networks)).toEqual(expected);
  });
});

describe('autonomous systems', () => {
  it.each([
    ['8.8.8.8', 3_320, { src_as: 3_320, src_as_source: 'exporter' }],
    ['8.8.8.8', 0, { src_as: 15_169, src_as_source: 'mrt' }],
    ['2001:4860::8', 0, { src_as: 15_169, src_as_source: 'mrt' }],
    ['8.8.8.8', 64_512, { src_as: 15_169, src_as_source: 'mrt', exporter_src_as: 64_512 }],
    ['8.8.8.8', 23_456, { src_as: 15_169, src_as_source: 'mrt', exporter_src_as: 23_456 }],
    // Nobody knows better than an exporter what a number of private use means.
    ['10.1.2.3', 4_200_000_000, { src_as: 4_200_000_000, src_as_source: 'exporter' }],
    // Open data do not know better, and say something where the exporter says nothing of use.
    ['172.16.0.1', 64_512, { src_as: 64_512, src_as_source: 'exporter' }],
    ['172.16.0.1', 64_496, { src_as: 3_320, src_as_source: 'bundled', exporter_src_as: 64_496 }],
    ['172.16.0.1', 0, { src_as: 3_320, src_as_source: 'bundled' }],
    ['10.1.2.3', 65_552, { exporter_src_as: 65_552 }],
    ['10.1.2.3', 131_071, { exporter_src_as: 131_071 }],
    ['10.1.2.3', 131_072, { src_as: 131_072, src_as_source: 'exporter' }],
    ['10.1.2.3', 64_496, { exporter_src_as: 64_496 }],
    ['10.1.2.3', 65_535, { exporter_src_as: 65_535 }],
    ['10.1.2.3', 0, {}],
  ])('of %s, of which an exporter says %i, are %o', (src_addr, src_as, expected) => {
    const { src_as: as, src_as_source, exporter_src_as } = placed({ src_addr, dst_addr: '10.1.2.3', src_as });
    expect({ as, src_as_source, exporter_src_as }).toEqual({
      as: undefined,
      ...Object.fromEntries(Object.entries(expected).map(([k, v]) => [k === 'src_as' ? 'as' : k, v])),
    });
  });

  it('are those of the table where the exporter says nothing, and not known where that does not know', () => {
    expect(placed({ src_addr: '10.1.2.3', dst_addr: '8.8.8.8' })).toMatchObject({
      dst_as: 15_169,
      dst_as_source: 'mrt',
    });
    expect(placed({ src_addr: '10.1.2.3', dst_addr: '8.8.8.8' })).not.toHaveProperty('src_as');
  });
});

it('countries are those of the table, on each side', () => {
  expect(placed({ src_addr: '8.1.2.3', dst_addr: '10.0.0.1' }).src_country).toBe('US');
  expect(placed({ src_addr: '10.0.0.1', dst_addr: '8.1.2.3' })).toMatchObject({ dst_country: 'US' });
  expect(placed({ src_addr: '10.0.0.1', dst_addr: '8.1.2.3' })).not.toHaveProperty('src_country');
});

describe('block lists', () => {
  it.each([
    ['203.0.113.1', '10.0.0.1', 'bad', 'source'],
    ['10.0.0.1', '203.0.113.7', 'bad+worse', 'destination'],
    ['198.51.100.1', '203.0.113.7', 'worse+bad', 'both'],
    ['10.0.0.1', '10.0.0.2', undefined, undefined],
  ])('%s -> %s is on %s by its %s', (src_addr, dst_addr, blocklist, blocklist_side) => {
    const found = placed({ src_addr, dst_addr });
    expect([found.blocklist, found.blocklist_side]).toEqual([blocklist, blocklist_side]);
  });
});

describe('reach', () => {
  it.each([
    [{ src_addr: '10.1.2.3', dst_addr: '10.2.0.1' }, 'on_site'],
    [{ src_addr: '10.1.2.3', dst_addr: '8.8.8.8' }, 'off_site'],
    [{ src_addr: '9.9.9.9', dst_addr: '8.8.8.8' }, 'off_site'],
    [{ src_addr: '10.1.2.3', dst_addr: '239.1.1.1' }, 'multicast'],
    [{ src_addr: 'fe80::1', dst_addr: 'ff02::fb' }, 'multicast'],
    [{ src_addr: '0.0.0.0', dst_addr: '255.255.255.255' }, 'broadcast'],
    [{ src_addr: '10.1.2.3', dst_addr: '10.1.2.255', src_mask: 24, dst_mask: 24 }, 'broadcast'],
    [{ src_addr: '10.1.2.3', dst_addr: '10.1.2.254', src_mask: 24, dst_mask: 24 }, 'same_subnet'],
    [{ src_addr: '10.1.2.2', dst_addr: '10.1.2.3', src_mask: 31, dst_mask: 31 }, 'same_subnet'],
    [{ src_addr: '10.1.2.3', dst_addr: '10.1.3.255', src_mask: 24, dst_mask: 24 }, 'on_site'],
    [{ src_addr: '10.1.2.3', dst_addr: '10.1.2.255', src_mask: 24, dst_mask: 16 }, 'on_site'],
    [{ src_addr: '2001:db8:1::1', dst_addr: '2001:db8:1::2', src_mask: 64, dst_mask: 64 }, 'same_subnet'],
    [{ src_addr: '2001:db8:1::1', dst_addr: '2001:db8:1:8::2', src_mask: 61, dst_mask: 61 }, 'on_site'],
    [{ src_addr: '2001:db8:1::1', dst_addr: '2001:db8:1:7::2', src_mask: 61, dst_mask: 61 }, 'same_subnet'],
    [{ src_addr: 'fe80::1', dst_addr: 'fe80::2' }, 'same_subnet'],
    [{ src_addr: '::', dst_addr: '10.1.2.3' }, undefined],
  ])('of %o is %s', (given, reach) => {
    expect(placed(given).reach).toBe(reach);
  });
});

describe('direction and sites', () => {
  it.each([
    ['10.1.2.3', '8.8.8.8', 'out', 'berlin', ''],
    ['8.8.8.8', '10.1.9.3', 'in', '', 'lab'],
    ['10.1.2.3', '10.1.9.3', 'inside', 'berlin', 'lab'],
    ['10.2.0.1', '192.0.2.1', 'inside', '', ''],
    ['8.8.8.8', '9.9.9.9', 'through', '', ''],
    ['203.0.113.7', '8.8.8.8', 'out', 'lab', ''],
    ['2001:db8:1::1', '2001:db9::1', 'out', 'berlin', ''],
    ['2001:db9::1', '2001:db8:2::1', 'in', '', ''],
    ['192.168.0.1', '8.8.8.8', 'through', '', ''],
  ])('%s -> %s is %s', (src, dst, direction, srcSite, dstSite) => {
    expect(label([src, dst])).toEqual({ direction, src: srcSite, dst: dstSite });
  });

  it.each([
    ['10.1.2.3', '224.0.0.251', 'inside'],
    ['8.8.8.8', '239.1.1.1', 'in'],
    ['10.1.2.3', '255.255.255.255', 'inside'],
    ['0.0.0.0', '255.255.255.255', 'inside'],
    ['fe80::1', 'ff02::1', 'inside'],
    ['169.254.3.4', '8.8.8.8', 'out'],
  ])('%s -> %s is %s: what no router carries, and groups, count as inside', (src, dst, direction) => {
    expect(label([src, dst]).direction).toBe(direction);
  });

  it('are unknown where an end is not known, and the other end keeps its site', () => {
    expect(label(['::', '10.1.2.3'])).toEqual({ direction: 'unknown', src: '', dst: 'berlin' });
  });

  it('are not written where nothing is configured', () => {
    expect(label(['10.1.2.3', '224.0.0.251'], { home: [], sites: {} })).toEqual({
      direction: undefined,
      src: '',
      dst: '',
    });
  });

  it('stay unknown in rows that were there before, and are told of rows without addresses', () => {
    const texts = new TextColumns();
    const sites = new PlaceLabels(NETWORKS, texts);
    const batch = batchOf([['10.1.2.3', '8.8.8.8']], texts);
    addRows(batch, [['8.8.8.8', '10.1.9.3']]);
    sites.bind(batch);
    sites.rows(1, 2);
    batch.begin(rowShape(['protocol']), 2, 1);
    batch.rows = 3;
    sites.rows(2, 3);
    expect([0, 1, 2].map((row) => read(batch, row).direction)).toEqual(['unknown', 'in', 'unknown']);
    expect([0, 1, 2].map((row) => read(batch, row).dst)).toEqual(['', 'lab', '']);
  });

  it('follow a dictionary that gives way to another', () => {
    const texts = new TextColumns();
    const sites = new PlaceLabels(NETWORKS, texts);
    sites.bind(batchOf([['8.8.8.8', '10.1.9.3']], texts));
    sites.rows(0, 1);
    for (let i = 0; i < 60_000; i++) texts.of('dst_site').code(`other ${i}`);
    const batch = batchOf([['8.8.8.8', '10.1.9.3']], texts);
    sites.bind(batch);
    sites.rows(0, 1);
    expect(read(batch, 0).dst).toBe('lab');
  });
});
