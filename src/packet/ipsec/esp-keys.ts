import { createRequire } from 'node:module';
import { WeirError } from '../../base/index.ts';
import { parseAddress } from '../../flow/index.ts';
import { CIPHERS, type CipherName, type EspKey, INTEGRITIES, type IntegrityName } from './cipher-suites.ts';
import { isTcpdumpFormat, readTcpdumpLines } from './tcpdump-keys.ts';

/** By `require` when there is a key file: it takes as long to load as all that meters a capture. */
const loadYaml = (): typeof import('yaml') => createRequire(import.meta.url)('yaml');

/** One entry of a key file as it is written, whatever the format, and where. */
export interface WrittenKey {
  readonly where: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const FIELDS = [
  'spi',
  'dst',
  'encryption',
  'key',
  'authentication',
  'authentication_key',
  'check_bytes',
  'sequence_high',
] as const;

const MOST_KEYS = 100_000;
/** Mistakes that are told one by one: a file that is no key file has one in every line. */
const MOST_TOLD = 10;

/**
 * The keys of a file: YAML, or the lines of `tcpdump -E`. Raises WeirError `usage` that lists the first mistakes, and all in its details. No message has a value out of the file,
 * as a key may stand in the wrong place.
 */
export function parseEspKeys(text: string, file: string): EspKey[] {
  const problems: string[] = [];
  const written = isTcpdumpFormat(text) ? readTcpdumpLines(text, file, problems) : readYaml(text, file, problems);
  const keys: EspKey[] = [];
  const places = new Map<string, string>();
  for (const { where, fields } of written) {
    const key = readKey(fields, (message) => problems.push(`${where}${message}`));
    if (!key) continue;
    const association = `${key.spi} ${key.dst}`;
    const earlier = places.get(association);
    if (earlier === undefined) places.set(association, where);
    else problems.push(`${where}: the same spi and dst as ${earlier}`);
    keys.push(key);
  }
  if (problems.length === 0 && keys.length === 0) problems.push(`${file}: no keys`);
  if (problems.length > 0) {
    const heading = problems.length === 1 ? 'the key file is wrong:' : `the key file has ${problems.length} mistakes:`;
    const shown = problems.slice(0, MOST_TOLD).map((p) => `  ${p}`);
    if (problems.length > MOST_TOLD) shown.push(`  and ${problems.length - MOST_TOLD} more`);
    throw new WeirError('usage', `${heading}\n${shown.join('\n')}`, { details: { problems } });
  }
  return keys;
}

function readYaml(text: string, file: string, problems: string[]): WrittenKey[] {
  const list = keysOfYaml(text, file, problems);
  if (problems.length > 0) return [];
  if (!Array.isArray(list) || list.length > MOST_KEYS) {
    problems.push(`${file}: expected \`keys:\` with a list of at most ${MOST_KEYS} security associations`);
    return [];
  }
  return list.map((fields: unknown, i) => ({
    where: `${file}: keys[${i}]`,
    fields: typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : {},
  }));
}

function keysOfYaml(text: string, file: string, problems: string[]): unknown {
  const { LineCounter, parseDocument } = loadYaml();
  const lines = new LineCounter();
  try {
    // Every scalar is text: as a number, a long key would lose its end.
    const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines, prettyErrors: false });
    for (const error of document.errors) {
      problems.push(`${file}: line ${lines.linePos(error.pos[0]).line}: no YAML that can be read (${error.code})`);
    }
    // Errors hold pieces of the text, warnings as well.
    return problems.length > 0 ? null : (document.toJS({ maxAliasCount: 0 }) as { keys?: unknown } | null)?.keys;
  } catch {
    problems.push(`${file}: no YAML that can be read: it has aliases, or is nested too deep`);
    return null;
  }
}

function readKey(fields: WrittenKey['fields'], problem: (message: string) => void): EspKey | null {
  let good = true;
  const wrong = (field: string, message: string): null => {
    problem(`.${field}: ${message}`);
    good = false;
    return null;
  };
  for (const field of Object.keys(fields)) {
    if (!(FIELDS as readonly string[]).includes(field)) {
      problem(`: a field that there is not; there are ${FIELDS.join(', ')}`);
      good = false;
    }
  }
  const spi = readNumber(fields.spi, 1, 0xffff_ffff) ?? wrong('spi', 'expected a number from 1 to 0xffffffff');
  const dst = fields.dst === undefined ? null : readAddress(fields.dst);
  if (dst === undefined) wrong('dst', 'expected an IPv4 or IPv6 address');
  const cipher = oneOf(CIPHERS, fields.encryption);
  if (!cipher) wrong('encryption', `expected one of ${Object.keys(CIPHERS).join(', ')}`);
  const integrity = oneOf(INTEGRITIES, fields.authentication ?? 'none');
  if (!integrity) wrong('authentication', `expected one of ${Object.keys(INTEGRITIES).join(', ')}`);
  const key = readBytes(fields.key ?? '') ?? wrong('key', 'expected 0x and an even number of hexadecimal digits');
  const integrityKey =
    fields.authentication_key === undefined
      ? null
      : (readBytes(fields.authentication_key) ??
        wrong('authentication_key', 'expected 0x and an even number of hexadecimal digits'));
  const sequenceHigh = fields.sequence_high === undefined ? null : readNumber(fields.sequence_high, 0, 0xffff_ffff);
  if (sequenceHigh === undefined) wrong('sequence_high', 'expected a number from 0 to 0xffffffff');
  if (!cipher || !integrity || key === null) return null;

  const { algorithms, saltBytes, mode } = CIPHERS[cipher];
  const keyBytes = key.length - saltBytes;
  if (!(keyBytes in algorithms)) {
    const sizes = Object.keys(algorithms).map((size) => Number(size) + saltBytes);
    wrong('key', `expected ${sizes.join(', ')} bytes for ${cipher}${saltBytes ? ', salt or nonce at the end' : ''}`);
  }
  const checkBytes = readCheckBytes(fields.check_bytes, cipher, integrity);
  if (checkBytes === null) wrong('check_bytes', 'expected 8, 12 or 16, with aes-gcm');
  if (mode === 'aead' && integrity !== 'none') wrong('authentication', `expected none, as ${cipher} has its own`);
  if (integrityKey !== null && (integrity === 'none' || integrityKey.length === 0)) {
    wrong('authentication_key', 'expected with an authentication, and not empty');
  }
  if (!good) return null;
  return {
    spi: spi!,
    dst: dst!,
    cipher,
    key: key.subarray(0, keyBytes),
    salt: key.subarray(keyBytes),
    integrity,
    integrityKey,
    checkBytes: checkBytes!,
    sequenceHigh: sequenceHigh!,
  };
}

/** Bytes of the check value; null when what is given is none for the cipher. */
function readCheckBytes(value: unknown, cipher: CipherName, integrity: IntegrityName): number | null {
  if (value === undefined) return CIPHERS[cipher].mode === 'aead' ? 16 : INTEGRITIES[integrity].checkBytes;
  const bytes = readNumber(value, 8, 16);
  return cipher === 'aes-gcm' && (bytes === 8 || bytes === 12 || bytes === 16) ? bytes : null;
}

function oneOf<T extends object>(names: T, value: unknown): (keyof T & string) | null {
  const name = String(value).toLowerCase();
  return Object.hasOwn(names, name) ? (name as keyof T & string) : null;
}

function readNumber(value: unknown, least: number, most: number): number | undefined {
  if (typeof value !== 'string' || !/^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(value)) return undefined;
  const number = Number(value);
  return number >= least && number <= most ? number : undefined;
}

function readAddress(value: unknown): EspKey['dst'] | undefined {
  const words = typeof value === 'string' ? parseAddress(value) : null;
  return words ? [words[0], words[1], words[2], words[3]] : undefined;
}

function readBytes(value: unknown): Uint8Array | null {
  if (value === '') return new Uint8Array(0);
  const hex = typeof value === 'string' ? /^0x((?:[0-9a-f]{2})+)$/i.exec(value.replace(/[\s_]/g, '')) : null;
  return hex ? Uint8Array.from(Buffer.from(hex[1]!, 'hex')) : null;
}
