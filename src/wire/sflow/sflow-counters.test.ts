import { describe, expect, it } from 'vitest';
import { EntryLimit } from './entry-limit.ts';
import {
  Bench,
  counterSample,
  datagram,
  type InterfaceFigures,
  interfaceCounters,
  string,
  structure,
  words,
} from './sflow.testing.ts';
import { SflowSession } from './sflow-session.ts';

/** Samples of one interface, 20 seconds apart, each with its number. */
class Poll {
  readonly bench = new Bench();
  private sequence = 0;
  private uptimeMs = 1_000_000;

  read(figures: InterfaceFigures, sequence?: number): void {
    this.sequence = sequence ?? this.sequence + 1;
    this.uptimeMs += 20_000;
    this.bench.context.receivedMs += 20_000;
    const sample = counterSample([interfaceCounters(figures)], this.sequence);
    expect(this.bench.read(datagram([sample], { uptimeMs: this.uptimeMs }))).toMatchObject({
      counterSamples: 1,
      problem: null,
    });
  }

  restart(figures: InterfaceFigures): void {
    this.uptimeMs = -19_000;
    this.read(figures, 1);
  }

  take() {
    return this.bench.session.takeInterfaceCounters();
  }
}

const MAX = 0xffff_ffff;

describe('interface counters', () => {
  it('are differences between samples, since the last call', () => {
    const p = new Poll();
    p.read({ inOctets: [0, 1_000], outOctets: [0, 500], in: [10, 1, 2, 3, 4, 9], out: [5, 0, 0, 1, 2] });
    expect(p.take()).toMatchObject([{ ifIndex: 3, seconds: 0, inOctets: null, inPackets: null, inErrors: null }]);
    p.read({ inOctets: [0, 4_000], outOctets: [0, 600], in: [20, 2, 3, 4, 6, 9], out: [6, 0, 0, 2, 5] });
    p.read({ inOctets: [0, 5_000], outOctets: [0, 600], in: [21, 2, 3, 4, 6, 9], out: [6, 0, 0, 2, 5] });
    expect(p.take()).toEqual([
      {
        ifIndex: 3,
        name: '',
        speedBps: 1e9,
        status: 3,
        seconds: 40,
        inOctets: 4_000,
        outOctets: 100,
        inPackets: 13,
        outPackets: 1,
        inDiscards: 1,
        outDiscards: 1,
        inErrors: 2,
        outErrors: 3,
      },
    ]);
    expect(p.take()).toEqual([]);
  });

  it('of 64 bits are exact, and those of 32 bits go through their end', () => {
    const p = new Poll();
    p.read({ inOctets: [0x7fff_ffff, MAX], in: [4_294_967_290, 0, 0, 0, 0, 0], speed: [93, 568_041_472] });
    p.read({ inOctets: [0x8000_0000, 6], in: [4, 0, 0, 0, 0, 0], speed: [93, 568_041_472] });
    expect(p.take()).toMatchObject([{ inOctets: 7, inPackets: 10, speedBps: 400_000_000_000 }]);
  });

  it('that an agent does not have are not zero', () => {
    const p = new Poll();
    const none = { outOctets: [MAX, MAX] as const, out: [MAX, MAX, MAX, MAX, MAX] };
    p.read({ inOctets: [0, 1], in: [1, MAX, MAX, MAX, 0, MAX], ...none });
    p.read({ inOctets: [0, 2], in: [5, MAX, MAX, MAX, 0, MAX], ...none });
    expect(p.take()).toMatchObject([
      { inOctets: 1, inPackets: 4, inDiscards: null, inErrors: 0, outOctets: null, outPackets: null, outErrors: null },
    ]);
  });

  it('that were cleared, or whose agent started anew, give no difference', () => {
    const p = new Poll();
    p.read({ inOctets: [5, 0], in: [1_000, 0, 0, 0, 0, 0] });
    p.read({ inOctets: [0, 10], in: [2, 0, 0, 0, 0, 0] });
    p.read({ inOctets: [0, 30], in: [3, 0, 0, 0, 0, 0] });
    expect(p.take()).toMatchObject([{ inOctets: 20, inPackets: 1, seconds: 20 }]);
    p.restart({ inOctets: [1, 0], in: [4_000, 0, 0, 0, 0, 0] });
    expect(p.take()).toMatchObject([{ inOctets: null, seconds: 0 }]);
    p.read({ inOctets: [1, 8], in: [4_001, 0, 0, 0, 0, 0] });
    expect(p.take()).toMatchObject([{ inOctets: 8, inPackets: 1 }]);
  });

  it('one of 32 bits that was set back alone leaves the others', () => {
    const p = new Poll();
    p.read({ inOctets: [0, 10], in: [100, 0, 0, 50, 7, 0] });
    p.read({ inOctets: [0, 30], in: [110, 0, 0, 0, 8, 0] });
    expect(p.take()).toMatchObject([{ inOctets: 20, inPackets: 10, inDiscards: 0, inErrors: 1 }]);
  });

  it('that come late or twice are not counted', () => {
    const p = new Poll();
    p.read({ inOctets: [0, 100] }, 10);
    p.read({ inOctets: [0, 300] }, 12);
    p.read({ inOctets: [0, 200] }, 11);
    p.read({ inOctets: [0, 300] }, 12);
    p.read({ inOctets: [0, 400] }, 13);
    expect(p.take()).toMatchObject([{ inOctets: 300 }]);
  });

  it('keep the name of the port, wherever it stands in the sample', () => {
    const b = new Bench();
    const name = structure(1_005, string('Ethernet1/1'));
    b.read(datagram([counterSample([name, interfaceCounters({ ifIndex: 9 }), structure(2, words(1, 2))])]));
    expect(b.session.takeInterfaceCounters()).toMatchObject([{ ifIndex: 9, name: 'Ethernet1/1' }]);
  });

  it('are as many as the bound allows, over all sessions, and make room after an hour', () => {
    const limit = new EntryLimit(2);
    const b = new Bench();
    const other = new SflowSession(limit);
    b.session = new SflowSession(limit);
    const samples = [1, 2, 3].map((ifIndex) => counterSample([interfaceCounters({ ifIndex })]));
    b.read(datagram(samples));
    expect(b.session.takeInterfaceCounters()).toHaveLength(2);
    expect(b.session.interfaces.untracked).toBe(1);
    b.context.receivedMs += 3_700_000;
    b.read(datagram([]));
    expect(b.session.takeInterfaceCounters()).toEqual([]);
    b.session = other;
    b.read(datagram(samples));
    expect(other.interfaces.size).toBe(2);
    other.release();
    const asking = limit.holder(() => {});
    expect([asking.take(), asking.take(), asking.take()]).toEqual([true, true, false]);
  });

  it('go on from a saved state, and begin anew from what is none', () => {
    const p = new Poll();
    p.read({ inOctets: [0, 100] });
    p.read({ inOctets: [0, 150] });
    p.bench.session = SflowSession.restore(JSON.parse(JSON.stringify(p.bench.session.save())));
    p.read({ inOctets: [0, 160] });
    expect(p.take()).toMatchObject([{ inOctets: 60, seconds: 40 }]);
    for (const value of [null, 7, { interfaces: [[1], 3], sources: [[1], 'x'], uptime: [null], lastMs: 'x' }]) {
      expect(SflowSession.restore(value).takeInterfaceCounters()).toEqual([]);
    }
  });

  it('a counter sample whose lengths contradict each other is not readable', () => {
    const b = new Bench();
    const over = [...words(1, 400), ...words(1, 2, 3)];
    expect(b.read(datagram([counterSample([over])]))).toMatchObject({ unreadable: 1, problem: 'bad_sample' });
    expect(b.read(datagram([structure(2, words(1))]))).toMatchObject({ unreadable: 1, problem: 'bad_sample' });
  });
});
