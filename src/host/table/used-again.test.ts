import { describe, expect, it } from 'vitest';
import { FLAG } from '../backend/outcome.ts';
import { type Entry, recordedMeter } from './host-meter.testing.ts';

const { syn, ack, psh, fin } = FLAG;
const LISTENER = 3;
const ALL = syn | ack | psh | fin;

const client = { local: '10.67.0.1', remote: '10.67.0.2', localPort: 40_000, remotePort: 80 };
const server = { local: '10.67.0.2', remote: '10.67.0.1', localPort: 80, remotePort: 40_000 };

/** Entries of the `nth` connection with these addresses and ports; the kernel counts the handshakes of all of them in one. */
function connection(nth: number, firstMs: number): [handshake: Entry, client: Entry, accepted: Entry] {
  const times = { firstMs, lastMs: firstMs + 10 };
  return [
    {
      ...server,
      ...times,
      cookie: LISTENER,
      handshake: true,
      tx: [60 * nth, nth],
      rx: [112 * nth, 2 * nth],
      txFlags: syn | ack,
      rxFlags: syn | ack,
      began: 2,
    },
    { ...client, ...times, cookie: 10 + nth, tx: [500, 6], rx: [900, 5], txFlags: ALL, rxFlags: ALL, began: 1 },
    {
      ...server,
      ...times,
      cookie: 20 + nth,
      tx: [840, 4],
      rx: [388, 4],
      txFlags: ALL & ~syn,
      rxFlags: ALL & ~syn,
      began: 2,
    },
  ];
}

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

const brief = (r: Record<string, unknown>) =>
  `${r.pid} ${r.src_port}>${r.dst_port} ${r.raw_packets}/${r.raw_bytes} ${r.duplicate} ${r.outcome} ${r.continued} ${r.start}`;

describe('a port that is used again', () => {
  const cases = ORDERS.flatMap((first) =>
    ORDERS.flatMap((second) => [2_000, 7_500, 9_000].map((againMs) => ({ first, second, againMs }))),
  );
  it.each(cases)(
    'has a flow for each connection: $first, then $second after $againMs ms',
    ({ first, second, againMs }) => {
      const { meter, backend, records } = recordedMeter();
      for (const nth of [1, 2]) {
        backend.own(10 + nth, 100 + nth, 'curl', true);
        backend.own(20 + nth, 200 + nth, 'nginx', true);
      }
      backend.own(LISTENER, 30, 'nginx');
      const one = connection(1, 1_000);
      backend.entries = first.map((i) => one[i]!);
      for (let nowMs = 1_400; nowMs < 1_000 + againMs; nowMs += 1_000) meter.turn(nowMs, 1_000);
      expect(records).toHaveLength(4);
      const firstMs = 1_000 + againMs;
      const two = connection(2, firstMs);
      backend.entries = [...second.map((i) => two[i]!), ...(againMs < 5_000 ? [one[1], one[2]] : [])];
      for (let nowMs = firstMs + 400; nowMs < firstMs + 20_000; nowMs += 1_000) {
        meter.turn(nowMs, 1_000);
        if (nowMs > firstMs + 10_000) backend.entries = [];
      }
      expect(records.slice(4).map(brief).sort()).toEqual([
        `102 40000>80 6/500 no established no ${firstMs}`,
        `102 80>40000 5/900 yes established no ${firstMs}`,
        `202 40000>80 6/500 yes established no ${firstMs}`,
        `202 80>40000 5/900 no established no ${firstMs}`,
      ]);
      expect(meter.counts).toMatchObject({ open: 0, entries: 0 });
    },
  );
});
