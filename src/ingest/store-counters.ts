import { CounterSheet } from '../base/index.ts';
import type { StoreStatus } from '../store/index.ts';

/** Levels of history, by the names of `StoreLevel`. */
const LEVELS = ['1m', '5m', '1h', '1d'] as const;

/** What the store thread tells of itself. */
export function storeCounters() {
  return new CounterSheet([
    { key: 'segments', name: 'weir_store_segments', help: 'Segments on disk', kind: 'gauge' },
    { key: 'rows', name: 'weir_store_rows', help: 'Rows in segments', kind: 'gauge' },
    { key: 'bytes', name: 'weir_store_bytes', help: 'Bytes of segments', kind: 'gauge' },
    {
      key: 'memory_rows',
      name: 'weir_store_memory_rows',
      help: 'Rows in memory that are not in a segment yet',
      kind: 'gauge',
    },
    {
      key: 'lag',
      name: 'weir_store_lag_seconds',
      help: 'Age of the oldest row that is not in a segment yet',
      kind: 'gauge',
    },
    {
      key: 'written',
      name: 'weir_store_written_rows_total',
      help: 'Rows of receive threads that went to segments',
    },
    {
      key: 'deferred_files',
      name: 'weir_store_deferred_files',
      help: 'Journal files of which nothing is decoded yet, because memory for rows was full when they were written',
      kind: 'gauge',
    },
    {
      key: 'deferred_since',
      name: 'weir_store_deferred_since_timestamp_seconds',
      help: 'When the first datagram came that is only journalled; 0 when there is none',
      kind: 'gauge',
    },
    ...LEVELS.map((level) => ({
      key: `history_bytes_${level}` as const,
      name: 'weir_store_history_bytes',
      help: 'Bytes of a level of history',
      kind: 'gauge' as const,
      labels: { level },
    })),
    ...LEVELS.map((level) => ({
      key: `history_rows_${level}` as const,
      name: 'weir_store_history_rows',
      help: 'Rows of a level of history',
      kind: 'gauge' as const,
      labels: { level },
    })),
    {
      key: 'history_waiting_hours',
      name: 'weir_store_history_waiting_hours',
      help: 'Hours whose 5 min and 1 h of history are to be made, the one that runs among them',
      kind: 'gauge',
    },
    {
      key: 'history_waiting_days',
      name: 'weir_store_history_waiting_days',
      help: 'Days whose row of history is to be made, the one that runs among them',
      kind: 'gauge',
    },
    {
      key: 'unrolled_rows',
      name: 'weir_store_unrolled_rows',
      help: 'Rows in segments that are to be added to history: questions read them as records until then',
      kind: 'gauge',
    },
    { key: 'expired', name: 'weir_store_expired_rows_total', help: 'Rows that retention removed' },
    {
      key: 'damaged',
      name: 'weir_store_damaged_files',
      help: 'Files that were damaged or missing, and are named in answers',
      kind: 'gauge',
    },
    {
      key: 'replayed',
      name: 'weir_store_replayed_rows_total',
      help: 'Rows decoded from the journal after a crash or under pressure',
    },
    {
      key: 'late_names',
      name: 'weir_label_late_names_total',
      help: 'Names that rows in memory got, or got better, by what other flows tell',
    },
    {
      key: 'late_facts',
      name: 'weir_label_late_facts',
      help: 'What is known of conversations and names by which rows in memory get names',
      kind: 'gauge',
    },
    {
      key: 'late_dropped',
      name: 'weir_label_late_dropped_total',
      help: 'Of that, what was given up for want of room: names may be missing',
    },
    { key: 'failing', name: 'weir_store_failing', help: '1 while the store cannot write', kind: 'gauge' },
    { key: 'syncs', name: 'weir_journal_syncs_total', help: 'fdatasync calls on the journal' },
    {
      key: 'sync_slowest',
      name: 'weir_journal_sync_slowest_seconds',
      help: 'Longest fdatasync on the journal so far',
      kind: 'gauge',
    },
    {
      key: 'cpu',
      name: 'weir_store_cpu_seconds_total',
      help: 'CPU time of the store thread itself, without the threads of its database',
    },
  ]);
}

/** How large history is, and how much is still to be made. */
export function countHistory(
  counters: ReturnType<typeof storeCounters>,
  { levels, historyWaiting }: Pick<StoreStatus, 'levels' | 'historyWaiting'>,
): void {
  for (const name of LEVELS) {
    const level = levels.find((l) => l.level === name);
    counters.set(`history_bytes_${name}`, level?.bytes ?? 0);
    counters.set(`history_rows_${name}`, level?.rows ?? 0);
  }
  counters.set('history_waiting_hours', historyWaiting.hours);
  counters.set('history_waiting_days', historyWaiting.days);
  counters.set('unrolled_rows', historyWaiting.rows);
}
