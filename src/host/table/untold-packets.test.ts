import { expect, it } from 'vitest';
import { recordedMeter } from './host-meter.testing.ts';

const MINUTE = 60_000;

it('packets that are in no record are told by minute: those of open flows, once where both ends are here, and none that were recorded', () => {
  const { meter, backend, records } = recordedMeter('ebpf', []);
  backend.own(7, 70, 'curl');
  backend.own(8, 30, 'nginx');
  backend.entries = [
    {
      cookie: 7,
      local: '127.0.0.1',
      remote: '127.0.0.1',
      localPort: 40_000,
      remotePort: 80,
      tx: [500, 6],
      rx: [900, 5],
    },
    {
      cookie: 8,
      local: '127.0.0.1',
      remote: '127.0.0.1',
      localPort: 80,
      remotePort: 40_000,
      tx: [900, 5],
      rx: [500, 6],
    },
    {
      cookie: 9,
      local: '192.0.2.1',
      remote: '198.51.100.7',
      localPort: 50_000,
      remotePort: 53,
      protocol: 17,
      tx: [90, 2],
      rx: [300, 1],
    },
  ];
  meter.turn(2_000, 1_000);
  expect(records).toEqual([]);
  expect([...meter.untold(2_000)]).toEqual([[0, 14]]);
  meter.end(3_000);
  expect(records.length).toBeGreaterThan(0);
  expect([...meter.untold(3_000)]).toEqual([]);
});

it('of a flow over several minutes they count as if they had come evenly', () => {
  const { meter, backend } = recordedMeter('ebpf', []);
  const flow = { cookie: 9, local: '192.0.2.1', remote: '198.51.100.7', localPort: 50_000, remotePort: 443 };
  backend.entries = [{ ...flow, tx: [100, 1], firstMs: 30_000, lastMs: 30_000 }];
  meter.turn(31_000, 1_000);
  backend.entries = [{ ...flow, tx: [12_000, 121], firstMs: 30_000, lastMs: 2.5 * MINUTE }];
  meter.turn(2.5 * MINUTE, 1_000);
  expect([...meter.untold(2.5 * MINUTE)].sort((a, b) => a[0] - b[0])).toEqual([
    [0, 30],
    [MINUTE, 60],
    [2 * MINUTE, 31],
  ]);
});
