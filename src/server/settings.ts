import { availableParallelism, totalmem } from 'node:os';
import { z } from 'zod';
import { parsePrefix } from '../flow/index.ts';
import { formatListenAddress, type ListenAddress, parseListenAddress } from './listen-address.ts';
import { formatDuration, parseBytes, parseDuration } from './units.ts';

/**
 * The one table of what can be set on a node. The YAML keys, the `WEIR_` variables, the flags of `weir up` and the
 * reference page are derived from it. Values arrive as YAML scalars or, from flags and the environment, as text.
 */
export interface Setting<T = unknown> {
  /** Its schema reads text as well as YAML values; what it expects is the message of its one error. */
  readonly schema: z.ZodType<T>;
  readonly fallback: T;
  readonly meaning: string;
  /** The placeholder in the help of the flag; absent where there is no flag, because a process list would show the value. */
  readonly flag?: string;
}

/** A schema that turns a scalar into a value with `read`, or complains with `expected`. */
function scalar<T>(expected: string, read: (text: string) => T | null): z.ZodType<T> {
  return z
    .union([z.string(), z.number(), z.boolean()], { error: () => `expected ${expected}` })
    .transform((value, ctx) => {
      const result = read(String(value));
      if (result !== null) return result;
      ctx.addIssue({ code: 'custom', message: `expected ${expected}` });
      return z.NEVER;
    });
}

const bytes = (min: number, max = 2 ** 53) =>
  scalar(`bytes such as 64M or 1GiB, at least ${min}`, (t) => within(parseBytes(t), min, max));

const duration = (example: string, min: number) =>
  scalar(`a duration with its unit such as ${example}, at least ${formatDuration(min)}`, (t) =>
    within(parseDuration(t), min, 1e14),
  );

const integer = (min: number, max: number) =>
  scalar(`a whole number from ${min} to ${max}`, (t) => (/^\d+$/.test(t) ? within(Number(t), min, max) : null));

function within(value: number | null, min: number, max: number): number | null {
  return value !== null && value >= min && value <= max ? value : null;
}

const text = (expected: string) => scalar(expected, (t) => (t.length > 0 ? t : null));

/** Sockets can be turned off: `off`, or `false` in YAML. */
const listener = (example: string) =>
  scalar<ListenAddress | null | 'off'>(`ADDRESS:PORT such as ${example}, or off`, (t) =>
    /^(off|false|no)$/i.test(t) ? 'off' : parseListenAddress(t),
  ).transform((v) => (v === 'off' ? null : v));

/** A YAML list, or text with commas. */
function list<T>(expected: string, read: (item: string) => T | null): z.ZodType<readonly T[]> {
  return z.union([z.string(), z.array(z.string())], { error: () => `expected ${expected}` }).transform((value, ctx) => {
    const items = (typeof value === 'string' ? value.split(',') : value).map((s) => s.trim()).filter((s) => s !== '');
    return items.map((item) => {
      const result = read(item);
      if (result !== null) return result;
      ctx.addIssue({ code: 'custom', message: `expected ${expected}; "${item}" is not` });
      return z.NEVER;
    });
  });
}

function setting<T>(s: Setting<T>): Setting<T> {
  return s;
}

/** All cores: the threads of queries run at a lower priority than those that receive. */
const allCores = availableParallelism();
/** A quarter of the memory, at most 4 GiB: DuckDB spills to disk beyond it. */
const quarterOfMemory = Math.min(4 * 1024 ** 3, Math.max(256 * 1024 ** 2, Math.floor(totalmem() / 4)));

export const SETTINGS = {
  data: setting({
    schema: text('a directory'),
    fallback: './weir-data',
    meaning: 'directory of the store',
    flag: 'DIR',
  }),
  http: setting<ListenAddress | null>({
    schema: listener('127.0.0.1:8480'),
    fallback: { address: '127.0.0.1', port: 8480 },
    meaning: 'where the API listens; off for none (any address but loopback needs a token)',
    flag: 'ADDRESS:PORT',
  }),
  netflow: setting<ListenAddress | null>({
    schema: listener('0.0.0.0:2055'),
    fallback: { address: '0.0.0.0', port: 2055 },
    meaning: 'UDP port for NetFlow v5; 0.0.0.0 is every address, IPv6 too; off for none',
    flag: 'ADDRESS:PORT',
  }),
  home: setting<readonly string[]>({
    schema: list('prefixes such as 10.0.0.0/8,2001:db8::/32', (t) => (parsePrefix(t) ? t : null)),
    fallback: [],
    meaning: 'prefixes that count as inside: @home in a filter',
    flag: 'CIDR,...',
  }),
  log: setting<'json' | 'pretty'>({
    schema: scalar('json or pretty', (t) => (t === 'json' || t === 'pretty' ? t : null)),
    fallback: 'pretty',
    meaning: 'form of the log on stderr: json or pretty',
    flag: 'FORM',
  }),
  receive_threads: setting({
    schema: integer(1, 64),
    fallback: 1,
    meaning: 'threads that receive and decode',
    flag: 'N',
  }),
  receive_buffer: setting({
    schema: bytes(65_536, 2 ** 31 - 1),
    fallback: 64_000_000,
    meaning: 'socket buffer of each receiving socket; a datagram takes about 2,300 bytes of it',
    flag: 'BYTES',
  }),
  max_exporters: setting({
    schema: integer(1, 65_536),
    fallback: 10_000,
    meaning: 'exporters that are told apart',
    flag: 'N',
  }),
  retention_age: setting({
    schema: duration('90d', 3_600_000),
    fallback: 730 * 86_400_000,
    meaning: 'flows older than this are deleted',
    flag: 'DURATION',
  }),
  retention_bytes: setting({
    schema: bytes(10_000_000),
    fallback: 50_000_000_000,
    meaning: 'the store never grows beyond this: the oldest flows are deleted',
    flag: 'BYTES',
  }),
  segment_rows: setting({
    schema: integer(10_000, 100_000_000),
    fallback: 1_000_000,
    meaning: 'rows after which a segment is written',
    flag: 'N',
  }),
  journal_sync: setting({
    schema: scalar('milliseconds from 10 to 60000', (t) =>
      within(/^\d+$/.test(t) ? Number(t) : parseDuration(t), 10, 60_000),
    ),
    fallback: 1_000,
    meaning: 'milliseconds between two fdatasync of the journal: what a power loss can cost',
    flag: 'MS',
  }),
  query_memory: setting({
    schema: bytes(64_000_000),
    fallback: quarterOfMemory,
    meaning: 'memory for all queries together; default: a quarter of the machine, at most 4 GiB',
    flag: 'BYTES',
  }),
  query_timeout: setting({
    schema: duration('60s', 100),
    fallback: 60_000,
    meaning: 'a query that takes longer is ended',
    flag: 'DURATION',
  }),
  query_threads: setting({
    schema: integer(1, 256),
    fallback: allCores,
    meaning: 'cores that queries may use; default: all, at a lower priority than receiving',
    flag: 'N',
  }),
  http_token: setting<string | null>({
    schema: scalar('a token of at least 16 printable characters without spaces', readToken),
    fallback: null,
    meaning: 'requests over TCP must carry it as `Authorization: Bearer TOKEN`',
  }),
  http_token_file: setting<string | null>({
    schema: text('a file with the token in its first line'),
    fallback: null,
    meaning: 'file that holds the token',
    flag: 'FILE',
  }),
  http_names: setting<readonly string[]>({
    schema: list('host names', (t) => (/^[a-z0-9.-]+$/i.test(t) ? t.toLowerCase() : null)),
    fallback: [],
    meaning: 'further names by which clients may call the API on loopback, e.g. behind a proxy',
    flag: 'NAME,...',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** All values of a node: what `startNode` takes. */
export type NodeConfig = { -readonly [K in SettingName]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never };

/** A token that can stand in a header and is not guessed. */
export function readToken(line: string): string | null {
  return /^[\x21-\x7e]{16,1024}$/.test(line) ? line : null;
}

/** `query_timeout` is `--query-timeout` on the command line and WEIR_QUERY_TIMEOUT in the environment. */
export const flagOf = (name: SettingName): string => `--${name.replaceAll('_', '-')}`;
export const variableOf = (name: SettingName): string => `WEIR_${name.toUpperCase()}`;

/** A default as the help shows it. */
export function describeFallback(name: SettingName): string {
  const value: unknown = SETTINGS[name].fallback;
  if (value === null || (Array.isArray(value) && value.length === 0)) return 'none';
  if (name === 'retention_age' || name === 'query_timeout') return formatDuration(value as number);
  if (typeof value === 'object') return formatListenAddress(value as ListenAddress);
  return String(value);
}
