import { describe, expect, it } from 'vitest';
import { columns } from '../flow/index.ts';
import type { ActiveQuery } from '../ingest/index.ts';
import { NO_HOME } from '../label/index.ts';
import { openFlows } from './open-flows.ts';
import { Policy } from './policy/policy.ts';
import { parsePolicy } from './policy/policy-file.ts';
import { recordedMeter } from './table/host-meter.testing.ts';

const QUERY: ActiveQuery = { filter: '', sets: {}, order: 'bytes', reverse: false, limit: 10, duplicates: 'counted' };

function meterOf(flows: number) {
  const { meter, backend, records } = recordedMeter();
  for (let i = 1; i <= flows; i++) backend.own(i, 100 + i, i % 2 === 0 ? 'even' : 'odd');
  backend.entries = Array.from({ length: flows }, (_, i) => ({
    cookie: i + 1,
    local: '192.0.2.1',
    remote: '198.51.100.7',
    localPort: 40_000 + i,
    remotePort: 443,
    protocol: 17,
    tx: [1_000 * (i + 1), i + 1] as [number, number],
    lastMs: 1_500,
  }));
  meter.turn(2_000, 1_000);
  return { meter, records };
}

describe('open flows of this host', () => {
  it('are those that come first, with process, age, idle time and rate', () => {
    const { meter } = meterOf(30);
    const answer = openFlows([meter], null, NO_HOME, { ...QUERY, limit: 2 }, 3_000);
    expect(answer).toMatchObject({ open: 30, matched: 30, packets: 465, bytes: 465_000 });
    expect(answer.flows).toMatchObject([
      { process: 'even', pid: 130, src_port: 40_029, bytes: 30_000, age: 2_000, idle: 1_500, rate: 120_000 },
      { process: 'odd', pid: 129, bytes: 29_000 },
    ]);
  });

  // What throws here would end the process that meters.
  it.each(columns.map(({ name }) => [name]))('can be asked for by %s, whatever stands for it', (name) => {
    const { meter } = meterOf(3);
    for (const value of ['1', '"x"', '192.0.2.1', 'yes'])
      for (const filter of [`${name} = ${value}`, `not ${name} = ${value}`, `as 64496 or ${name} != ${value}`])
        try {
          expect(openFlows([meter], null, NO_HOME, { ...QUERY, filter }, 3_000).open).toBe(3);
        } catch (error) {
          expect(error).toMatchObject({ code: 'usage' });
        }
  });

  it('are those that a filter selects, in the other order where it is asked for', () => {
    const { meter } = meterOf(30);
    const answer = openFlows(
      [meter],
      null,
      NO_HOME,
      { ...QUERY, filter: 'process odd', reverse: true, limit: 3 },
      3_000,
    );
    expect(answer.matched).toBe(15);
    expect(answer.flows.map((f) => f.bytes)).toEqual([1_000, 3_000, 5_000]);
  });

  it('know the direction across the border of the home networks', () => {
    const { meter } = meterOf(1);
    const networks = { ...NO_HOME, home: ['192.0.2.0/24'] };
    const answer = openFlows([meter], null, networks, { ...QUERY, filter: 'direction out' }, 3_000);
    expect(answer.flows).toMatchObject([{ direction: 'out' }]);
  });

  it('show nothing that the privacy policy takes away, and do not count as removed', () => {
    const { meter } = meterOf(30);
    const text = 'rules:\n  - name: odd\n    match: process odd\n    actions: [drop]\n';
    const policy = new Policy(parsePolicy(text, 'policy.yaml'), -1, null);
    const answer = openFlows([meter], policy, NO_HOME, QUERY, 3_000);
    expect(new Set(answer.flows.map((f) => f.process))).toEqual(new Set(['even']));
    expect(answer.open).toBe(15);
    expect(policy.removed.records).toBe(0);
  });

  it('are there once where both ends are here, and at both where that is asked for', () => {
    const { meter, backend } = recordedMeter();
    const ends = { protocol: 17, lastMs: 1_500 } as const;
    backend.own(1, 70, 'dig');
    backend.own(2, 30, 'named');
    const near = { local: '127.0.0.1', remote: '127.0.0.1', localPort: 40_000, remotePort: 53 };
    const far = { ...near, localPort: 53, remotePort: 40_000 };
    backend.entries = [
      { ...ends, ...near, cookie: 1, tx: [60, 1], rx: [200, 1] },
      { ...ends, ...far, cookie: 2, tx: [200, 1], rx: [60, 1] },
    ];
    meter.turn(2_000, 1_000);
    const once = openFlows([meter], null, NO_HOME, QUERY, 2_000);
    expect(once).toMatchObject({ open: 2, matched: 2, bytes: 260, duplicates: 2 });
    expect(once.flows.map((f) => [f.process, f.bytes, f.duplicate])).toEqual([
      ['named', 200, 'no'],
      ['dig', 60, 'no'],
    ]);
    const both = openFlows([meter], null, NO_HOME, { ...QUERY, duplicates: 'all' }, 2_000);
    expect(both).toMatchObject({ open: 4, matched: 4, bytes: 260, duplicates: 0 });
    expect(both.flows.map((f) => f.duplicate).sort()).toEqual(['no', 'no', 'yes', 'yes']);
  });

  it('are told as they are: asking for them makes no record', () => {
    const { meter, records } = meterOf(3);
    openFlows([meter], null, NO_HOME, QUERY, 3_000);
    expect(records).toHaveLength(0);
    meter.end(4_000);
    expect(records).toHaveLength(3);
  });
});
