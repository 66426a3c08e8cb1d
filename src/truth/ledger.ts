import { DECODE_ERRORS, type DecodeError } from '../wire/index.ts';

/** What is counted per minute, exporter and domain. All but the first two are in records unless the name says otherwise. */
const COUNTERS = [
  'datagrams', // received and handed to a decoder
  'octets', // of those datagrams
  'records', // decoded
  'lost', // missing in the sequence
  'recovered', // counted as lost before, arrived late
  'duplicated', // delivered twice
  'restarts', // of the exporter
  'unreadable', // announced by a datagram that did not hold them
  'shed', // decoded, and not kept because there were more than the node could write; those kept stand for them
  'store_drops', // decoded and could not be kept
  'queue_drops', // datagrams dropped before decoding by a bound of ours
  'kernel_drops', // datagrams dropped by the kernel's socket buffer
  'clock_corrected', // whose time was moved to this node's clock
  'sampled_records', // with a sampling rate above 1, or an unknown one
  'unknown_sampling', // of which sampling is signalled, without a rate
  'not_counted', // datagrams after which nothing could be said of loss: how many records they held was not known
  'templates', // learned or learned anew
  'options', // records of options: about the exporter, not about flows
  'held', // data sets that waited for their template
  'borrowed', // templates taken from another port of the same exporter, because the stream's own did not come
  'counter_samples', // of interfaces (sFlow)
  'exporter_drops', // records or samples that the exporter itself says it dropped
  'unmetered_packets', // that the meter of the exporter, or of an import, did not see: nobody knows how many records they would have made
  'duplicates_unsure', // packets that a meter counted though they may be copies which a mirror made
  'policy_removed_records', // that the privacy policy of a host removed before anything stored them
  'policy_removed_bytes', // of these, where no other record counts them
  'policy_removed_packets',
  'payload_only_ms', // for which a host was metered by what its TCP counts (`sock_diag`): payload, and no UDP
  'uncounted_ms', // for which a host was metered by lists of its sockets (`proc`): no bytes of flows
  'text_overflow', // values of text columns, and facts of options, that found no room
  // Of one interface, as sFlow's counter samples tell them; what passed between two samples.
  'if_seconds', // that the figures cover
  'if_in_octets',
  'if_out_octets',
  'if_in_packets',
  'if_out_packets',
  'if_in_discards',
  'if_out_discards',
  'if_in_errors',
  'if_out_errors',
] as const;

export type ErrorCounter = `error_${DecodeError}`;
export type LedgerCounter = (typeof COUNTERS)[number] | ErrorCounter;

/** The counter of datagrams that had this decode error. */
export function errorCounter(cause: DecodeError): ErrorCounter {
  return `error_${cause}`;
}

/** All counters; per decode error the datagrams that had it. */
export const LEDGER_COUNTERS: readonly LedgerCounter[] = [...COUNTERS, ...DECODE_ERRORS.map(errorCounter)];

const KNOWN: ReadonlySet<string> = new Set(LEDGER_COUNTERS);

export type LedgerCounts = Partial<Record<LedgerCounter, number>>;

/** What happened to the records of one export stream in one minute of receipt. A counter that is absent is 0. */
export interface LedgerEntry {
  /** Start of the minute, ms since 1970. */
  readonly minute: number;
  /** Address as text; '' for this node's own sockets, whose drops belong to no exporter. */
  readonly exporter: string;
  readonly domain: number;
  /** SNMP index, where the counts are those of one interface. */
  readonly interface?: number;
  /** The sFlow agent that the interface belongs to, where it is not the exporter itself. */
  readonly agent?: string;
  readonly counts: LedgerCounts;
}

/** Adds `more` to `into`, which is changed. */
export function addCounts(into: LedgerCounts, more: LedgerCounts): void {
  // An entry has few of the counters; a file may have some that this version does not know.
  for (const counter of Object.keys(more) as LedgerCounter[]) {
    const n = more[counter];
    if (n && KNOWN.has(counter)) into[counter] = (into[counter] ?? 0) + n;
  }
}

/** What an entry is about: entries with the same text, of the same minute, are added up. */
export function ledgerKey({ exporter, domain, interface: index, agent = '' }: LedgerEntry): string {
  return index === undefined ? `${domain} ${exporter}` : `${domain} ${exporter} ${index} ${agent}`;
}

/** One entry per minute and what it is about, ordered by minute, exporter and domain; the entries given are not changed. */
export function mergeLedger(entries: Iterable<LedgerEntry>): LedgerEntry[] {
  const merged = new Map<string, LedgerEntry>();
  for (const entry of entries) {
    const key = `${entry.minute} ${ledgerKey(entry)}`;
    const sum = merged.get(key) ?? { ...entry, counts: {} };
    addCounts(sum.counts, entry.counts);
    merged.set(key, sum);
  }
  return [...merged.values()].sort(
    (a, b) => a.minute - b.minute || compareText(a.exporter, b.exporter) || a.domain - b.domain,
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
