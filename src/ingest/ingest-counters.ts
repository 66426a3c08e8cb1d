import { CounterSheet } from '../base/index.ts';
import { DECODE_ERRORS, type DecodeError } from '../wire/index.ts';

/** What a receive thread counts; each reaches Prometheus under the name in the table. */
export type IngestCounter =
  | 'datagrams'
  | 'octets'
  | 'records'
  | 'lost'
  | 'errors'
  | 'kernel_drops'
  | 'journal_bytes'
  | 'journal_failed'
  | 'store_drops'
  | 'deferred'
  | 'shed'
  | 'cpu_seconds'
  | 'buffer_queued'
  | 'buffer_limit'
  | 'exporters'
  | 'exporters_overflow'
  | 'continued_overflow'
  | DecodeError;

export function ingestCounters(): CounterSheet<IngestCounter> {
  return new CounterSheet<IngestCounter>([
    { key: 'datagrams', name: 'weir_ingest_datagrams_total', help: 'Export datagrams received' },
    { key: 'octets', name: 'weir_ingest_octets_total', help: 'Octets of export datagrams received' },
    { key: 'records', name: 'weir_ingest_records_total', help: 'Flow records received' },
    {
      key: 'lost',
      name: 'weir_ingest_sequence_lost_records_total',
      help: 'Flow records missing by sequence number, before late ones are taken off',
    },
    { key: 'errors', name: 'weir_ingest_errors_total', help: 'Datagrams that could not be read, or not wholly' },
    ...DECODE_ERRORS.map((cause) => ({
      key: cause,
      name: 'weir_ingest_errors_by_cause_total',
      help: 'Datagrams that could not be read, or not wholly, by cause',
      labels: { cause },
    })),
    {
      key: 'kernel_drops',
      name: 'weir_ingest_kernel_drops_total',
      help: 'Datagrams that the kernel dropped because a socket buffer was full',
    },
    { key: 'journal_bytes', name: 'weir_journal_bytes_total', help: 'Bytes written to the journal' },
    {
      key: 'journal_failed',
      name: 'weir_journal_failed_datagrams_total',
      help: 'Datagrams that could not be written to the journal',
    },
    {
      key: 'store_drops',
      name: 'weir_ingest_store_dropped_records_total',
      help: 'Records received that could be kept neither on disk nor in memory',
    },
    {
      key: 'deferred',
      name: 'weir_ingest_deferred_datagrams_total',
      help: 'Datagrams journalled under pressure and decoded later',
    },
    {
      key: 'shed',
      name: 'weir_shed_flows_total',
      help: 'Flow records received and not kept because there were more than could be written: those kept stand for them',
    },
    { key: 'cpu_seconds', name: 'weir_ingest_cpu_seconds_total', help: 'CPU time of receive threads' },
    {
      key: 'buffer_queued',
      name: 'weir_ingest_buffer_queued_bytes',
      help: 'Bytes waiting in the socket buffer, the most in the last second',
      kind: 'gauge',
    },
    { key: 'buffer_limit', name: 'weir_ingest_buffer_limit_bytes', help: 'Size of the socket buffer', kind: 'gauge' },
    { key: 'exporters', name: 'weir_ingest_exporters', help: 'Export streams known', kind: 'gauge' },
    {
      key: 'exporters_overflow',
      name: 'weir_ingest_exporters_overflow_total',
      help: 'Datagrams of exporters that found no room in the table',
    },
    {
      key: 'continued_overflow',
      name: 'weir_ingest_continued_overflow_total',
      help: 'Records that timeouts may have cut and that found no room in the table of such: whether the next one continues the flow stays unknown',
    },
  ]);
}
