import { describe, expect, it } from 'vitest';
import { FLAG } from '../backend/outcome.ts';
import { type Entry, recordedMeter } from './host-meter.testing.ts';

const { syn, ack, fin, rst, psh } = FLAG;
const CLIENT = 7;
const LISTENER = 3;
const ACCEPTED = 8;

/** A connection over loopback as the kernel's tables show it. */
function connection(closed = true): Entry[] {
  const end = closed ? fin : 0;
  const client = { local: '127.0.0.1', remote: '127.0.0.1', localPort: 40_000, remotePort: 80 };
  const server = { local: '127.0.0.1', remote: '127.0.0.1', localPort: 80, remotePort: 40_000 };
  return [
    { ...server, cookie: LISTENER, rx: [112, 2], rxFlags: syn | ack, began: 2 },
    {
      ...client,
      cookie: CLIENT,
      tx: [500, 6],
      rx: [900, 5],
      txFlags: syn | ack | psh | end,
      rxFlags: syn | ack | psh | end,
      began: 1,
      setupUs: 120,
    },
    {
      ...server,
      cookie: ACCEPTED,
      tx: [900, 5],
      rx: [388, 4],
      txFlags: syn | ack | psh | end,
      rxFlags: ack | psh | end,
      began: 1,
      setupUs: 90,
    },
  ];
}

function run(entries: Entry[], leftOut: readonly number[] = []) {
  const played = recordedMeter('ebpf', leftOut);
  played.backend.own(CLIENT, 70, 'curl', true);
  played.backend.own(ACCEPTED, 30, 'nginx', true);
  played.backend.own(LISTENER, 30, 'nginx');
  played.backend.entries = entries;
  played.meter.turn(2_000, 1_000);
  return played;
}

const sides = (r: Record<string, unknown>) => `${r.process} ${r.src_port}>${r.dst_port} ${r.client_side}`;
const brief = (r: Record<string, unknown>) =>
  `${r.process} ${r.src_port}>${r.dst_port} ${r.raw_packets}/${r.raw_bytes} ${r.duplicate} ${r.outcome}`;

describe('a connection between two processes of this host', () => {
  it('says in each record who began it', () => {
    const { records } = run(connection());
    expect(records.map(sides).sort()).toEqual([
      'curl 40000>80 source',
      'curl 80>40000 destination',
      'nginx 40000>80 source',
      'nginx 80>40000 destination',
    ]);
  });

  it('says so by ports that are listened to alone, where no packets are seen', () => {
    const played = recordedMeter('sock_diag');
    played.backend.entries = connection().slice(1);
    played.meter.turn(2_000, 1_000);
    expect(played.records.map(({ src_port, client_side }) => [src_port, client_side]).sort()).toEqual([
      [40_000, undefined],
      [40_000, 'source'],
      [80, undefined],
      [80, 'destination'],
    ]);
  });

  it("has a record of each direction at each process, and the sender's is the one that is counted", () => {
    const { records } = run(connection());
    expect(records.map(brief).sort()).toEqual([
      'curl 40000>80 6/500 no established',
      'curl 80>40000 5/900 yes established',
      'nginx 40000>80 6/500 yes established',
      'nginx 80>40000 5/900 no established',
    ]);
  });

  it("is the same whatever order the kernel's table has", () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const all = connection();
      const { records } = run(order.map((i) => all[i]!));
      expect(records.map(brief)).toContain('nginx 40000>80 6/500 yes established');
      expect(records).toHaveLength(4);
    }
  });

  it('says the time of the handshake where the connection was made, not where it was accepted', () => {
    const { records } = run(connection());
    const setups = records.map((r) => `${r.process} ${r.setup}`);
    expect(new Set(setups)).toEqual(new Set(['curl 120', 'nginx undefined']));
  });

  it('is counted at the process that received it where what the other one sends is left out', () => {
    const { records, meter } = run(connection(), [30]);
    expect(records.map(brief).sort()).toEqual([
      'curl 40000>80 6/500 no established',
      'curl 80>40000 5/900 no established',
    ]);
    expect(meter.counts.leftOutPackets).toBe(11);
  });

  it('belongs to who listens while nobody knows who accepted it', () => {
    const played = recordedMeter();
    played.backend.own(LISTENER, 30, 'nginx');
    played.backend.entries = connection();
    played.meter.turn(2_000, 1_000);
    const accepted = played.records.filter((r) => r.src_port === 80 && r.duplicate === 'no');
    expect(accepted).toMatchObject([{ process: 'nginx', owner_source: 'listener', pid: 30 }]);
  });

  it('is forgotten by its entries: the socket that listens goes on', () => {
    const { meter, backend } = run(connection());
    meter.turn(8_000, 1_000);
    meter.turn(9_000, 1_000);
    expect(backend.retired.sort()).toEqual([CLIENT, ACCEPTED]);
    expect(backend.retiredEntries).toContain('3 80 40000');
    backend.entries = [];
    meter.turn(10_000, 1_000);
    meter.turn(11_000, 1_000);
    expect(meter.counts.entries).toBe(0);
  });
});

describe('when a flow is over', () => {
  const flow = {
    cookie: CLIENT,
    local: '192.0.2.1',
    remote: '198.51.100.7',
    localPort: 40_000,
    remotePort: 443,
    began: 1,
  } as const;
  const open = { ...flow, txFlags: syn | ack, rxFlags: syn | ack };

  it('waits for silence after its socket was closed, and asks to look again soon', () => {
    const { meter, backend, records } = recordedMeter();
    backend.own(CLIENT, 70, 'curl', true);
    backend.entries = [{ ...open, tx: [100, 2], rx: [60, 1], lastMs: 1_900 }];
    expect(meter.turn(2_000, 1_000)).toBe(200);
    expect(records).toHaveLength(0);
    meter.turn(2_200, 1_000);
    expect(records).toHaveLength(2);
  });

  it('is cut each export period, and what follows continues it without a SYN', () => {
    const { meter, backend, records } = recordedMeter();
    backend.own(CLIENT, 70, 'curl');
    backend.entries = [{ ...open, tx: [100, 2], lastMs: 2_000 }];
    meter.turn(2_000, 1_000);
    backend.entries = [{ ...open, tx: [1_000, 5], lastMs: 300_900, retransmits: 3 }];
    meter.turn(301_000, 1_000);
    backend.entries = [{ ...open, tx: [1_400, 6], lastMs: 310_000, retransmits: 4, responseUs: 800 }];
    meter.turn(310_000, 1_000);
    meter.end(311_000);
    expect(records).toMatchObject([
      {
        raw_bytes: 1_000,
        raw_packets: 5,
        start: 1_000,
        end: 300_900,
        continued: 'no',
        end_reason: 'active',
        retransmits: 3,
        response: undefined,
      },
      {
        raw_bytes: 400,
        raw_packets: 1,
        continued: 'yes',
        end_reason: 'forced',
        tcp_flags: ack,
        retransmits: 1,
        response: 800,
      },
    ]);
  });

  it('ends without traffic for 90 s, and begins anew when the socket is used again', () => {
    const { meter, backend, records } = recordedMeter();
    const udp = { ...flow, protocol: 17 };
    backend.own(CLIENT, 70, 'dig');
    backend.entries = [{ ...udp, tx: [60, 1], rx: [200, 1] }];
    meter.turn(2_000, 1_000);
    meter.turn(92_000, 1_000);
    expect(records).toMatchObject([
      { end_reason: 'idle', raw_packets: 1 },
      { end_reason: 'idle', raw_packets: 1 },
    ]);
    expect(meter.counts.open).toBe(0);
    backend.entries = [{ ...udp, tx: [120, 2], rx: [200, 1], lastMs: 95_000 }];
    meter.turn(95_500, 1_000);
    expect(meter.counts.open).toBe(1);
    meter.end(96_000);
    expect(records[2]).toMatchObject({ raw_packets: 1, raw_bytes: 60, continued: 'no', start: 92_000 });
  });

  it('counts from the beginning again where the kernel forgot an entry and made it anew', () => {
    const { meter, backend, records } = recordedMeter();
    backend.own(CLIENT, 70, 'curl');
    backend.entries = [{ ...open, tx: [1_000, 10] }];
    meter.turn(2_000, 1_000);
    backend.entries = [{ ...open, tx: [300, 3], lastMs: 2_500 }];
    meter.turn(3_000, 1_000);
    meter.end(3_500);
    expect(records).toMatchObject([{ raw_bytes: 1_300, raw_packets: 13 }]);
  });

  it('gives what the kernel sends after the end to the process of the connection', () => {
    const { meter, backend, records } = recordedMeter();
    backend.own(CLIENT, 70, 'curl', true);
    const over: Entry = { ...flow, tx: [100, 2], txFlags: syn | ack | fin, rxFlags: syn | ack | fin, rx: [90, 2] };
    backend.entries = [over];
    meter.turn(2_000, 1_000);
    const { cookie: _, ...tuple } = flow;
    backend.entries = [over, { ...tuple, cookie: 0, tx: [52, 1], txFlags: ack, lastMs: 2_500 }];
    meter.turn(3_000, 1_000);
    meter.turn(8_000, 1_000);
    expect(records[2]).toMatchObject({ process: 'curl', raw_packets: 1, raw_bytes: 52, continued: 'yes' });
  });

  it('is over when a backend of a lesser level has its socket no more', () => {
    const { meter, backend, records } = recordedMeter('sock_diag');
    backend.own(CLIENT, 70, 'curl');
    backend.entries = [{ ...open, tx: [100, 2] }];
    meter.turn(2_000, 1_000);
    expect(records).toHaveLength(0);
    backend.entries = [];
    meter.turn(3_000, 1_000);
    expect(records).toMatchObject([{ raw_bytes: 100, end_reason: 'end' }]);
  });
});

describe('how a flow fared', () => {
  const flow = {
    cookie: CLIENT,
    local: '192.0.2.1',
    remote: '198.51.100.7',
    localPort: 40_000,
    remotePort: 443,
    began: 1,
  } as const;
  const cases: [string, Partial<Entry>, string][] = [
    ['a reset answers its SYN', { tx: [60, 1], rx: [40, 1], txFlags: syn, rxFlags: rst | ack }, 'refused'],
    ['nothing answers its SYN', { tx: [180, 3], txFlags: syn }, 'unanswered'],
    [
      'both sides finish',
      { tx: [500, 6], rx: [900, 5], txFlags: syn | ack | fin, rxFlags: syn | ack | fin },
      'established',
    ],
    [
      'a reset comes in its midst',
      { tx: [500, 6], rx: [900, 5], txFlags: syn | ack, rxFlags: syn | ack | rst },
      'reset',
    ],
    [
      'a reset comes after both have finished',
      { tx: [500, 6], rx: [90, 5], txFlags: syn | ack | fin | rst, rxFlags: syn | ack | fin },
      'established',
    ],
    [
      'an accepted one is answered',
      { began: 2, tx: [60, 1], rx: [120, 2], txFlags: syn | ack, rxFlags: syn | ack },
      'established',
    ],
    [
      'an accepted one is never acknowledged',
      { began: 2, tx: [60, 1], rx: [60, 1], txFlags: syn | ack, rxFlags: syn },
      'unanswered',
    ],
    ['a question over UDP is answered', { protocol: 17, tx: [60, 1], rx: [60, 1] }, 'established'],
    ['one is not', { protocol: 17, tx: [60, 1] }, 'unanswered'],
    ['one to a group is not', { protocol: 17, remote: '224.0.0.251', tx: [60, 1] }, 'unknown'],
    ['the kernel refuses a port that nobody has', { cookie: 0, tx: [40, 1], txFlags: rst | ack }, 'refused'],
  ];
  it.each(cases)('%s', (_, entry, outcome) => {
    const { meter, backend, records } = recordedMeter();
    backend.own(CLIENT, 70, 'curl', true);
    backend.entries = [{ ...flow, ...entry }];
    meter.turn(91_000, 1_000);
    expect(records.length).toBeGreaterThan(0);
    for (const record of records) expect(record.outcome).toBe(outcome);
  });
});

describe('a clock that is set back', () => {
  it('keeps no flow open', () => {
    const { meter, backend, records } = recordedMeter();
    backend.own(CLIENT, 70, 'curl', true);
    backend.entries = [
      { cookie: CLIENT, local: '::1', remote: '::1', localPort: 1, remotePort: 2, tx: [100, 2], firstMs: 9_999_900 },
    ];
    meter.turn(10_000_000, 1_000);
    meter.turn(5_000_000, 1_000);
    expect(records).toHaveLength(0);
    meter.turn(5_000_400, 1_000);
    expect(records).toMatchObject([{ raw_packets: 2, end: 5_000_000 }]);
  });
});

describe('what the table does not have', () => {
  it('is told as packets that were not metered', () => {
    const { meter, backend } = recordedMeter();
    backend.entries = [{ cookie: 1, local: '::1', remote: '::1', localPort: 1, remotePort: 2, tx: [100, 2] }];
    backend.counted = { txBytes: 500, txPackets: 9, rxBytes: 0, rxPackets: 3 };
    meter.turn(2_000, 1_000);
    expect(meter.counts).toMatchObject({ packets: 2, unmeteredPackets: 10 });
  });

  it('is no more than its room, and what found none is not lost twice', () => {
    const { meter, backend } = recordedMeter('ebpf', [], 64);
    backend.entries = Array.from(
      { length: 100 },
      (_, i) => ({ cookie: i + 1, local: '::1', remote: '::2', localPort: i, remotePort: 2, tx: [100, 1] }) as Entry,
    );
    backend.counted = { txBytes: 10_000, txPackets: 100, rxBytes: 0, rxPackets: 0 };
    meter.turn(2_000, 1_000);
    meter.turn(3_000, 1_000);
    expect(meter.counts).toMatchObject({ entries: 64, packets: 64, unmeteredPackets: 36 });
  });
});

describe('a round-trip time', () => {
  it('is known to the record also where it came after the last packet', () => {
    const { meter, backend, records } = recordedMeter();
    backend.own(CLIENT, 70, 'curl', true);
    const entry: Entry = {
      cookie: CLIENT,
      local: '::1',
      remote: '::1',
      localPort: 1,
      remotePort: 2,
      tx: [100, 2],
      lastMs: 1_900,
    };
    backend.entries = [entry];
    meter.turn(2_000, 1_000);
    backend.entries = [{ ...entry, rttUs: 250, retransmits: 2 }];
    meter.turn(2_300, 1_000);
    expect(records).toMatchObject([{ rtt: 250, retransmits: 2 }]);
  });
});
