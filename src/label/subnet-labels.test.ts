import { describe, expect, it } from 'vitest';
import type { HomeNetworks } from './home-networks.ts';
import { type Given, labelled } from './labelled.testing.ts';

const NETWORKS: HomeNetworks = {
  home: ['10.0.0.0/8', '2001:db8::/32'],
  sites: {},
  subnets: {
    servers: ['10.1.5.0/24', '10.1.6.0/24', '2001:db8:1:5::/64'],
    racks: ['10.1.5.64/26'],
    link: ['10.1.9.0/31'],
  },
};

function of(src: string, dst: string, more: Given = {}, networks = NETWORKS): [unknown, unknown, unknown] {
  const [found] = labelled([{ src_addr: src, dst_addr: dst, ...more }], { networks });
  return [found!.src_subnet ?? '', found!.dst_subnet ?? '', found!.reach ?? ''];
}

describe('configured subnets', () => {
  it('name the ends that are in them, the longest prefix first', () => {
    expect(of('10.1.5.1', '10.1.5.70')).toEqual(['servers', 'racks', 'on_site']);
    expect(of('198.51.100.1', '10.1.5.1')).toEqual(['', 'servers', 'off_site']);
    expect(of('2001:db8:1:5::1', '2001:db8:1:6::1')).toEqual(['servers', '', 'on_site']);
  });

  it('hold what stays in one of their prefixes, whatever the name', () => {
    expect(of('10.1.5.1', '10.1.5.2')[2]).toBe('same_subnet');
    expect(of('10.1.5.1', '10.1.6.2')).toEqual(['servers', 'servers', 'on_site']);
    expect(of('2001:db8:1:5::1', '2001:db8:1:5::2')[2]).toBe('same_subnet');
  });

  it('part what a route of the exporter holds together', () => {
    expect(of('10.1.5.1', '10.1.6.2', { src_mask: 16, dst_mask: 16 })[2]).toBe('on_site');
    expect(of('10.1.5.1', '10.1.7.2', { src_mask: 16, dst_mask: 16 })[2]).toBe('same_subnet');
  });

  it('have an address that is for all, where they are IPv4 and more than a link', () => {
    expect(of('10.1.5.1', '10.1.5.255')[2]).toBe('broadcast');
    expect(of('10.7.0.1', '10.1.5.127')).toEqual(['', 'racks', 'broadcast']);
    expect(of('10.1.9.0', '10.1.9.1')[2]).toBe('same_subnet');
    expect(of('2001:db8:1:5::1', '2001:db8:1:5:ffff:ffff:ffff:ffff')[2]).toBe('same_subnet');
  });

  it('leave groups what they are', () => {
    expect(of('10.1.5.1', '224.0.0.251')[2]).toBe('multicast');
  });

  it('are known without home networks', () => {
    const networks = { home: [], sites: {}, subnets: NETWORKS.subnets! };
    expect(of('10.1.5.1', '10.1.5.2', {}, networks)).toEqual(['servers', 'servers', 'same_subnet']);
    expect(of('10.1.5.1', '10.1.6.2', { src_mask: 16, dst_mask: 16 }, networks)[2]).toBe('');
  });
});
