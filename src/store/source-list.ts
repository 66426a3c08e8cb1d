import { existsSync, readFileSync } from 'node:fs';
import { WeirError } from '../base/index.ts';
import { replaceFile } from './files.ts';

/** How an import ended, or `running`. Rows of an interrupted one stay. */
export const SOURCE_STATES = ['running', 'complete', 'interrupted', 'failed'] as const;
type SourceState = (typeof SOURCE_STATES)[number];

export const SOURCE_KINDS = ['pcap', 'pcapng', 'ipfix_file', 'unknown'] as const;
type SourceKind = (typeof SOURCE_KINDS)[number];

/** What a file is read for: the exports in its packets, or the packets themselves. */
export const SOURCE_CONTENTS = ['export', 'traffic'] as const;
export type SourceContent = (typeof SOURCE_CONTENTS)[number];

/** Packets, and their octets. */
export interface PacketSum {
  readonly packets: number;
  readonly bytes: number;
}

/** What was not looked at wholly, so that flows may have no name. */
interface RecognitionFacts {
  /** Conversations whose payload was not looked at to the end. */
  readonly conversations_cut: number;
  /** Payloads in pieces that were not joined to the end. */
  readonly joins_cut: number;
  readonly server_names_left_out: number;
  /** Announced end points (FTP data, media of a call) that were forgotten before their time. */
  readonly announcements_cut: number;
  /** Initial packets of QUIC that were not decrypted; absent where an earlier version metered. */
  readonly initials_cut?: number | undefined;
}

/** What was metered of a capture of traffic. */
export interface TrafficFacts {
  /** Octets of all packets as they went over the wire, frames and all. */
  readonly bytes: number;
  /** IP packets and their own octets: flows have all of them but for what is left out and passed over. */
  readonly ip: PacketSum;
  /** Packets that are whole and no IP: ARP, spanning tree. */
  readonly not_ip: number;
  /** Copies of a packet that a mirror showed twice; octets of IP. */
  readonly duplicates_left_out: PacketSum;
  /** Packets that may be such copies, or were sent twice, and are in flows; absent where an earlier version metered. */
  readonly duplicates_unsure?: PacketSum | undefined;
  /** Packets that sampling on purpose passed over. */
  readonly sampled_out: number;
  /** Packets that the snap length cut. */
  readonly cut: number;
  /** Later fragments whose first one was not seen: they are in flows without ports. */
  readonly fragments_without_ports: number;
  readonly without_time: number;
  /** Packets whose time was far from that of those before. */
  readonly time_jumps: number;
  /** Flows that were ended early because the table was full. */
  readonly emergency_expired: number;
  /** What of the names of flows was cut, since there was no room; absent where an earlier version metered. */
  readonly recognition?: RecognitionFacts | undefined;
  /** Packets with IPsec by what could be seen, and their octets as they went over the wire. */
  readonly ipsec: Readonly<Record<'ah' | 'null' | 'decrypted' | 'opaque', PacketSum>>;
}

/** What an import found in its file. Times are ms since 1970, UTC; null where it is not known. */
export interface SourceFacts {
  /** Bytes of the file as it came, and their hash; null when not all of them came. */
  readonly size: number | null;
  readonly sha256: string | null;
  readonly kind: SourceKind;
  /** What it was read for, and why; null before that is known. */
  readonly content: SourceContent | null;
  readonly content_reason: string | null;
  readonly gzip: boolean;
  /** By name where the link type is one that is read, else by number. */
  readonly link_types: readonly string[];
  /** The least of all interfaces; null: no limit. */
  readonly snap_length: number | null;
  readonly first_packet: number | null;
  readonly last_packet: number | null;
  readonly packets: number;
  /** Export datagrams (messages, of an IPFIX file), in all and by format. */
  readonly datagrams: number;
  readonly formats: Readonly<Record<string, number>>;
  readonly records: number;
  readonly rows: number;
  /** Rows that do not continue another. */
  readonly flows: number;
  readonly exporters: number;
  readonly errors: Readonly<Record<string, number>>;
  /** Records that are missing in the exporters' sequences. */
  readonly lost: number;
  /** Packets that the capturing machine says it dropped. */
  readonly capture_drops: number | null;
  /** Null where the file was not metered. */
  readonly traffic: TrafficFacts | null;
  /** `time` of the rows, half-open. */
  readonly from: number | null;
  readonly to: number | null;
  /** Why and where the file could not be read on; what stands before it was imported. */
  readonly damage: string | null;
}

/** One import, as `weir sources` shows it. */
export interface ImportSource extends SourceFacts {
  /** In the column `source` of its rows. */
  readonly name: string;
  /** Base name of the file. */
  readonly file: string;
  readonly state: SourceState;
  readonly imported_at: number;
  readonly ended_at: number | null;
  /** Why it is not complete, or not to be counted. */
  readonly problem: string | null;
}

/** What is known of a file before it is read. */
export const NO_FACTS: SourceFacts = {
  size: null,
  sha256: null,
  kind: 'unknown',
  content: null,
  content_reason: null,
  gzip: false,
  link_types: [],
  snap_length: null,
  first_packet: null,
  last_packet: null,
  packets: 0,
  datagrams: 0,
  formats: {},
  records: 0,
  rows: 0,
  flows: 0,
  exporters: 0,
  errors: {},
  lost: 0,
  capture_drops: null,
  traffic: null,
  from: null,
  to: null,
  damage: null,
};

/** What a text column holds of a value, with room for `#2`. */
const MAX_NAME_BYTES = 240;
const ENDED =
  'the process that imported it ended before it was done: there may be more rows of it in the store than were noted';

interface File {
  readonly version: 1;
  /** Process that has the list: another one's `running` is over. */
  readonly pid: number;
  readonly sources: readonly ImportSource[];
}

/** The sources as they are at rest, for readers that do not have the store's lock; none where there was no import. */
export function readSources(path: string): readonly ImportSource[] {
  const file = readFile(path);
  if (!file || isAlive(file.pid)) return file?.sources ?? [];
  return file.sources.map(ended);
}

/** The imports of a data directory. One process at a time has it: that with the store's lock. */
export class SourceList {
  private readonly path: string;
  private sources: readonly ImportSource[];

  constructor(path: string) {
    this.path = path;
    this.sources = (readFile(path)?.sources ?? []).map(ended);
  }

  get all(): readonly ImportSource[] {
    return this.sources;
  }

  /** An import of the same content that may have rows, beside `but`. */
  sameContent(sha256: string, but?: string): ImportSource | undefined {
    return this.sources.find((s) => s.sha256 === sha256 && !isWithoutRows(s) && s.name !== but);
  }

  /** Enters an import of `file` under a name of its own. An earlier try that left no row gives its name up. */
  begin(file: string, sha256: string | null, nowMs: number): ImportSource {
    const base = cleanName(file);
    this.sources = this.sources.filter((s) => s.file !== base || !isWithoutRows(s));
    const source: ImportSource = {
      name: this.freeName(base),
      file: base,
      state: 'running',
      imported_at: nowMs,
      ended_at: null,
      problem: null,
      ...NO_FACTS,
      sha256,
    };
    this.sources = [...this.sources, source];
    this.write();
    return source;
  }

  /** Replaces what is known of an import, and gives it back. */
  update(name: string, change: Partial<ImportSource>): ImportSource {
    this.sources = this.sources.map((s) => (s.name === name ? { ...s, ...change, name } : s));
    this.write();
    return this.sources.find((s) => s.name === name)!;
  }

  private freeName(base: string): string {
    const taken = new Set(this.sources.map((s) => s.name));
    if (!taken.has(base)) return base;
    for (let n = 2; ; n++) if (!taken.has(`${base}#${n}`)) return `${base}#${n}`;
  }

  private write(): void {
    const file: File = { version: 1, pid: process.pid, sources: this.sources };
    replaceFile(this.path, `${JSON.stringify(file)}\n`);
  }
}

/** A name that fits into a filter and onto a terminal. */
function cleanName(file: string): string {
  const plain = file.replace(/[\p{Cc}\p{Cf}"\\]/gu, '_').trim() || 'unnamed';
  const bytes = Buffer.from(plain);
  if (bytes.length <= MAX_NAME_BYTES) return plain;
  return bytes
    .subarray(0, MAX_NAME_BYTES)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
}

/** For sure: a crash leaves rows that nobody counted. */
function isWithoutRows({ state, rows }: ImportSource): boolean {
  return rows === 0 && (state === 'failed' || state === 'complete');
}

function ended(source: ImportSource): ImportSource {
  return source.state === 'running' ? { ...source, state: 'interrupted', problem: ENDED } : source;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readFile(path: string): File | null {
  if (!existsSync(path)) return null;
  const text = readFileSync(path, 'utf8');
  try {
    const file = JSON.parse(text) as File;
    // What an earlier version did not know of a file is not known.
    if (Array.isArray(file.sources)) return { ...file, sources: file.sources.map((s) => ({ ...NO_FACTS, ...s })) };
  } catch {
    // Said below.
  }
  throw new WeirError('corrupt', `${path} is not readable: move it away, and imports are listed anew`);
}
