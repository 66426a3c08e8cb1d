import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HomeNetworks } from './home-networks.ts';
import { type Given, labelled } from './labelled.testing.ts';

const NETWORKS: HomeNetworks = {
  home: ['10.0.0.0/8', '2001:db8::/32'],
  sites: { berlin: [], lab: [], munich: ['10.9.0.0/16'] },
  exporterSites: [
    { site: 'berlin', exporters: '192.0.2.0/24', vlans: null },
    { site: 'lab', exporters: '192.0.2.1', vlans: [10, 20] },
    { site: 'munich', exporters: '192.0.2.7', vlans: null },
    { site: 'lab', exporters: '2001:db8:ffff::1', vlans: [4_094, 4_094] },
  ],
};

function sitesOf(row: Given, networks = NETWORKS): [src: unknown, dst: unknown] {
  const [found] = labelled([row], { networks });
  return [found!.src_site ?? '', found!.dst_site ?? ''];
}

const row = (exporter: string, src: string, dst: string, more: Given = {}): Given => ({
  exporter,
  src_addr: src,
  dst_addr: dst,
  ...more,
});
const [INSIDE, INSIDE_TOO, OUTSIDE] = ['10.1.0.1', '10.2.0.1', '198.51.100.1'];

describe('a site that exporters and VLANs tell', () => {
  it('is that of the end that is inside', () => {
    expect(sitesOf(row('192.0.2.3', INSIDE, OUTSIDE))).toEqual(['berlin', '']);
    expect(sitesOf(row('192.0.2.3', OUTSIDE, INSIDE))).toEqual(['', 'berlin']);
    expect(sitesOf(row('192.0.2.3', OUTSIDE, '203.0.113.1'))).toEqual(['', '']);
    expect(sitesOf(row('203.0.113.9', INSIDE, OUTSIDE))).toEqual(['', '']);
  });

  it('is that of the longest prefix of exporters', () => {
    expect(sitesOf(row('192.0.2.7', INSIDE, OUTSIDE))).toEqual(['munich', '']);
  });

  it('gives way to that of the address', () => {
    expect(sitesOf(row('192.0.2.3', '10.9.0.1', OUTSIDE))).toEqual(['munich', '']);
  });

  it('is not guessed where both ends might be there', () => {
    expect(sitesOf(row('192.0.2.3', INSIDE, INSIDE_TOO))).toEqual(['', '']);
    expect(sitesOf(row('192.0.2.7', '10.9.0.1', INSIDE))).toEqual(['munich', '']);
    expect(sitesOf(row('192.0.2.3', '10.9.0.1', INSIDE))).toEqual(['munich', 'berlin']);
  });

  it('is not that of a group', () => {
    expect(sitesOf(row('192.0.2.3', INSIDE, '224.0.0.251'))).toEqual(['berlin', '']);
    expect(sitesOf(row('192.0.2.3', OUTSIDE, '239.1.1.1', { out_vlan: 10 }))).toEqual(['', '']);
    expect(sitesOf(row('192.0.2.3', '2001:db8::1', 'ff02::fb'))).toEqual(['berlin', '']);
  });

  it('is for the source that of the VLAN in which the packet came, for the destination that in which it left', () => {
    expect(sitesOf(row('192.0.2.1', INSIDE, INSIDE_TOO, { vlan: 10, out_vlan: 20 }))).toEqual(['lab', 'lab']);
    expect(sitesOf(row('192.0.2.1', INSIDE, INSIDE_TOO, { vlan: 9, out_vlan: 20 }))).toEqual(['berlin', 'lab']);
    expect(sitesOf(row('192.0.2.1', INSIDE, OUTSIDE, { vlan: 21, out_vlan: 10 }))).toEqual(['berlin', '']);
    expect(sitesOf(row('2001:db8:ffff::1', INSIDE, '2001:db8::1', { vlan: 4_094 }))).toEqual(['lab', '']);
  });

  it('does not change what is inside', () => {
    const [found] = labelled([row('192.0.2.3', INSIDE, OUTSIDE)], {
      networks: { home: [], sites: { berlin: [] }, exporterSites: NETWORKS.exporterSites!.slice(0, 1) },
    });
    expect(found).not.toHaveProperty('direction');
    expect(found).not.toHaveProperty('src_site');
  });

  it('is the same for a row whatever stands before it', () => {
    const one = fc.record({
      exporter: fc.constantFrom('192.0.2.1', '192.0.2.3', '192.0.2.7', '203.0.113.9', '2001:db8:ffff::1'),
      src_addr: fc.constantFrom(INSIDE, '10.9.0.1', OUTSIDE, '2001:db8::1'),
      dst_addr: fc.constantFrom(INSIDE_TOO, '10.9.0.2', OUTSIDE, '224.0.0.1'),
      vlan: fc.constantFrom(0, 10, 20, 4_094),
      out_vlan: fc.constantFrom(0, 15, 21),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 10 }), (rows) => {
        const together = labelled(rows, { networks: NETWORKS });
        expect(together.map((f) => [f.src_site ?? '', f.dst_site ?? ''])).toEqual(rows.map((r) => sitesOf(r)));
      }),
      // A batch is megabytes of memory.
      { numRuns: 10 },
    );
  });
});
