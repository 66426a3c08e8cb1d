import { expect, it } from 'vitest';
import { ExporterNames } from './exporter-names.ts';
import type { ExporterState } from './exporter-state.ts';

const named = (index: number, name: string, description = '', speed = 0) => ({ index, name, description, speed });
const state = (more: Partial<ExporterState>): ExporterState => ({
  ...{ exporter: '192.0.2.1', agent: '', port: 2055, domain: 0, format: 'ipfix', name: '' },
  ...{ first_seen: 0, last_seen: 0, sampling: 1, sampling_origin: 'none', remedy: null },
  ...{ burst_10ms: 1, burst_100ms: 1, templates: [], interfaces: [] },
  ...more,
});
const configured = [{ prefix: '192.0.2.0/24', name: 'north', interfaces: [named(1, 'uplink')] }];

it('configuration names exporters and interfaces of whom nothing but records is known', () => {
  const names = new ExporterNames([], { configured, asked: [] });
  expect(names.exporter('192.0.2.1')).toBe('north');
  expect(names.interface('192.0.2.1', '', 1)?.name).toBe('uplink');
  expect(names.exporter('198.51.100.1')).toBeNull();
  expect(names.interface('192.0.2.1', '', 2)).toBeUndefined();
});

it('what configuration says counts before what all streams of an exporter say, and that before SNMP', () => {
  const streams = [
    state({ interfaces: [named(1, 'Gi0/1', 'told')] }),
    state({ domain: 1, interfaces: [named(2, 'Gi0/2')] }),
  ];
  const asked = [{ exporter: '192.0.2.1', atMs: 0, interfaces: [named(1, 'x', 'y', 1e9), named(2, 'z', '', 2e9)] }];
  const names = new ExporterNames(streams, { configured, asked });
  expect(names.interface('192.0.2.1', '', 1)).toEqual(named(1, 'uplink', 'told', 1e9));
  expect(names.interface('192.0.2.1', '', 2)).toEqual(named(2, 'Gi0/2', '', 2e9));
});

it('an exporter that relays agents has their interfaces under their own addresses; a host names itself', () => {
  const agent = state({ agent: '10.0.0.1', interfaces: [named(1, 'agent')] });
  const host = state({ exporter: '100::1', interfaces: [named(0, 'web1')] });
  const names = new ExporterNames([agent, host]);
  expect(names.relays('192.0.2.1')).toBe(true);
  expect(names.interface('192.0.2.1', '10.0.0.1', 1)?.name).toBe('agent');
  expect(names.interface('192.0.2.1', '', 1)).toBeUndefined();
  expect(names.relays('100::1')).toBe(false);
  expect(names.exporter('100::1')).toBe('web1');
});
