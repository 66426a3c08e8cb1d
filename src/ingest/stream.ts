import { type AddressWords, parseAddress } from '../flow/index.ts';
import { LEDGER_COUNTERS, SequenceTracker } from '../truth/index.ts';
import {
  DEFAULT_EXPORTER_SETTINGS,
  type EntryLimit,
  type ExporterSettings,
  SAMPLING_ORIGIN,
  SflowSession,
  TemplateSession,
} from '../wire/index.ts';
import { BorrowedTemplates } from './borrowed-templates.ts';
import { BurstMeter } from './bursts.ts';
import { restoredOr } from './saved-state.ts';
import { SflowSequences } from './sflow-sequences.ts';

/** Protocols whose streams have nothing in common, though they come from one port: what they count, and what they remember. */
export const FAMILY = { fixed: 0, netflow9: 1, ipfix: 2, sflow: 3, unknown: 4 } as const;
const STREAM_BYTES = 1_000;
const INTERFACE_BYTES = 400;
const FAMILIES = Object.keys(FAMILY).length;

/** What tells a stream from all others. */
export interface StreamKey {
  /** Where the datagrams come from. */
  readonly exporter: string;
  readonly source: AddressWords;
  /** The address that is looked for: that of the sFlow agent where it has one of its own, else that of the exporter. */
  readonly address: AddressWords;
  readonly family: number;
  readonly port: number;
  readonly domain: number;
}

/** One export stream: a source address and port with one observation domain. Its sequence numbers count by themselves. */
export class Stream {
  readonly source: AddressWords;
  readonly address: AddressWords;
  readonly exporter: string;
  readonly family: number;
  port: number;
  readonly domain: number;
  tracker: SequenceTracker;
  /** False for the shared stream of those who found no room. */
  readonly tracked: boolean;
  firstMs: number;
  lastMs: number;
  /** Its last datagram, and its records, when it was last told that it was heard. */
  heardMs = 0;
  /** When it was last known to be at work: its last datagram. Of our own meter its last account: flows of before end also after an interface has gone. */
  presentMs = 0;
  heardRecords = 0;
  /** Bytes of its rows since then, scaled by sampling. */
  heardBytes = 0;
  /** When its first records became rows of this thread; 0 before. Not saved: what the rows of before were is not known after a restart. */
  rowsSinceMs = 0;
  /** What happened since the ledger was last taken, and ever. */
  readonly delta = new Float64Array(LEDGER_COUNTERS.length);
  readonly total = new Float64Array(LEDGER_COUNTERS.length);
  minute = 0;
  dirty = false;
  /** Latest sampling rate and where it is known from. */
  sampling = 1;
  samplingOrigin: number = SAMPLING_ORIGIN.default;
  /** A code of FORMAT: that of the latest datagram. */
  format = 0;
  settings: ExporterSettings = DEFAULT_EXPORTER_SETTINGS;
  /** Templates and what options told (NetFlow v9, IPFIX). */
  templates: TemplateSession | null = null;
  /** Data sources and counters (sFlow). */
  sflow: SflowSession | null = null;
  sources: SflowSequences | null = null;
  readonly borrowed = new BorrowedTemplates();
  readonly bursts = new BurstMeter();

  /** `sources` bounds what all sFlow streams remember of data sources and interfaces. */
  constructor(key: StreamKey, nowMs: number, tracked: boolean, sources: EntryLimit) {
    this.source = key.source;
    this.address = key.address;
    this.exporter = key.exporter;
    this.family = key.family;
    this.port = key.port;
    this.domain = key.domain;
    this.firstMs = this.lastMs = nowMs;
    this.tracked = tracked;
    this.tracker = newTracker(key.family);
    if (key.family === FAMILY.netflow9 || key.family === FAMILY.ipfix) this.templates = new TemplateSession();
    if (key.family === FAMILY.sflow) {
      this.sflow = new SflowSession(sources);
      this.sources = new SflowSequences(sources);
    }
  }
}

/** A stream that is let go gives back its share of what all may keep; how many sets of data still waited for a template. */
export function releaseStream({ templates, sources, sflow }: Stream): number {
  sources?.release();
  sflow?.release();
  return templates?.close() ?? 0;
}

/** NetFlow v9 counts datagrams; IPFIX and v5 records. sFlow's datagram numbers only tell a stream that moved. */
function newTracker(family: number): SequenceTracker {
  return new SequenceTracker(family === FAMILY.netflow9 || family === FAMILY.sflow ? 'datagrams' : 'records');
}

/** A stream as a journal file carries it. What a protocol does not have is null. */
export type SavedStream = readonly [
  exporter: string,
  port: number,
  domain: number,
  firstMs: number,
  lastMs: number,
  tracker: readonly number[],
  family?: number,
  address?: AddressWords,
  templates?: unknown,
  sources?: unknown,
  sflow?: unknown,
  borrowed?: unknown,
];

export function saveStream(s: Stream): SavedStream {
  const { exporter, port, domain, firstMs, lastMs, family, address } = s;
  const known = [exporter, port, domain, firstMs, lastMs, s.tracker.save()] as const;
  if (family === FAMILY.fixed) return known;
  return [
    ...known,
    family,
    address,
    s.templates?.save() ?? null,
    s.sources?.save() ?? null,
    s.sflow?.save() ?? null,
    BorrowedTemplates.save(s),
  ];
}

/** About what a stream takes as text in a journal's header. */
export function savedBytes({ templates, sources, sflow }: Stream): number {
  const interfaces = (sflow?.interfaces.size ?? 0) * INTERFACE_BYTES;
  return STREAM_BYTES + (templates?.savedBytes ?? 0) + (sources?.savedBytes ?? 0) + interfaces;
}

/** The state for a thread that may not be the one that gets the streams: data that waits is with one thread only, or it would be told as lost twice. */
export function withoutHeld(saved: SavedStream): SavedStream {
  const copy = [...saved] as unknown[];
  const session = copy[8];
  if (typeof session === 'object' && session !== null) copy[8] = { ...session, held: [] };
  return copy as unknown as SavedStream;
}

/** Null for what is no stream. What cannot be read of its state begins anew: the datagrams behind the state are worth more than it is. */
export function restoreStream(saved: unknown, limit: EntryLimit): Stream | null {
  if (!Array.isArray(saved)) return null;
  const [exporter, port, domain, firstMs, lastMs, tracker, family = 0, address, templates, sources, sflow, borrowed] =
    saved as unknown as SavedStream;
  const from = typeof exporter === 'string' ? parseAddress(exporter) : null;
  if (!from || !Number.isInteger(family) || family < 0 || family >= FAMILIES) return null;
  const key = { exporter, source: from, address: isAddress(address) ? address : from, family, port, domain };
  const stream = new Stream(key, firstMs, true, limit);
  stream.lastMs = stream.presentMs = stream.heardMs = lastMs;
  stream.tracker = restoredOr(() => SequenceTracker.restore(tracker), stream.tracker);
  if (stream.templates && templates)
    stream.templates = restoredOr(() => TemplateSession.restore(templates), stream.templates);
  if (stream.sources && sources)
    stream.sources = restoredOr(() => SflowSequences.restore(sources, limit), stream.sources);
  if (stream.sflow && sflow) stream.sflow = restoredOr(() => SflowSession.restore(sflow, limit), stream.sflow);
  BorrowedTemplates.load(stream, borrowed);
  return stream;
}

function isAddress(value: unknown): value is AddressWords {
  return Array.isArray(value) && value.length === 4 && value.every((w) => Number.isInteger(w) && w >= 0 && w < 2 ** 32);
}
