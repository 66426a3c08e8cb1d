import { formatAddress } from '../flow/index.ts';
import { LEDGER_COUNTERS, type LedgerCounter, type LedgerCounts, type LedgerEntry } from '../truth/index.ts';
import type { Stream } from './stream.ts';

/** Position of each counter in a stream's array. */
export const COUNTER = Object.fromEntries(LEDGER_COUNTERS.map((name, i) => [name, i])) as Readonly<
  Record<LedgerCounter, number>
>;

/** What was counted for the stream since the last call. */
export function takeEntries(stream: Stream): LedgerEntry[] {
  const { minute, exporter, domain } = stream;
  const entry: LedgerEntry = { minute, exporter, domain, counts: countsOf(stream.delta) };
  stream.delta.fill(0);
  stream.dirty = false;
  return [entry, ...interfaceEntries(stream)];
}

/** Counters that are not 0, by name. */
export function countsOf(values: Float64Array): LedgerCounts {
  const found: LedgerCounts = {};
  LEDGER_COUNTERS.forEach((name, i) => {
    if (values[i]) found[name] = values[i]!;
  });
  return found;
}

/** What passed the interfaces of an sFlow agent since the last call. */
function interfaceEntries({ minute, exporter, domain, sflow, address }: Stream): LedgerEntry[] {
  if (!sflow) return [];
  const named = formatAddress(address);
  const agent = named === exporter ? {} : { agent: named };
  return sflow.takeInterfaceCounters().map((c) => {
    const told: Record<string, number | null> = {
      if_seconds: c.seconds,
      if_in_octets: c.inOctets,
      if_out_octets: c.outOctets,
      if_in_packets: c.inPackets,
      if_out_packets: c.outPackets,
      if_in_discards: c.inDiscards,
      if_out_discards: c.outDiscards,
      if_in_errors: c.inErrors,
      if_out_errors: c.outErrors,
    };
    // What the agent does not count is absent, not zero.
    const counts = Object.fromEntries(Object.entries(told).filter(([, n]) => n !== null)) as LedgerCounts;
    return { minute, exporter, domain, interface: c.ifIndex, ...agent, counts };
  });
}
