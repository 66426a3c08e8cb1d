import { describe, expect, it } from 'vitest';
import { FLAG } from '../backend/outcome.ts';
import { type Entry, recordedMeter } from './host-meter.testing.ts';

const { syn, ack, fin, rst } = FLAG;
const ASKER = 7;
const SERVER = 3;

const here = { local: '10.66.0.1', remote: '10.66.0.2', localPort: 40_000, remotePort: 7_003 };
const there = { local: '10.66.0.2', remote: '10.66.0.1', localPort: 7_003, remotePort: 40_000 };

/** A datagram, and its answer, between two processes of this host; the socket of the server stays open. */
function played(asker: Partial<Entry>, server: Partial<Entry>, leftOut: readonly number[] = []) {
  const run = recordedMeter('ebpf', leftOut);
  run.backend.own(ASKER, 70, 'dig', true);
  run.backend.own(SERVER, 30, 'named');
  const entries: Entry[] = [
    { protocol: 17, ...here, cookie: ASKER, began: 1, ...asker },
    { protocol: 17, ...there, cookie: SERVER, began: 2, ...server },
  ];
  run.backend.entries = entries;
  return { ...run, entries };
}

const brief = (r: Record<string, unknown>) =>
  `${r.process} ${r.src_port}>${r.dst_port} ${r.raw_packets}/${r.raw_bytes} ${r.duplicate} ${r.outcome} ${r.continued}`;

const SENT_AND_ANSWERED = [
  'dig 40000>7003 1/60 no established no',
  'dig 7003>40000 1/200 yes established no',
  'named 40000>7003 1/60 yes established no',
  'named 7003>40000 1/200 no established no',
];

describe('records of the two ends of a flow within this host', () => {
  it('are made at once, though one socket stays open: what was received counts where it was sent', () => {
    const { meter, records } = played({ tx: [60, 1], rx: [200, 1] }, { tx: [200, 1], rx: [60, 1] });
    meter.turn(2_000, 1_000);
    expect(records.map(brief).sort()).toEqual(SENT_AND_ANSWERED);
  });

  it('are continued by what the end that stays open sends later', () => {
    const { meter, backend, records, entries } = played({ tx: [60, 1] }, { rx: [60, 1] });
    meter.turn(2_000, 1_000);
    expect(records.map(brief).sort()).toEqual([
      'dig 40000>7003 1/60 no unanswered no',
      'named 40000>7003 1/60 yes unanswered no',
    ]);
    backend.entries = [entries[0]!, { ...entries[1]!, tx: [200, 1], lastMs: 3_000 }];
    meter.turn(3_100, 1_000);
    meter.turn(95_000, 1_000);
    expect(records.slice(2).map(brief)).toEqual(['named 7003>40000 1/200 no established yes']);
  });

  it('are cut together when one of them has lasted an export period', () => {
    const { meter, backend, records, entries } = played({ tx: [60, 1] }, { rx: [60, 1] });
    backend.own(ASKER, 70, 'dig');
    for (let nowMs = 2_000; nowMs < 320_000; nowMs += 30_000) {
      const packets = nowMs / 1_000;
      const [asker, server] = entries as [Entry, Entry];
      // The server is slow to begin: its own period ends later.
      backend.entries = [
        { ...asker, tx: [60, packets], rx: [nowMs < 40_000 ? 0 : 200, nowMs < 40_000 ? 0 : packets], lastMs: nowMs },
        {
          ...server,
          firstMs: 1_900,
          rx: [60, packets],
          tx: [nowMs < 40_000 ? 0 : 200, nowMs < 40_000 ? 0 : packets],
          lastMs: nowMs,
        },
      ];
      meter.turn(nowMs, 1_000);
    }
    expect(records).toHaveLength(4);
    const packetsOf = (port: number, duplicate: string) =>
      records.filter((r) => r.src_port === port && r.duplicate === duplicate).map((r) => r.raw_packets);
    expect(packetsOf(7_003, 'no')).toEqual(packetsOf(7_003, 'yes'));
    expect(packetsOf(40_000, 'no')).toEqual(packetsOf(40_000, 'yes'));
  });

  it('count at the receiver where the sender is left out, or is in the table no more', () => {
    const left = played({ tx: [60, 1], rx: [200, 1] }, { tx: [200, 1], rx: [60, 1] }, [30]);
    left.meter.turn(2_000, 1_000);
    expect(left.records.map(brief).sort()).toEqual([
      'dig 40000>7003 1/60 no established no',
      'dig 7003>40000 1/200 no established no',
    ]);

    const { meter, backend, records, entries } = played({ tx: [60, 1] }, { rx: [60, 1] });
    backend.own(ASKER, 70, 'dig');
    const [asker, server] = entries as [Entry, Entry];
    meter.turn(2_000, 1_000);
    const goesOn = (nowMs: number, rx: [number, number]) => {
      backend.entries = [{ ...asker, tx: [60, nowMs], rx, lastMs: nowMs }];
      if (nowMs < 10_000) backend.entries.push(server);
      meter.turn(nowMs, 1_000);
    };
    for (let nowMs = 5_000; nowMs < 110_000; nowMs += 5_000) goesOn(nowMs, [0, 0]);
    const before = records.length;
    goesOn(112_000, [200, 1]);
    meter.end(113_000);
    expect(records.slice(before).map(brief)).toContain('dig 7003>40000 1/200 no established yes');
  });
});

describe('how a flow within this host fared', () => {
  it('is the same at both ends: an answer counts also where it came when its asker was gone', () => {
    const { meter, records } = played({ tx: [60, 1] }, { tx: [200, 1], rx: [60, 1] });
    meter.turn(2_000, 1_000);
    expect(records.map(brief).sort()).toEqual([
      'dig 40000>7003 1/60 no established no',
      'named 40000>7003 1/60 yes established no',
      'named 7003>40000 1/200 no established no',
    ]);
  });

  it('is refused where the kernel answered a SYN that a program made itself, past the kernel', () => {
    const { meter, records } = played(
      { protocol: 6, tx: [44, 1], txFlags: syn },
      { protocol: 6, cookie: 0, tx: [40, 1], txFlags: rst | ack, began: 0 },
    );
    meter.turn(2_000, 1_000);
    expect(records.map((r) => r.outcome)).toEqual(['refused', 'refused']);
  });

  it('has nothing of an earlier flow with the same addresses and ports', () => {
    const all = syn | ack | fin;
    const { meter, backend, records, entries } = played(
      { protocol: 6, tx: [100, 2], rx: [90, 2], txFlags: all, rxFlags: all },
      { protocol: 6, tx: [90, 2], rx: [100, 2], txFlags: all, rxFlags: all },
    );
    meter.turn(2_000, 1_000);
    meter.turn(3_000, 1_000);
    records.length = 0;
    const again = { protocol: 6, ...here, cookie: 9, tx: [60, 1] as [number, number], txFlags: syn, firstMs: 3_900 };
    backend.own(9, 71, 'dig', true);
    backend.entries = [...entries, { ...again, began: 1 }];
    meter.turn(4_300, 1_000);
    expect(records.map(brief)).toEqual(['dig 40000>7003 1/60 no unanswered no']);
  });
});
