import {
  type AddressWords,
  type Column,
  CryptoPan,
  columns,
  derivedKey,
  displayNumber,
  formatAddress,
  isMappedIPv4,
  type JsonValue,
  keyedDigest,
  kindOfNames,
  maskAddress,
  Pseudonyms,
  parseAddress,
  virtualColumns,
} from '../flow/index.ts';
import type { FlowsHeader, QueryAnswer } from './answer.ts';
import type { FlowRecord } from './record.ts';
import { REPORTS } from './reports/all.ts';
import type { ReportAnswer, TextKind } from './reports/report.ts';

/** Takes who it was out of answers: the same input gives the same output as long as the key is the same. */
export interface Anonymiser {
  record(record: FlowRecord): FlowRecord;
  header<Header extends Pick<FlowsHeader, 'quality' | 'plan'>>(header: Header): Header;
  query(answer: QueryAnswer): QueryAnswer;
  report(answer: ReportAnswer): ReportAnswer;
}

type Change = (value: string | number) => JsonValue;

/** Texts that say what and not who. Every other text column is pseudonymised, also one that a later version adds. */
const KEPT = new Set(['application', 'service', 'category', 'as_path', 'src_country', 'dst_country', 'blocklist']);
/** Wide numbers whose meaning only the configuration knows: they may be of a person. */
const UNTOLD = /^custom_/;
/** An integer that no number holds exactly is a text in JSON; one that is shorter may be a telephone number. */
const WIDE_INTEGER = /^-?\d{16,}$/;

/**
 * Addresses are changed by Crypto-PAn; texts become `user-3f9a1c...`, keyed HMAC-SHA256 of the text; MAC addresses too, with the
 * locally administered bit set. AS numbers, ports, times and counters stay. The keys of texts and MACs are derived from the file's, so
 * that nothing of the one tells of the other.
 */
export function anonymiser(key: Uint8Array): Anonymiser {
  const changes = columnChanges(key);
  const mention = mentions(changes.address);
  const byName = new Map<string, Change>([...columns, ...virtualColumns].flatMap((c) => pair(c, changes.of(c))));
  const cell = (name: string, type: string, value: JsonValue | undefined): JsonValue => {
    if (value === null || value === undefined) return null;
    const change = byName.get(name.split('/')[0]!);
    if (type === 'prefix') return mention(String(value));
    if (change) return change(value);
    return typeof value === 'string' ? mention(value) : value;
  };
  /** A value of a report: what it does not declare, and is no column of flows, may be a name that an exporter or configuration gave. */
  const told = (texts: Readonly<Record<string, TextKind>>, name: string, type: string, value: JsonValue): JsonValue => {
    const kind = texts[name];
    if (typeof value !== 'string' || (kind === undefined && byName.has(name)) || type === 'prefix')
      return cell(name, type, value);
    if (kind !== undefined) return mention(kind === 'quoting' ? changes.quoted(value) : value);
    return WIDE_INTEGER.test(value) ? value : (changes.wholeAddress(value) ?? changes.name(name, value));
  };
  const deep = <T>(value: T, text: (name: string, value: string) => JsonValue, name = ''): T => {
    if (Array.isArray(value)) return value.map((v) => deep(v, text, name)) as T;
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [mention(k), deep(v, text, k)])) as T;
    }
    return typeof value === 'string' ? (text(name, value) as T) : value;
  };
  // The account of an answer's worth names exporters, and its words are Weir's own.
  const account = <T>(value: T): T => deep(value, (_, text) => mention(text));
  const header = <H extends Pick<FlowsHeader, 'quality' | 'plan'>>(of: H): H => {
    return { ...of, quality: account(of.quality), plan: account(of.plan) };
  };
  return {
    header,
    record: (record) => {
      const changed: FlowRecord = {};
      for (const name in record) {
        const change = byName.get(name);
        const value = change ? change(record[name]!) : record[name]!;
        if (value !== null) changed[name] = value;
      }
      return changed;
    },
    query: (answer) => {
      // What exporters and interfaces are called tells where they stand.
      const { exporter_names: _exporters, interface_names: _interfaces, ...kept } = answer;
      const { columns, previous } = kept;
      return {
        ...header(kept),
        rows: answer.rows.map((row) => row.map((value, i) => cell(columns[i]!.name, columns[i]!.type, value))),
        ...(previous ? { previous: { ...previous, quality: account(previous.quality) } } : {}),
      };
    },
    report: (answer) => {
      const texts = REPORTS.find((r) => r.name === answer.report)?.texts ?? {};
      return {
        ...header(answer),
        data: deep(answer.data, (name, text) => told(texts, name, 'text', text)),
        tables: answer.tables.map((table) => ({
          ...table,
          rows: table.rows.map((row) =>
            row.map((value, i) => told(texts, table.columns[i]!.name, table.columns[i]!.type, value)),
          ),
        })),
      };
    },
  };
}

function pair(column: Column, change: Change | null): [string, Change][] {
  return change ? [[column.name, change]] : [];
}

function columnChanges(key: Uint8Array): {
  of(column: Column): Change | null;
  address(w: AddressWords): AddressWords;
  /** Null for what is no address. */
  wholeAddress(text: string): string | null;
  name(kind: string, text: string): string;
  /** A text with what stands in quotation marks changed. */
  quoted(text: string): string;
} {
  const pan = new CryptoPan(key);
  const names = new Pseudonyms(key);
  const macs = derivedKey(key, 'mac');
  const address = (w: AddressWords) => pan.address(w);
  const wholeAddress = (text: string) => {
    const words = parseAddress(text);
    return words && formatAddress(address(words));
  };
  // What cannot be read cannot be told to be harmless.
  const changeAddress: Change = (value) => wholeAddress(String(value));
  const mention = mentions(address);
  const text = (column: Column): Change => {
    const kind = kindOfNames(column.name);
    return (value) => names.of(kind, value);
  };
  const change = (column: Column): Change | null => {
    if (column.type === 'address') return changeAddress;
    if (column.names === 'mac')
      return (value) => macOf(column, keyedDigest(macs, String(value).toLowerCase()), String(value));
    if (column.name === 'tunnel') return (value) => mention(String(value));
    if (UNTOLD.test(column.name) && column.type === 'u64') return (value) => names.number(column.name, value);
    return column.type === 'text' && !KEPT.has(column.name) ? text(column) : null;
  };
  return {
    address,
    wholeAddress,
    name: (kind, text) => names.of(kind, text),
    // Up to the last one: the name may hold some itself.
    quoted: (text) => text.replace(/".*"/s, (found) => `"${names.of('name', found)}"`),
    of: (column) => {
      const made = change(column);
      return made && remembered(made);
    },
  };
}

/** 46 bits of the digest, locally administered (so no maker's); a group address stays one. */
function macOf(column: Column, digest: Buffer, value: string): string {
  const group = Number.parseInt(value.slice(0, 2), 16) & 1;
  digest[0] = (digest[0]! & 0xfc) | 2 | group;
  return displayNumber(column, digest.readUIntBE(0, 6));
}

/** Values whose change is remembered: a record has few that nobody has seen before. */
const MEMORY = 100_000;

function remembered(change: Change): Change {
  const known = new Map<string | number, JsonValue>();
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) return before;
    if (known.size >= MEMORY) known.clear();
    const made = change(value);
    known.set(value, made);
    return made;
  };
}

/** IPv6 first, because it may end with IPv4; what looks like an address and is none stays. */
const MENTIONED = /[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*[0-9a-f:](?:\/\d{1,3})?|\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?/gi;

/** A text with the addresses and prefixes in it changed. A prefix is changed as an address and cut again, which keeps it a prefix. */
function mentions(address: (w: AddressWords) => AddressWords): (text: string) => string {
  return (text) =>
    text.replace(MENTIONED, (found) => {
      const [written = '', bits] = found.split('/');
      const words = parseAddress(written);
      if (!words) return found;
      const changed = address(words);
      if (bits === undefined) return formatAddress(changed);
      const length = Number(bits) + (isMappedIPv4(words) ? 96 : 0);
      return `${formatAddress(maskAddress(changed, length))}/${bits}`;
    });
}
