import { describe, expect, it } from 'vitest';
import { allColumnNames, columnOf, FlowBatch, parseAddress, rowShape, TextColumns } from '../flow/index.ts';
import type { HomeNetworks } from './home-networks.ts';
import { Sites } from './sites.ts';

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
  const sites = new Sites(networks, texts);
  sites.bind(batch);
  sites.rows(0, 1);
  return read(batch, 0);
}

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
    const sites = new Sites(NETWORKS, texts);
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
    const sites = new Sites(NETWORKS, texts);
    sites.bind(batchOf([['8.8.8.8', '10.1.9.3']], texts));
    sites.rows(0, 1);
    for (let i = 0; i < 60_000; i++) texts.of('dst_site').code(`other ${i}`);
    const batch = batchOf([['8.8.8.8', '10.1.9.3']], texts);
    sites.bind(batch);
    sites.rows(0, 1);
    expect(read(batch, 0).dst).toBe('lab');
  });
});
