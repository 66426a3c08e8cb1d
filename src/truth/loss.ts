import { DECODE_ERRORS, type DecodeError } from '../wire/index.ts';
import { addCounts, errorCounter, type LedgerCounts, type LedgerEntry } from './ledger.ts';

interface ExporterLoss {
  readonly exporter: string;
  readonly domain: number;
  readonly lost: number;
  readonly received: number;
  readonly share: number;
}

/** Records that are missing from an answer, and where they went. */
export interface LossQuality {
  /** Estimated records lost, by all causes. */
  readonly records: number;
  /** Records that were kept. */
  readonly received: number;
  /** lost / (lost + received); 0 when there was nothing. */
  readonly share: number;
  readonly by: {
    readonly network: number;
    readonly kernel: number;
    readonly queue: number;
    readonly decode: number;
    readonly store: number;
    /** Records that the exporter itself says it did not send, or dropped before it could. */
    readonly exporter: number;
  };
  /** Packets that meters say they did not see. They are in no count of records: nobody knows whether they were more of the same flows or others. */
  readonly unmetered_packets: number;
  readonly recovered: number;
  readonly duplicated: number;
  readonly restarts: number;
  /** Datagrams by decode error; causes that did not occur are absent. */
  readonly errors: Partial<Record<DecodeError, number>>;
  /** Those that lost most first, at most ten; what the node's own sockets dropped belongs to none of them. */
  readonly exporters: readonly ExporterLoss[];
  /** How the numbers were come by. */
  readonly estimated: string;
}

const SHOWN_EXPORTERS = 10;

/**
 * Adds up a ledger into one account of loss.
 *
 * A datagram that the kernel or our own queue dropped leaves a gap in its exporter's sequence too, so the two must not be
 * added. What we dropped ourselves is known in datagrams: as records it is that times the mean records per datagram. It
 * explains as much of the sequence gaps as it can; the rest was lost on the way here. It may also exceed the gaps: streams
 * without sequence numbers, the last datagrams before a silence, restarts. Then the larger figure stands. So: kernel and queue
 * are always what we dropped, network is max(0, gaps - kernel - queue).
 *
 * Unreadable and not stored records were announced to the sequence tracker, so they are in no gap and are added.
 */
export function assessLoss(entries: readonly LedgerEntry[]): LossQuality {
  const total: LedgerCounts = {};
  const streams = new Map<string, { exporter: string; domain: number; counts: LedgerCounts }>();
  for (const { exporter, domain, counts } of entries) {
    addCounts(total, counts);
    const key = `${domain} ${exporter}`;
    const stream = streams.get(key) ?? { exporter, domain, counts: {} };
    addCounts(stream.counts, counts);
    streams.set(key, stream);
  }
  // Per stream, since one that got back more than this span lost (the loss was before it) must not hide another's loss.
  const gaps = [...streams.values()].reduce((sum, s) => sum + gapsOf(s.counts), 0);
  const perDatagram = total.datagrams ? (total.records ?? 0) / total.datagrams : 0;
  const kernel = asRecords(total.kernel_drops ?? 0, perDatagram);
  const queue = asRecords(total.queue_drops ?? 0, perDatagram);
  const by = {
    network: Math.max(0, gaps - kernel - queue),
    kernel,
    queue,
    decode: total.unreadable ?? 0,
    store: total.store_drops ?? 0,
    exporter: total.exporter_drops ?? 0,
  };
  const records = by.network + by.kernel + by.queue + by.decode + by.store + by.exporter;
  const received = keptOf(total);
  return {
    records,
    received,
    share: shareOf(records, received),
    by,
    unmetered_packets: total.unmetered_packets ?? 0,
    recovered: total.recovered ?? 0,
    duplicated: total.duplicated ?? 0,
    restarts: total.restarts ?? 0,
    errors: errorsOf(total),
    exporters: worst([...streams.values()]),
    estimated: explain(kernel + queue, perDatagram),
  };
}

function gapsOf(counts: LedgerCounts): number {
  return Math.max(0, (counts.lost ?? 0) - (counts.recovered ?? 0));
}

function keptOf(counts: LedgerCounts): number {
  return Math.max(0, (counts.records ?? 0) - (counts.store_drops ?? 0));
}

/** A dropped datagram held at least one record: without any datagram to learn from, it counts as one. */
function asRecords(datagrams: number, perDatagram: number): number {
  return Math.round(datagrams * Math.max(1, perDatagram));
}

function shareOf(lost: number, received: number): number {
  return lost === 0 ? 0 : lost / (lost + received);
}

function errorsOf(total: LedgerCounts): Partial<Record<DecodeError, number>> {
  return Object.fromEntries(
    DECODE_ERRORS.flatMap((cause) => {
      const n = total[errorCounter(cause)];
      return n ? [[cause, n]] : [];
    }),
  );
}

function worst(streams: readonly { exporter: string; domain: number; counts: LedgerCounts }[]): ExporterLoss[] {
  return streams
    .filter((s) => s.exporter !== '')
    .map(({ exporter, domain, counts }) => {
      const lost = gapsOf(counts) + (counts.unreadable ?? 0) + (counts.store_drops ?? 0) + (counts.exporter_drops ?? 0);
      const received = keptOf(counts);
      return { exporter, domain, lost, received, share: shareOf(lost, received) };
    })
    .sort((a, b) => b.lost - a.lost || b.received - a.received)
    .slice(0, SHOWN_EXPORTERS);
}

function explain(dropped: number, perDatagram: number): string {
  const gaps = 'network: gaps in the sequence numbers, less what arrived late';
  if (dropped === 0) return `${gaps}; nothing was dropped by this node before decoding`;
  const mean = Math.max(1, perDatagram).toFixed(1);
  return `${gaps} and less kernel and queue, which are datagrams dropped here times ${mean} records per datagram`;
}
