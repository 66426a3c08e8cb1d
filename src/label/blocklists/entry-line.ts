import { type AddressWords, isMappedIPv4, type Prefix, parseAddress, parsePrefix } from '../../flow/index.ts';
import { rangePrefixes } from './range-prefixes.ts';

/** Why a line of a list gives no prefix. */
export type LineFault = 'name' | 'not_address' | 'bad_range';

/** What one line says: prefixes (none: it only describes the list), or why it cannot be used. */
export type LineResult = readonly Prefix[] | LineFault;

export type LineReader = (line: string) => LineResult;

const NOTHING: readonly Prefix[] = [];
/** Labels with a dot behind each, and a last one (RFC 1123 section 2.1), which has a letter in it. */
const NAME = /^(?:\*?\.)?(?:[a-z0-9_-]+\.)+([a-z0-9-]+)\.?$/i;
/** RFC 1035 section 2.3.4. */
const LONGEST_NAME = 255;
/** Addresses that hosts files give to names that shall not be reached. */
const SINK = /^(0\.0\.0\.0|127\.0\.0\.1|::1?)$/;
const COMMENT = /[#;]|\/\//;
const RANGE_4 = /(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})\s*-\s*(\d{1,3}(?:\.\d{1,3}){3})(?![\d.])/g;
const RANGE_6 = /^([0-9a-f:]+)\s*-\s*([0-9a-f:]+)$/i;
/** DShield's block list: first, last, length of the prefix. */
const SPAN = /^([0-9a-f.:]+)\s+([0-9a-f.:]+)\s+\d+\b/i;

/** `192.0.2.1:443` and `[2001:db8::1]:443`: an address with its port; null where it is none. */
export function endpointPrefix(text: string): Prefix | null {
  const address = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):\d{1,5}$/i.exec(text);
  return address === null ? null : parsePrefix((address[1] ?? address[2])!);
}

/** A pattern that begins with spaces would look at each of many spaces anew. */
function withoutComment(line: string): string {
  const at = line.search(COMMENT);
  return at < 0 ? line : line.slice(0, at);
}

function isName(token: string): boolean {
  return token.length <= LONGEST_NAME && /[a-z]/i.test(NAME.exec(token)?.[1] ?? '');
}

/** One address or prefix, with its port or without, whatever stands behind it: netsets, Spamhaus DROP, addresses with counts. */
export function plainLine(line: string): LineResult {
  const [token = '', next = ''] = withoutComment(line).trimStart().split(/\s+/, 2);
  if (token === '') return NOTHING;
  const prefix = parsePrefix(token) ?? endpointPrefix(token);
  if (prefix === null) return isName(token) ? 'name' : 'not_address';
  if (SINK.test(token) && /[a-z]/i.test(next)) return 'name';
  // A range or a span says more than its first address.
  if (next.startsWith('-') || parseAddress(next) !== null) return 'not_address';
  return [prefix];
}

/** `a-b`, `name:a-b` (P2P), `a - b , 000 , name` (ipfilter.dat), `a b 24 ...` (DShield); single addresses may stand among them. */
export function rangeLine(line: string): LineResult {
  const text = line.replace(/^\s*(?:[#;]|\/\/).*$/, '').trim();
  if (text === '' || /^start\s+end\b/i.test(text)) return NOTHING;
  // A name before the colon may hold a range too: the last counts.
  const ends = SPAN.exec(text) ?? RANGE_6.exec(text) ?? [...text.matchAll(RANGE_4)].at(-1);
  if (!ends) return plainLine(text);
  const first = looseAddress(ends[1]!);
  const last = looseAddress(ends[2]!);
  if (first === null || last === null) return 'not_address';
  const prefixes = isMappedIPv4(first) === isMappedIPv4(last) ? rangePrefixes(first, last) : [];
  return prefixes.length > 0 ? prefixes : 'bad_range';
}

/** Lists for P2P programs write 001.002.003.004, which stands for decimal numbers. */
function looseAddress(text: string): AddressWords | null {
  return parseAddress(text.replace(/(^|\.)0+(?=\d)/g, '$1'));
}

/** `add NAME ADDRESS` of `ipset save`; sets of other things than addresses are none. */
export function ipsetLine(line: string): LineResult {
  const words = line.split('#', 1)[0]!.trim().split(/\s+/);
  if (words[0] === '' || /^(create|-N|flush|-F|COMMIT|swap|destroy)$/.test(words[0]!)) return NOTHING;
  if (!/^(add|-A)$/.test(words[0]!) || words.length < 3) return 'not_address';
  if (words.includes('nomatch')) return NOTHING;
  return rangeLine(words[2]!);
}

const JSON_KEYS = ['cidr', 'prefix', 'network', 'ip_range', 'ip', 'ip_address', 'address', 'dst_ip'];

/** One object in a line, as Spamhaus writes DROP; `{"type":"metadata", ...}` describes the list. */
export function jsonLine(line: string): LineResult {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return NOTHING;
  let entry: unknown;
  try {
    entry = JSON.parse(text);
  } catch {
    return 'not_address';
  }
  if (typeof entry !== 'object' || entry === null) return 'not_address';
  const fields = entry as Record<string, unknown>;
  if (fields.type === 'metadata') return NOTHING;
  const value = JSON_KEYS.map((key) => fields[key]).find((v) => typeof v === 'string');
  return value === undefined ? 'not_address' : plainLine(value as string);
}
