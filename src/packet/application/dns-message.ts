import { beginComparing, behindName, type DnsBytes, NAME_TEXT, nameText, sameName } from './dns-names.ts';
import { EXCHANGE, type Finding } from './finding.ts';
import { writeServerName } from './server-name.ts';

/** What bytes are that may be a message of DNS. */
export const DNS = EXCHANGE;

/** RFC 1035 section 4.1.1. */
const HEADER_BYTES = 12;
const TYPE_A = 1;
const TYPE_CNAME = 5;
const TYPE_AAAA = 28;
/** https://www.iana.org/assignments/dns-parameters: above are none yet but some of their own, from 32768. */
const MOST_TYPE = 300;
/** Of answers: so many addresses are kept, and as many names lead to them. */
const MOST_RECORDS = 32;
/** Longer chains of names that lead on to others (CNAME) no resolver follows. */
const MOST_STEPS = 16;
/** Servers put a name that leads on before the records of the other (RFC 1034 section 4.3.2): usually one is enough. */
const MOST_PASSES = 4;
const MAPPED_IPV4 = 0xffff;

/** Filled and read within one call. */
const message: DnsBytes = { data: new DataView(new ArrayBuffer(0)), start: 0, length: 0 };
const chain = new Uint16Array(MOST_STEPS);

const wordAt = (at: number) => message.data.getUint16(message.start + at);

/**
 * A message of DNS, or of one of its kind: the name that is asked for goes to `out`, and of an answer the addresses of that name, of itself or of those that it leads to
 * (RFC 1034 section 3.6.2). `lenient`: where it stands, it can be little else, though something in it be wrong.
 */
export function readDns(data: DataView, start: number, length: number, out: Finding, lenient: boolean): number {
  if (length < HEADER_BYTES) return DNS.none;
  message.data = data;
  message.start = start;
  message.length = length;
  const flags = wordAt(2);
  const questions = wordAt(4);
  const records = wordAt(6) + wordAt(8) + wordAt(10);
  const kind = (flags & 0x8000) === 0 ? DNS.query : DNS.answer;
  if (!isHeader(flags, questions, records, kind)) return DNS.none;
  const behind = questions > 0 ? behindQuestions(questions) : HEADER_BYTES;
  if (behind < 0) return lenient ? kind : DNS.none;
  if (!lenient && !isSure(kind, questions, records, behind)) return DNS.none;
  const nameBytes = questions > 0 ? nameText(message, HEADER_BYTES) : -1;
  if (nameBytes <= 0 || !writeServerName(NAME_TEXT, 0, nameBytes, out)) return kind;
  out.exchange = kind;
  out.transaction = wordAt(0);
  if (kind === DNS.answer) readAddresses(behind, Math.min(wordAt(6), MOST_RECORDS), out);
  return kind;
}

function isHeader(flags: number, questions: number, records: number, kind: number): boolean {
  const operation = (flags >> 11) & 15;
  // RFC 6895 section 2.2; 3 is of nobody.
  if (operation > 6 || operation === 3 || (flags & 0x40) !== 0) return false;
  if (kind === DNS.query && (flags & 0x0f) !== 0) return false;
  return questions <= 16 && records <= 200 && (questions > 0 || records > 0);
}

function behindQuestions(questions: number): number {
  let at = HEADER_BYTES;
  for (let i = 0; i < questions; i++) {
    at = behindName(message, at);
    if (at < 0 || at + 4 > message.length) return -1;
    at += 4;
    const type = wordAt(at - 4);
    // The highest bit of the class is another thing to mDNS (RFC 6762 section 5.4).
    const { data, start } = message;
    const klass = data.getUint16(start + at - 2) & 0x7fff;
    if (type === 0 || (type > MOST_TYPE && type < 32_768) || !(klass === 1 || klass === 3 || klass === 255)) return -1;
  }
  return at;
}

/** On a port where DNS is not expected: one question, and nothing but records behind it. */
function isSure(kind: number, questions: number, records: number, behind: number): boolean {
  if (questions !== 1) return false;
  if (kind === DNS.query && records > 2) return false;
  if (records === 0) return behind === message.length;
  let at = behind;
  for (let i = 0; i < records; i++) {
    at = behindRecord(at);
    if (at < 0) return false;
  }
  return at === message.length;
}

/** RFC 1035 section 4.1.3. */
function behindRecord(at: number): number {
  const fixed = behindName(message, at);
  if (fixed < 0 || fixed + 10 > message.length) return -1;
  const end = fixed + 10 + wordAt(fixed + 8);
  return end <= message.length ? end : -1;
}

function readAddresses(from: number, answers: number, out: Finding): void {
  beginComparing();
  chain[0] = HEADER_BYTES;
  let names = 1;
  for (let pass = 0, before = 0; pass < MOST_PASSES && before !== names; pass++) {
    before = names;
    names = followNames(from, answers, names);
  }
  let at = from;
  for (let i = 0; i < answers; i++) {
    const end = behindRecord(at);
    if (end < 0) return;
    const fixed = behindName(message, at);
    const type = wordAt(fixed);
    if (isAddress(type, end - fixed) && isOfChain(at, names)) addAddress(fixed, type, out);
    at = end;
  }
}

/** Adds names that the last one leads to; how many there are then. */
function followNames(from: number, answers: number, count: number): number {
  let names = count;
  let at = from;
  for (let i = 0; i < answers && names < MOST_STEPS; i++) {
    const end = behindRecord(at);
    if (end < 0) return names;
    const fixed = behindName(message, at);
    if (wordAt(fixed) === TYPE_CNAME && sameName(message, at, chain[names - 1]!)) chain[names++] = fixed + 10;
    at = end;
  }
  return names;
}

function isAddress(type: number, bytes: number): boolean {
  return (type === TYPE_A && bytes === 14) || (type === TYPE_AAAA && bytes === 26);
}

/** Addresses are most often of the last. */
function isOfChain(at: number, names: number): boolean {
  for (let i = names - 1; i >= 0; i--) if (sameName(message, at, chain[i]!)) return true;
  return false;
}

function addAddress(fixed: number, type: number, out: Finding): void {
  const entry = out.namedAddresses[out.named];
  if (entry === undefined) return;
  out.named += 1;
  const { data, start } = message;
  const at = start + fixed + 10;
  entry.ttl = data.getUint32(start + fixed + 4);
  const isShort = type === TYPE_A;
  entry.address[0] = isShort ? 0 : data.getUint32(at);
  entry.address[1] = isShort ? 0 : data.getUint32(at + 4);
  entry.address[2] = isShort ? MAPPED_IPV4 : data.getUint32(at + 8);
  entry.address[3] = data.getUint32(isShort ? at : at + 12);
}
