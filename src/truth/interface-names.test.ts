import { expect, it } from 'vitest';
import type { ExporterState } from './exporter-state.ts';
import { nameInterfaces } from './interface-names.ts';

const named = (index: number, name: string, description = '', speed = 0) => ({ index, name, description, speed });
const state = (more: Partial<ExporterState>): ExporterState => ({
  ...{ exporter: '192.0.2.1', agent: '', port: 2055, domain: 0, format: 'ipfix', name: '' },
  ...{ first_seen: 0, last_seen: 0, sampling: 1, sampling_origin: 'none', remedy: null },
  ...{ burst_10ms: 1, burst_100ms: 1, templates: [], interfaces: [] },
  ...more,
});

it('what configuration says of an interface counts before what exports say, and that before SNMP, field by field', () => {
  const told = state({ interfaces: [named(3, 'Gi0/3', 'told'), named(4, 'Gi0/4'), named(0, 'host')] });
  const [found] = nameInterfaces([told], {
    configured: [{ prefix: '192.0.2.0/24', interfaces: [named(3, 'uplink')] }],
    asked: [
      {
        exporter: '192.0.2.1',
        atMs: 0,
        interfaces: [named(3, 'x', 'y', 1e9), named(4, 'z', 'asked', 2e9), named(5, 'Gi0/5')],
      },
    ],
  });
  expect(found!.interfaces).toEqual([
    named(3, 'uplink', 'told', 1e9),
    named(4, 'Gi0/4', 'asked', 2e9),
    named(0, 'host'),
    named(5, 'Gi0/5'),
  ]);
});

it('the longest prefix counts alone, and an sFlow agent is known by its own address', () => {
  const configured = [
    { prefix: '192.0.2.0/24', interfaces: [named(1, 'wide')] },
    { prefix: '192.0.2.7', interfaces: [] },
    { prefix: '10.0.0.0/8', interfaces: [named(1, 'agent')] },
  ];
  const states = [state({}), state({ exporter: '192.0.2.7' }), state({ exporter: '192.0.2.7', agent: '10.0.0.1' })];
  const names = nameInterfaces(states, { configured, asked: [] }).map(({ interfaces }) =>
    interfaces.map((i) => i.name),
  );
  expect(names).toEqual([['wide'], [], ['agent']]);
});
