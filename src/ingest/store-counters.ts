import { CounterSheet } from '../base/index.ts';

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
    { key: 'expired', name: 'weir_store_expired_rows_total', help: 'Rows that retention removed' },
    { key: 'damaged', name: 'weir_store_damaged_files', help: 'Files in quarantine', kind: 'gauge' },
    {
      key: 'replayed',
      name: 'weir_store_replayed_rows_total',
      help: 'Rows decoded from the journal after a crash or under pressure',
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
