import { describe, expect, it } from 'vitest';
import { assessLoss, type LedgerCounts, type LedgerEntry } from './index.ts';

const of = (exporter: string, counts: LedgerCounts, minute = 0, domain = 0): LedgerEntry => ({
  minute,
  exporter,
  domain,
  counts,
});
const none = { network: 0, kernel: 0, queue: 0, decode: 0, store: 0, exporter: 0 };

describe('assessLoss', () => {
  it('an empty ledger lost nothing and divides by nothing', () => {
    expect(assessLoss([])).toMatchObject({ records: 0, received: 0, share: 0, by: none, errors: {}, exporters: [] });
  });

  it('sequence gaps without drops of ours were lost in the network', () => {
    const loss = assessLoss([of('192.0.2.1', { datagrams: 100, records: 2900, lost: 100 })]);
    expect(loss).toMatchObject({ records: 100, received: 2900, by: { ...none, network: 100 } });
    expect(loss.share).toBeCloseTo(100 / 3000, 12);
  });

  it('the kernel’s drops explain gaps and are not added to them', () => {
    const loss = assessLoss([
      of('192.0.2.1', { datagrams: 100, records: 3000, lost: 312 }),
      of('', { kernel_drops: 10 }),
    ]);
    expect(loss).toMatchObject({ records: 312, by: { ...none, network: 12, kernel: 300 } });
    expect(loss.estimated).toContain('30.0 records per datagram');
  });

  it('the kernel’s drops stand where they exceed the gaps', () => {
    const loss = assessLoss([
      of('192.0.2.1', { datagrams: 100, records: 3000, lost: 30 }),
      of('', { kernel_drops: 10 }),
    ]);
    expect(loss).toMatchObject({ records: 300, by: { ...none, kernel: 300 } });
  });

  it('drops of our own queue are gaps too', () => {
    const loss = assessLoss([
      of('192.0.2.1', { datagrams: 10, records: 300, lost: 90 }),
      of('', { kernel_drops: 1, queue_drops: 1 }),
    ]);
    expect(loss).toMatchObject({ records: 90, by: { ...none, network: 30, kernel: 30, queue: 30 } });
  });

  it('drops before any datagram was decoded are not nothing', () => {
    expect(assessLoss([of('', { kernel_drops: 7 })])).toMatchObject({
      records: 7,
      share: 1,
      by: { ...none, kernel: 7 },
    });
  });

  it('unreadable and not stored records are added; what was not stored was not received', () => {
    const loss = assessLoss([
      of('192.0.2.1', { datagrams: 10, records: 290, unreadable: 10, store_drops: 40, error_truncated: 1 }),
    ]);
    expect(loss).toMatchObject({
      records: 50,
      received: 250,
      by: { ...none, decode: 10, store: 40 },
      errors: { truncated: 1 },
    });
    expect(loss.share).toBeCloseTo(50 / 300, 12);
  });

  it('what arrived late is taken back across minutes, but only from its own stream', () => {
    const loss = assessLoss([
      of('192.0.2.1', { datagrams: 1, records: 30, lost: 60 }, 0),
      of('192.0.2.1', { datagrams: 1, records: 30, recovered: 60 }, 60_000),
      of('192.0.2.2', { datagrams: 1, records: 30, recovered: 90 }),
      of('192.0.2.3', { datagrams: 1, records: 30, lost: 30 }),
    ]);
    expect(loss).toMatchObject({ records: 30, recovered: 150, by: { ...none, network: 30 } });
  });

  it('shows the ten that lost most, this node’s sockets not among them', () => {
    const entries = Array.from({ length: 15 }, (_, i) =>
      of(`192.0.2.${i}`, { datagrams: 1, records: 30, lost: i }, 0, i % 2),
    );
    const loss = assessLoss([...entries, of('', { kernel_drops: 1000 })]);
    expect(loss.exporters.map((e) => e.lost)).toEqual([14, 13, 12, 11, 10, 9, 8, 7, 6, 5]);
    expect(loss.exporters[0]).toEqual({ exporter: '192.0.2.14', domain: 0, lost: 14, received: 30, share: 14 / 44 });
  });
});
