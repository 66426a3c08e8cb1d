import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLAG } from '../backend/outcome.ts';
import { type Entry, recordedMeter } from './host-meter.testing.ts';

/** More than a socket sends or receives in all steps. */
const LARGE = 2 ** 28;

/** What may happen between two sweeps; `which` is one of a few sockets, whose addresses are the same for some. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('send' as const), which: fc.nat(9), bytes: fc.integer({ min: 1, max: 1e6 }) }),
  fc.record({ kind: fc.constant('receive' as const), which: fc.nat(9), bytes: fc.integer({ min: 1, max: 1e6 }) }),
  fc.record({ kind: fc.constant('release' as const), which: fc.nat(9) }),
  fc.record({ kind: fc.constant('flags' as const), which: fc.nat(9), flags: fc.nat(31) }),
  fc.record({ kind: fc.constant('forget' as const), which: fc.nat(9) }),
  fc.record({ kind: fc.constant('shuffle' as const), from: fc.nat(9) }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 200_000 }) }),
);

function entryOf(which: number): Entry {
  return {
    cookie: which % 5,
    local: which % 2 === 0 ? '127.0.0.1' : '::1',
    remote: which % 2 === 0 ? '127.0.0.1' : '::1',
    localPort: which % 3 === 0 ? 80 : 40_000 + (which % 4),
    remotePort: which % 3 === 0 ? 40_000 + (which % 4) : 80,
    protocol: which % 7 === 0 ? 17 : 6,
    tx: [0, 0],
    rx: [0, 0],
    txFlags: 0,
    rxFlags: 0,
  };
}

/** The same socket, addresses and ports are one entry of the kernel. */
const keyOf = (e: Entry) => `${e.cookie} ${e.local} ${e.localPort} ${e.remotePort} ${e.protocol}`;

describe('records of this host', () => {
  it('hold every byte and packet that sweeps told, once, whatever sockets do and in whatever order the kernel tells it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { meter, backend, records } = recordedMeter();
        const live = new Map<string, Entry>();
        const truth = { tx: 0, rx: 0, packets: 0 };
        let nowMs = 1_000_000;
        let large = LARGE * 2 ** 20;
        const find = (which: number): Entry => {
          const fresh = entryOf(which);
          const entry = live.get(keyOf(fresh)) ?? { ...fresh, firstMs: nowMs };
          live.set(keyOf(fresh), entry);
          return entry;
        };
        const look = () => {
          backend.entries = [...live.values()].filter((e) => e.tx![1] + e.rx![1] > 0);
          meter.turn(nowMs, 1_000);
        };
        for (const one of steps) {
          if (one.kind === 'pass') {
            nowMs += one.ms;
            look();
          } else if (one.kind === 'shuffle') {
            const all = [...live];
            live.clear();
            for (const [key, entry] of [...all.slice(one.from), ...all.slice(0, one.from)]) live.set(key, entry);
          } else if (one.kind === 'release') backend.own(one.which % 5, 100 + one.which, 'x', true);
          else if (one.kind === 'forget') {
            // One that began anew is known by its counters, which are less: it was a large one, and larger than those that follow.
            large /= 2;
            if (large < LARGE) continue;
            const entry = find(one.which);
            for (const way of ['tx', 'rx'] as const) {
              entry[way]![0] += large;
              entry[way]![1] += large;
              truth[way] += large;
              truth.packets += large;
            }
            entry.lastMs = nowMs;
            look();
            live.delete(keyOf(entry));
          } else {
            const entry = find(one.which);
            if (one.kind === 'flags') {
              entry.txFlags! |= one.flags & FLAG.syn ? FLAG.syn | FLAG.ack : one.flags;
              entry.rxFlags! |= one.flags;
              continue;
            }
            const way = one.kind === 'send' ? entry.tx! : entry.rx!;
            way[0] += one.bytes;
            way[1] += 1;
            entry.lastMs = nowMs;
            truth[one.kind === 'send' ? 'tx' : 'rx'] += one.bytes;
            truth.packets += 1;
          }
        }
        look();
        meter.end(nowMs);
        const sum = (direction: string, column: string) =>
          records.filter((r) => r.flow_direction === direction).reduce((n, r) => n + (r[column] as number), 0);
        expect(sum('egress', 'raw_bytes')).toBe(truth.tx);
        expect(sum('ingress', 'raw_bytes')).toBe(truth.rx);
        expect(sum('egress', 'raw_packets') + sum('ingress', 'raw_packets')).toBe(truth.packets);
        for (const r of records) expect(r.start as number).toBeLessThanOrEqual(r.end as number);
        // Nothing stays that the kernel has no more.
        live.clear();
        for (let i = 0; i < 4; i++) {
          nowMs += 100_000;
          look();
        }
        expect(meter.counts).toMatchObject({ open: 0, entries: 0 });
      }),
      { numRuns: 300 },
    );
  });
});
