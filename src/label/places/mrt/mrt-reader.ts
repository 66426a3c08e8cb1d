import type { PlaceData, RefusedFile } from '../place-data.ts';
import { PrefixLists, Skipped } from '../place-data.ts';
import { OriginVotes } from './origin-votes.ts';
import { readRibRecord } from './rib-record.ts';
import { readTableDump } from './table-dump.ts';

/** RFC 6396 section 2: time, type, subtype, length. */
const HEADER_BYTES = 12;
/** A route that a thousand neighbours tell takes a few hundred kilobytes. */
const MAX_RECORD_BYTES = 16 << 20;

const TABLE_DUMP = 12;
const TABLE_DUMP_V2 = 13;
const BGP4MP = 16;
const BGP4MP_ET = 17;
const BGP4MP_ENTRY = 2;
const TYPE_NAMES: Readonly<Record<number, string>> = {
  11: 'OSPFv2',
  32: 'ISIS',
  33: 'ISIS_ET',
  48: 'OSPFv3',
  49: 'OSPFv3_ET',
};

/** Whether a file with these first bytes can be MRT: types of RFC 6396 section 4. A MaxMind DB begins with a search tree. */
export function isMrtHead(bytes: Uint8Array): boolean {
  const type = bytes.length < HEADER_BYTES ? -1 : (bytes[4]! << 8) | bytes[5]!;
  return type === TABLE_DUMP || type === TABLE_DUMP_V2 || type === BGP4MP || type === BGP4MP_ET || type in TYPE_NAMES;
}

/**
 * Reads a dump of routes (MRT, RFC 6396) that comes in pieces: TABLE_DUMP and TABLE_DUMP_V2, with several paths too (RFC 8050). The origin of a prefix is
 * the last autonomous system of the path that most neighbours tell. Updates (BGP4MP) are not a table, and are passed over.
 */
export class MrtReader {
  private readonly lists = new PrefixLists();
  private readonly skipped = new Skipped();
  private readonly votes = new OriginVotes(this.lists);
  private rest: Uint8Array = new Uint8Array(0);
  private madeMs = 0;
  private updates = 0;
  private records = 0;
  private stopped: string | null = null;

  push(chunk: Uint8Array): void {
    if (this.stopped !== null) return;
    const bytes = this.rest.length === 0 ? chunk : joined(this.rest, chunk);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (at + HEADER_BYTES <= bytes.length) {
      const length = view.getUint32(at + 8);
      if (length > MAX_RECORD_BYTES) {
        this.stopped = `record ${this.records + 1} claims ${length} bytes, more than a route can take: no MRT dump, or a damaged one`;
        break;
      }
      if (at + HEADER_BYTES + length > bytes.length) break;
      const body = new DataView(bytes.buffer, bytes.byteOffset + at + HEADER_BYTES, length);
      this.record(view.getUint32(at), view.getUint16(at + 4), view.getUint16(at + 6), body);
      at += HEADER_BYTES + length;
    }
    // A copy: the caller may write its chunk anew.
    this.rest = bytes.slice(at);
  }

  /** What follows cannot be had: what came before counts. */
  cut(why: string): void {
    this.stopped ??= why;
  }

  finish(): PlaceData | RefusedFile {
    this.votes.end();
    const { lists, skipped, records, updates } = this;
    if (this.stopped === null && this.rest.length > 0)
      this.stopped = `it ends within record ${records + 1}: ${this.rest.length} bytes are left`;
    if (lists.length === 0) {
      if (updates > 0)
        return { refused: 'it has updates (BGP4MP), not a table of routes: give a RIB dump (TABLE_DUMP_V2)' };
      if (this.stopped !== null) return { refused: this.stopped };
      const causes = Object.entries(skipped.counts).map(([cause, n]) => `${n} ${cause}`);
      return { refused: `it has no route of a known origin${causes.length > 0 ? ` (${causes.join(', ')})` : ''}` };
    }
    return {
      autonomousSystems: lists.ranges(),
      countries: null,
      names: new Map(),
      madeMs: this.madeMs,
      skipped: skipped.counts,
      cutShort: this.stopped,
    };
  }

  private record(seconds: number, type: number, subtype: number, body: DataView): void {
    this.records += 1;
    if (type === TABLE_DUMP_V2 || type === TABLE_DUMP) {
      this.madeMs = Math.max(this.madeMs, seconds * 1_000);
      const cause =
        type === TABLE_DUMP ? readTableDump(subtype, body, this.votes) : readRibRecord(subtype, body, this.votes);
      if (cause !== null) this.skipped.add(cause);
    } else if (type === BGP4MP || type === BGP4MP_ET) {
      // OpenBGPD once wrote tables in a form that RFC 6396 does not have any more.
      const isTable = subtype === BGP4MP_ENTRY;
      if (!isTable) this.updates += 1;
      this.skipped.add(isTable ? 'BGP4MP_ENTRY' : 'BGP4MP');
    } else this.skipped.add(TYPE_NAMES[type] ?? `type ${type}`);
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
