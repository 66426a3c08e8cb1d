import { describe, expect, it } from 'vitest';
import type { LiveQuery, LiveSecond } from '../../ingest/index.ts';
import { Policy } from '../policy/policy.ts';
import { parsePolicy } from '../policy/policy-file.ts';
import { type Entry, recordedMeter } from '../table/host-meter.testing.ts';
import { LiveView } from './live-view.ts';

const FIN = 0x11;
const SYN_ACK = 0x12;

function policyOf(rule: string): Policy {
  return new Policy(parsePolicy(`rules:\n  - ${rule}\n`, 'policy.yaml'), -1, new Uint8Array(32).fill(7));
}

/** A view over recorded sweeps, one each second from 10 s on. */
function watched(policy: Policy | null = null, leftOut: readonly number[] = []) {
  const recorded = recordedMeter('ebpf', leftOut);
  const { meter, backend } = recorded;
  const facts = { level: 'ebpf' as const, unmetered: 0, recordsSampled: 1, notes: [] };
  const view = new LiveView(meter, policy, () => facts);
  const told: (LiveSecond | null)[] = [];
  let second = 10;
  return {
    ...recorded,
    view,
    told,
    facts,
    sweep(entries: Entry[], atMs?: number): void {
      const nowMs = atMs ?? second++ * 1_000;
      backend.entries = entries.map((entry) => ({ lastMs: nowMs - 400, firstMs: nowMs - 500, ...entry }));
      meter.turn(nowMs, 1_000);
      view.swept(nowMs);
    },
    ask(by: LiveQuery['by'] = ['process'], top = 10, atMs = second * 1_000 - 500): void {
      view.ask({ by, top }, atMs, (answer) => told.push(answer));
    },
  };
}

/** A flow of UDP to another machine. */
const flow = (cookie: number, tx: [number, number], rx?: [number, number]): Entry => ({
  cookie,
  local: '192.0.2.1',
  remote: '198.51.100.7',
  localPort: 40_000 + cookie,
  remotePort: 443,
  protocol: 17,
  firstMs: 9_000,
  tx,
  ...(rx ? { rx } : {}),
});

describe('the live view of this host', () => {
  it('has what each process sent and received in the second, and not what it did before', () => {
    const { sweep, ask, told, backend } = watched();
    backend.own(1, 101, 'curl');
    backend.own(2, 102, 'ssh');
    ask();
    sweep([flow(1, [5_000, 5])]);
    sweep([flow(1, [6_500, 6], [400, 2]), flow(2, [100, 1])]);
    expect(told).toMatchObject([
      {
        from: 10_000,
        to: 11_000,
        total: { out_bytes: 1_600, out_packets: 2, in_bytes: 400, in_packets: 2, open: 2, opened: 1 },
        by: {
          process: {
            groups: [
              { group: { process: 'curl', pid: 101, user: 'alice' }, out_bytes: 1_500, in_bytes: 400, opened: 0 },
              { group: { process: 'ssh', pid: 102 }, out_bytes: 100, in_bytes: 0, opened: 1 },
            ],
            other: null,
          },
        },
      },
    ]);
    ask();
    sweep([flow(1, [6_500, 6], [400, 2]), flow(2, [100, 1])]);
    expect(told[1]!.total).toMatchObject({ out_bytes: 0, in_bytes: 0, open: 2, opened: 0 });
  });

  it('adds up all that no row is left for', () => {
    const { sweep, ask, told, backend } = watched();
    for (let i = 1; i <= 5; i++) backend.own(i, 100 + i, `p${i}`);
    ask(['process', 'remote'], 2);
    sweep([]);
    sweep(Array.from({ length: 5 }, (_, i) => flow(i + 1, [1_000 * (i + 1), 1])));
    const { groups, other } = told[0]!.by.process!;
    expect(groups.map(({ group }) => group.process)).toEqual(['p5', 'p4']);
    expect(other).toMatchObject({ groups: 3, out_bytes: 6_000, out_packets: 3, opened: 3 });
    expect(told[0]!.by.remote!.groups).toMatchObject([{ group: { remote: '198.51.100.7' }, out_bytes: 15_000 }]);
  });

  it('counts traffic between two sockets of this host once in the total, and shows both ends', () => {
    const { sweep, ask, told, backend } = watched();
    backend.own(1, 101, 'client');
    backend.own(2, 102, 'server');
    const client = { cookie: 1, local: '127.0.0.1', remote: '127.0.0.1', localPort: 50_000, remotePort: 80 };
    const server = { ...client, cookie: 2, localPort: 80, remotePort: 50_000 };
    const ends = (out: number, back: number): Entry[] => [
      { ...client, tx: [out, 1], rx: [back, 1], began: 1, txFlags: 2, rxFlags: SYN_ACK },
      { ...server, tx: [back, 1], rx: [out, 1], began: 2, txFlags: SYN_ACK, rxFlags: 0x10 },
    ];
    ask();
    sweep([]);
    sweep(ends(300, 7_000));
    const { total, quality, by } = told[0]!;
    expect(total).toMatchObject({ out_bytes: 7_300, in_bytes: 0, open: 1, opened: 1 });
    expect(quality.duplicates).toEqual({ bytes: 7_300, packets: 2 });
    expect(by.process!.groups).toMatchObject([
      { group: { process: 'client' }, out_bytes: 300, in_bytes: 7_000 },
      { group: { process: 'server' }, out_bytes: 7_000, in_bytes: 300 },
    ]);
  });

  it('tells which flows ended, and how', () => {
    const { sweep, ask, told, backend } = watched();
    backend.own(1, 101, 'curl');
    for (const cookie of [2, 3]) backend.own(cookie, 101, 'curl', true);
    const tcp = (cookie: number, more: Partial<Entry>): Entry => ({
      ...flow(cookie, [60, 1], [60, 1]),
      protocol: 6,
      began: 1,
      ...more,
    });
    ask(['user']);
    sweep([tcp(1, { txFlags: 0x12, rxFlags: SYN_ACK })], 10_000);
    sweep(
      [
        tcp(1, { tx: [120, 2], txFlags: 0x13, rxFlags: SYN_ACK | FIN }),
        // Begun and refused between two sweeps.
        tcp(2, { txFlags: 2, rxFlags: 0x14 }),
        tcp(3, { txFlags: 2, rx: [0, 0] }),
      ],
      11_000,
    );
    expect(told[0]!.total).toMatchObject({ open: 0, opened: 2 });
    expect(told[0]!.total.ended).toEqual({ established: 1, refused: 1, unanswered: 1 });
    expect(told[0]!.by.user!.groups[0]!.ended).toEqual({ established: 1, refused: 1, unanswered: 1 });
  });

  it('equals what is recorded, also where records are made in the middle of a second', () => {
    const { sweep, ask, told, backend, records, meter } = watched();
    backend.own(1, 101, 'curl');
    let bytes = 0;
    let asked = 1;
    ask();
    sweep([], 10_000);
    for (let step = 1; step <= 40; step++) {
      if (step === 30) backend.own(1, 101, 'curl', true);
      const atMs = 10_000 + step * 300;
      bytes += 1_000 * step;
      sweep([flow(1, [bytes, step])], atMs);
      if (told.length === asked) {
        ask(['process'], 10, atMs);
        asked += 1;
      }
    }
    meter.end(30_000);
    const live = told.reduce((sum, second) => sum + second!.total.out_bytes, 0);
    const last = told.at(-1)!.to;
    const recorded = records.reduce((sum, record) => sum + (record.raw_bytes as number), 0);
    const notYetTold = Array.from({ length: 40 }, (_, i) => i + 1)
      .filter((step) => 10_000 + step * 300 > last)
      .reduce((sum, step) => sum + 1_000 * step, 0);
    expect(recorded).toBe(bytes);
    expect(live + notYetTold).toBe(bytes);
  });

  it('leaves out what is Weir itself', () => {
    const { sweep, ask, told, backend } = watched(null, [101]);
    backend.own(1, 101, 'weir');
    ask();
    sweep([]);
    sweep([flow(1, [1_000, 1])]);
    expect(told[0]!.total).toMatchObject({ out_bytes: 0, open: 0, opened: 0 });
  });

  it('computes nothing before somebody asks, and stops when nobody does', () => {
    const { sweep, ask, view, meter, told } = watched();
    sweep([flow(1, [1_000, 1])]);
    expect(meter.table.growth).toBeNull();
    ask();
    sweep([flow(1, [2_000, 2])]);
    sweep([flow(1, [3_000, 3])]);
    expect(told).toHaveLength(1);
    expect(meter.table.growth).not.toBeNull();
    for (let i = 0; i < 7; i++) sweep([flow(1, [3_000, 3])]);
    expect(meter.table.growth).toBeNull();
    expect(view.isOn).toBe(false);
  });

  it('owes it likewise who asked in that time, and is heard only after the sweep', () => {
    const { sweep, ask, told } = watched();
    ask();
    sweep([flow(1, [1_000, 1])]);
    sweep([flow(1, [2_000, 2])]);
    sweep([flow(1, [9_000, 9])], 60_000);
    ask(['process'], 10, 60_001);
    sweep([flow(1, [9_500, 10])], 61_000);
    expect(told[1]).toMatchObject({ from: 11_000, to: 61_000, total: { out_bytes: 7_500 } });
  });

  it('owes who waits all of a time in which it could not look, however long', () => {
    const { sweep, ask, told } = watched();
    ask();
    sweep([flow(1, [1_000, 1])]);
    sweep([flow(1, [2_000, 2])]);
    ask();
    sweep([flow(1, [9_000, 9])], 60_000);
    expect(told[1]).toMatchObject({ from: 11_000, to: 60_000, total: { out_bytes: 7_000 } });
  });
});

describe('the live view and the privacy policy', () => {
  it('shows nothing of what is dropped, and says how much was removed', () => {
    const { sweep, ask, told, backend } = watched(policyOf('{match: process secret, actions: [drop]}'));
    backend.own(1, 101, 'secret');
    backend.own(2, 102, 'open');
    ask(['process', 'remote', 'user']);
    sweep([]);
    sweep([flow(1, [1_000, 1], [500, 1]), flow(2, [70, 1])]);
    expect(JSON.stringify(told)).not.toContain('secret');
    expect(told[0]!.total).toMatchObject({ out_bytes: 70, in_bytes: 0, open: 1, opened: 1 });
    expect(told[0]!.quality.removed).toEqual({ bytes: 1_500, packets: 2 });
  });

  it('shows addresses and names as records have them', () => {
    const { sweep, ask, told, backend } = watched(
      policyOf(
        '{match: "proto udp", actions: [{truncate: {addresses: remote, ipv4: 24}}, {pseudonymise: user}, {remove: process_detail}]}',
      ),
    );
    backend.own(1, 101, 'curl');
    ask(['process', 'remote', 'user', 'app']);
    sweep([]);
    sweep([flow(1, [1_000, 1], [500, 1])]);
    const { by } = told[0]!;
    expect(by.remote!.groups).toMatchObject([{ group: { remote: '198.51.100.0' }, out_bytes: 1_000, in_bytes: 500 }]);
    expect(by.app!.groups[0]!.group).toEqual({});
    expect(JSON.stringify(told)).not.toMatch(/curl|alice|101|198\.51\.100\.7/);
  });

  it('waits for the process of a flow that a rule may be about', () => {
    const { sweep, ask, told, backend } = watched(policyOf('{match: process secret, actions: [drop]}'));
    ask(['remote']);
    sweep([]);
    sweep([{ ...flow(1, [1_000, 1]), firstMs: 10_900 }]);
    expect(told[0]!.total).toMatchObject({ out_bytes: 0, open: 0, opened: 0 });
    backend.own(1, 101, 'secret');
    ask(['remote']);
    sweep([{ ...flow(1, [2_000, 2]), firstMs: 10_900 }]);
    expect(told[1]!.total).toMatchObject({ out_bytes: 0, open: 0 });
    expect(told[1]!.quality.removed).toEqual({ bytes: 2_000, packets: 2 });
    backend.own(2, 102, 'open');
    ask(['remote']);
    sweep([{ ...flow(1, [2_000, 2]), firstMs: 10_900 }, flow(2, [50, 1])]);
    expect(told[2]!.total).toMatchObject({ out_bytes: 50, open: 1, opened: 1 });
  });

  it('follows a rule that asks how much there was, from the second on in which it holds', () => {
    const policy = policyOf('{match: "bytes > 5000", actions: [drop]}');
    expect(policy.holds).toBe('moment');
    const { sweep, ask, told, backend } = watched(policy);
    backend.own(1, 101, 'curl');
    ask();
    sweep([]);
    sweep([flow(1, [1_000, 1])]);
    ask();
    sweep([flow(1, [9_000, 9])]);
    expect(told.map((second) => second!.total.out_bytes)).toEqual([1_000, 0]);
    expect(told[1]!.quality.removed.bytes).toBe(8_000);
  });

  it('knows how long what a policy says of a flow holds', () => {
    expect(policyOf('{match: "process curl and dst port 443", actions: [drop]}').holds).toBe('flow');
    expect(policyOf('{match: user bob, time: {hours: 08:00-18:00}, actions: [drop]}').holds).toBe('minute');
    expect(policyOf('{match: "outcome refused", actions: [drop]}').holds).toBe('moment');
  });
});
