import { describe, expect, it } from 'vitest';
import { Bench } from '../template.testing.ts';
import { flowEncoder } from './create-encoder.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const FLOW = {
  start: NOW - 5_000,
  end: NOW - 1_000,
  src_addr: '10.0.0.1',
  dst_addr: '10.0.0.2',
  raw_bytes: 100,
  raw_packets: 1,
};

describe.each(['netflow9', 'ipfix'] as const)('the account of an export in %s', (protocol) => {
  it('tells a collector what the meter did not see since it began', () => {
    const bench = new Bench();
    let ignored = 0;
    const encoder = flowEncoder(protocol, {
      send: (datagram) => bench.take([...datagram]),
      ignoredPackets: () => ignored,
    });
    encoder.giveAccount(NOW);
    expect(bench.session.facts.takeUnmeteredPackets()).toBe(0);
    ignored = 2 ** 33;
    encoder.giveAccount(NOW + 1_000);
    expect(bench.session.facts.takeUnmeteredPackets()).toBe(2 ** 33);
    ignored += 5;
    encoder.add(FLOW, NOW + 2_000);
    encoder.end(NOW + 2_000);
    expect(bench.session.facts.takeUnmeteredPackets()).toBe(5);
    expect(bench.batch.rows).toBe(1);
    expect(bench.errors).toEqual({});
  });

  it('sends what is begun when it is asked to', () => {
    const bench = new Bench();
    const encoder = flowEncoder(protocol, { send: (datagram) => bench.take([...datagram]) });
    encoder.add(FLOW, NOW);
    expect(bench.batch.rows).toBe(0);
    encoder.flush(NOW);
    expect(bench.batch.rows).toBe(1);
    encoder.flush(NOW);
    encoder.end(NOW);
    expect(bench.batch.rows).toBe(1);
  });
});
