import { z } from 'zod';
import { type CounterSample, counted } from '../base/index.ts';
import type { HostMeterStatus, Overload, SocketLoad, StoreThreadStatus } from '../ingest/index.ts';
import { blocklistFindings } from './blocklists/blocklist-findings.ts';
import type { BlocklistStatus } from './blocklists/blocklists.ts';
import { bufferFindings, enlarge } from './buffer-findings.ts';
import { captureFindings } from './capture-findings.ts';
import { type CountedExporter, exporterFindings, sendersOfErrors } from './exporter-findings.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { hostFindings } from './host-findings.ts';
import { overloadFindings } from './overload-findings.ts';
import { placeFindings } from './places/place-findings.ts';
import type { PlacesStatus } from './places/places.ts';
import type { PolledExporter } from './snmp/interface-poller.ts';
import { snmpFindings } from './snmp/snmp-findings.ts';

export const healthSchema = z.object({
  status: z.enum(['ok', 'degraded']).describe('degraded: a finding is a warning or a failure'),
  version: z.string(),
  started_ms: z.number(),
  findings: z.array(
    z.object({
      level: z.enum(['ok', 'warn', 'fail']),
      subject: z.string(),
      text: z.string(),
      advice: z.string().optional(),
    }),
  ),
  ingest_lag_seconds: z.number().describe('how far answers are behind what was received'),
  overload: z
    .object({ step: z.number(), name: z.string(), shed_rate: z.number(), cause: z.string() })
    .describe('what is given up because more comes than can be written; step 0: nothing'),
  store: z.record(z.string(), z.unknown()).describe('what the store thread says of itself'),
  ingest: z.record(z.string(), z.unknown()).describe('open ports and counters of the receive threads'),
});

export interface Health {
  readonly status: 'ok' | 'degraded';
  readonly version: string;
  readonly started_ms: number;
  readonly findings: readonly Finding[];
  readonly ingest_lag_seconds: number;
  readonly overload: {
    readonly step: number;
    readonly name: string;
    readonly shed_rate: number;
    readonly cause: string;
  };
  readonly store: object;
  readonly ingest: object;
}

/** What a node knows of itself, to be put into words. */
export interface NodeFacts {
  readonly store: StoreThreadStatus;
  readonly counters: readonly CounterSample[];
  /** Streams with what was counted for each. */
  readonly exporters: readonly CountedExporter[];
  readonly ports: readonly string[];
  /** The meter of this machine; null where it is not to be metered. */
  readonly host: HostMeterStatus | null;
  /** Whether `home` or `sites` is set. */
  readonly hasHome: boolean;
  /** What the socket buffers held, and what they should be able to. */
  readonly buffers: readonly SocketLoad[];
  /** Exporters that may be asked by SNMP. */
  readonly snmp: readonly PolledExporter[];
  readonly blocklists: readonly BlocklistStatus[];
  /** Where autonomous systems and countries are known from. */
  readonly places: PlacesStatus;
  /** Null before ports are open. */
  readonly overload: Overload | null;
  readonly nowMs: number;
  /** Milliseconds since a counter rose; null when it never did. */
  readonly sinceRise: (counter: string) => number | null;
}

/** Trouble that has stopped for this long is told, and makes no node degraded. */
const OVER_MS = 600_000;

/** Rows leave the memory within this time while the disk takes them (age of a segment and of a batch, and some). */
const LAG_WARN_MS = 420_000;
const SYNC_WARN_MS = 1_000;
/** Errors below this share of the datagrams are said, but do not make a node degraded. */
const ERROR_WARN = 0.001;

/** Everything that is wrong, in words, with what to change; `ok` findings where it is well. */
export function healthFindings(facts: NodeFacts): Finding[] {
  return [
    ...storeFindings(facts),
    ...(facts.overload ? overloadFindings(facts.overload, facts.store, facts.nowMs) : []),
    ...ingestFindings(facts),
    ...bufferFindings(facts, OVER_MS),
    ...captureFindings(facts, OVER_MS),
    ...hostFindings(facts, OVER_MS),
    ...clockFindings(facts),
    ...exporterFindings(facts.exporters),
    ...homeFindings(facts.hasHome),
    ...snmpFindings(facts.snmp),
    ...blocklistFindings(facts.blocklists, facts.nowMs),
    ...placeFindings(facts.places, facts.nowMs),
  ];
}

/** No trouble: who wants no directions need not say what is inside. But nobody misses what he has not heard of. */
function homeFindings(hasHome: boolean): Finding[] {
  if (hasHome) return [];
  return [
    ok(
      'home',
      'neither home nor sites is set: direction, sites, subnet, hosts_in and hosts_out stay unknown',
      'set home to the prefixes of your network (weir up --home), or sites to named ones',
    ),
  ];
}

/** Trouble for a while; what it did to answers of that time is told for a day. */
function clockFindings({ store: { clockSet }, nowMs }: NodeFacts): Finding[] {
  if (clockSet === null) return [];
  const { toMs, back } = clockSet;
  const text = `the clock of this machine was set ${back ? 'back' : 'forward'} to ${new Date(toMs).toISOString()}: answers about that time say so`;
  const advice = 'NTP (chronyd, systemd-timesyncd) on this machine';
  return [Math.abs(nowMs - toMs) < OVER_MS ? warn('clock', text, advice) : ok('clock', text, advice)];
}

function storeFindings({ store }: NodeFacts): Finding[] {
  const findings: Finding[] = [];
  if (store.failure !== null)
    findings.push(fail('store', `cannot write: ${store.failure}`, 'free some disk space, or see the log'));
  else if (store.lagMs > LAG_WARN_MS)
    findings.push(
      warn(
        'store',
        `the oldest row in memory waits for ${Math.round(store.lagMs / 1000)} s`,
        'the disk is too slow, or segments fail to be written: see the log',
      ),
    );
  else
    findings.push(
      ok(
        'store',
        `${counted(store.rowsAtRest, 'row')} in ${counted(store.segments, 'segment')}, ${store.rowsInMemory} in memory`,
      ),
    );
  if (store.damaged.length > 0) {
    findings.push(damageFinding(store.damaged));
  }
  if (store.journalSync.failure !== null)
    findings.push(
      fail('journal', `fdatasync fails: ${store.journalSync.failure}`, 'see the kernel log for errors of the disk'),
    );
  else if (store.journalSync.slowestMs > SYNC_WARN_MS)
    findings.push(
      warn(
        'journal',
        `an fdatasync took ${Math.round(store.journalSync.slowestMs)} ms`,
        'use a faster disk: a power loss costs what is not synced',
      ),
    );
  if (store.deferredFiles > 0)
    findings.push(
      warn(
        'decoding',
        `${counted(store.deferredFiles, 'journal file waits', 'journal files wait')} to be decoded: more came than could be kept up with`,
        'raise receive_threads',
      ),
    );
  return findings;
}

/** What somebody has to do about damage: files that were put aside are never put back. */
export const DAMAGE_ADVICE =
  'look for the cause (the disk, its kernel log), and read the other files with weir doctor --check; what is in quarantine/ may be deleted';

/** Files that are missing are among them, and such as were made again, of which nothing is missing. */
function damageFinding(damaged: StoreThreadStatus['damaged']): Finding {
  const gone = damaged.filter((d) => d.rows !== 0);
  const shown = [...gone, ...damaged.filter((d) => d.rows === 0)].slice(0, 3);
  const names = shown.map((d) => `${d.file} (${d.reason})`).join(', ');
  const files = damaged.length === 1 ? 'a file was' : `${damaged.length} files were`;
  const answers = gone.length === 0 ? 'nothing is missing for it' : 'answers that miss rows of them say so';
  const more = damaged.length > shown.length ? ', ...' : '';
  return warn('damaged files', `${files} damaged or missing: ${names}${more}; ${answers}`, DAMAGE_ADVICE);
}

function sum(counters: readonly CounterSample[], name: string): number {
  return counters.filter((c) => c.name === name).reduce((n, c) => n + c.value, 0);
}

/** The finding while the counter rises; once it has been still for a while only that it was. */
function whileRising(facts: NodeFacts, counter: string, finding: Finding): Finding {
  const since = facts.sinceRise(counter);
  if (since === null || since < OVER_MS) return finding;
  return ok(finding.subject, `${finding.text}; none in the last ${Math.floor(since / 60_000)} min`);
}

function ingestFindings(facts: NodeFacts): Finding[] {
  const { counters, ports } = facts;
  const findings: Finding[] = [];
  if (ports.length === 0) return [ok('ingest', 'no port is open for flows')];
  const datagrams = sum(counters, 'weir_ingest_datagrams_total');
  const dropped = sum(counters, 'weir_ingest_kernel_drops_total');
  if (dropped > 0)
    findings.push(
      whileRising(
        facts,
        'weir_ingest_kernel_drops_total',
        warn(
          'kernel drops',
          `${counted(dropped, 'datagram was', 'datagrams were')} dropped because a socket buffer was full`,
          enlarge(facts.buffers) ?? 'raise receive_buffer, and net.core.rmem_max where weir has no CAP_NET_ADMIN',
        ),
      ),
    );
  const lostRows = sum(counters, 'weir_ingest_store_dropped_records_total');
  if (lostRows > 0)
    findings.push(
      whileRising(
        facts,
        'weir_ingest_store_dropped_records_total',
        fail(
          'ingest',
          `${counted(lostRows, 'record')} could be kept neither on disk nor in memory`,
          'the disk is full or too slow: see the log',
        ),
      ),
    );
  const unjournalled = sum(counters, 'weir_journal_failed_datagrams_total');
  if (unjournalled > 0)
    findings.push(
      whileRising(
        facts,
        'weir_journal_failed_datagrams_total',
        fail(
          'journal',
          `${counted(unjournalled, 'datagram')} could not be written to the journal`,
          'free some disk space, or see the log',
        ),
      ),
    );
  const errors = sum(counters, 'weir_ingest_errors_total');
  if (errors > ERROR_WARN * datagrams) {
    const senders = sendersOfErrors(facts.exporters);
    findings.push(
      whileRising(
        facts,
        'weir_ingest_errors_total',
        warn(
          'decoding',
          `${errors} of ${counted(datagrams, 'datagram')} could not be read, or not wholly${senders && `: ${senders}`}`,
          'look at what these exporters send, and to which port; weir report exporters has the causes of all',
        ),
      ),
    );
  }
  const overflow = sum(counters, 'weir_ingest_exporters_overflow_total');
  if (overflow > 0)
    findings.push(
      warn(
        'exporters',
        `${counted(overflow, 'datagram')} came from exporters that found no room in the table`,
        'raise max_exporters',
      ),
    );
  if (findings.length === 0)
    findings.push(ok('ingest', `${counted(datagrams, 'datagram')} received on ${ports.join(', ')}, none dropped`));
  return findings;
}
