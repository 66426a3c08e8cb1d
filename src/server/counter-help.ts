import type { LedgerCounter } from '../truth/index.ts';

/** What each counter of an export stream counts, as the page for Prometheus says it. */
const HELP: Readonly<Record<LedgerCounter, string>> = {
  datagrams: 'Datagrams received and handed to a decoder',
  octets: 'Octets of the datagrams that were handed to a decoder',
  records: 'Flow records decoded',
  lost: 'Flow records missing in the sequence, before late ones are taken off',
  recovered: 'Flow records that were counted as lost and arrived late',
  duplicated: 'Flow records delivered twice',
  restarts: 'Restarts of the exporter, as its sequence and uptime show them',
  unreadable: 'Flow records that a datagram announced and did not hold',
  shed: 'Flow records received and not kept because there were more than could be written: those kept stand for them',
  store_drops: 'Flow records that were decoded and could be kept neither on disk nor in memory',
  queue_drops: 'Datagrams dropped before decoding by a bound of this node',
  kernel_drops: 'Datagrams dropped by the kernel because a socket buffer was full',
  clock_corrected: 'Flow records whose time was moved to the clock of this node',
  sampled_records: 'Flow records with a sampling rate above 1, or an unknown one',
  unknown_sampling: 'Flow records of which sampling is signalled without a rate',
  not_counted: 'Datagrams after which nothing could be said of loss: how many records they held was not known',
  templates: 'Templates learned, or learned anew',
  options: 'Records of options: about the exporter, not about flows',
  held: 'Sets of data that had to wait for their template; those that waited in vain are in error_no_template',
  borrowed: 'Templates taken from another port of the same exporter',
  counter_samples: 'Counter samples of interfaces (sFlow)',
  exporter_drops: 'Records or samples that the exporter itself says it dropped',
  unmetered_packets: 'Packets that the meter of the exporter did not see',
  duplicates_unsure: 'Packets that the meter counted though they may be copies which a mirror made',
  text_overflow: 'Values of text columns that found no room',
  if_seconds: 'Seconds that the counters of an interface cover',
  if_in_octets: 'Octets that came in, by the counters of an interface',
  if_out_octets: 'Octets that went out, by the counters of an interface',
  if_in_packets: 'Packets that came in, by the counters of an interface',
  if_out_packets: 'Packets that went out, by the counters of an interface',
  if_in_discards: 'Packets that came in and were discarded, by the counters of an interface',
  if_out_discards: 'Packets to go out that were discarded, by the counters of an interface',
  if_in_errors: 'Packets that came in with errors, by the counters of an interface',
  if_out_errors: 'Packets that could not go out for errors, by the counters of an interface',
  error_too_short: 'Datagrams with fewer bytes than their header has',
  error_unsupported_version: 'Datagrams of a version or format that is not read',
  error_bad_count: 'Datagrams whose header announces no record, or more than any datagram holds',
  error_truncated: 'Datagrams that announce more records than their bytes hold',
  error_trailing_bytes: 'Datagrams with bytes after the last announced record',
  error_bad_length: 'Datagrams in which lengths contradict each other',
  error_bad_template: 'Templates that no record can follow: no field, no length, or more than the bounds allow',
  error_too_many_templates: 'Templates that were refused because the exporter has more than are kept',
  error_no_template: 'Sets of data that were given up because their template did not come',
  error_bad_record: 'Records that run over the end of their set',
  error_too_many_records: 'Datagrams with more records than one is allowed',
  error_bad_sample: 'Samples of sFlow that cannot be read',
  error_truncated_by_socket: 'Datagrams longer than the slot that received them',
};

/** Counters of a later version, which a store may hold, have their name alone. */
export function counterHelp(counter: string): string {
  const known: Readonly<Record<string, string | undefined>> = HELP;
  return `${known[counter] ?? counter.replaceAll('_', ' ')}, of one exporter and observation domain`;
}
