import { availableParallelism, totalmem } from 'node:os';
import { parsePrefix } from '../flow/index.ts';
import type { ExporterRule } from '../ingest/index.ts';
import type { LabelRule, SchemeFile, UserApplication, UserProcess, UserService } from '../label/index.ts';
import type { ElementMapping } from '../wire/index.ts';
import { type BlocklistSource, blocklistSetting } from './blocklists/blocklist-setting.ts';
import { elementMappings, exporterRules } from './exporter-setting.ts';
import { HOST_SETTINGS, onOff } from './host-settings.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import {
  applicationsSetting,
  categoriesSetting,
  processesSetting,
  rulesSetting,
  schemeSetting,
  servicesSetting,
} from './naming-setting.ts';
import { PLACE_SETTINGS } from './places/place-settings.ts';
import { type Setting, setting } from './setting.ts';
import {
  bytes,
  type CaptureSampling,
  captureSampling,
  duration,
  durationOrNone,
  integer,
  list,
  listener,
  scalar,
  share,
  text,
  within,
  word,
} from './setting-schemas.ts';
import { type Site, siteSetting, subnetSetting } from './site-setting.ts';
import { type SnmpRule, snmpSetting } from './snmp/snmp-setting.ts';
import { TLS_SETTINGS } from './tls/tls-settings.ts';
import { formatDuration, parseDuration } from './units.ts';

/** The age of a level of history. */
function levelAge(width: string, days: number | null, when = ''): Setting<number | null> {
  return {
    schema: durationOrNone('90d', 86_400_000),
    fallback: days === null ? null : days * 86_400_000,
    meaning: `history in steps of ${width} older than this is deleted${when}; none keeps it`,
    flag: 'DURATION',
  };
}

/** The size of a level of history. */
function levelBytes(width: string, most: number): Setting<number> {
  return {
    schema: bytes(1_000_000),
    fallback: most,
    meaning: `history in steps of ${width} never takes more than this: the oldest is deleted`,
    flag: 'BYTES',
  };
}

/** All cores: the threads of queries run at a lower priority than those that receive. */
const allCores = availableParallelism();
/** A quarter of the memory, at most 4 GiB: DuckDB spills to disk beyond it. */
const quarterOfMemory = Math.min(4 * 1024 ** 3, Math.max(256 * 1024 ** 2, Math.floor(totalmem() / 4)));

/**
 * The one table of what can be set on a node. The YAML keys, the `WEIR_` variables, the flags of `weir up` and the
 * reference page are derived from it.
 */
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
    meaning: 'where the API listens; off for none (on any address but loopback all have to sign in, or send a token)',
    flag: 'ADDRESS:PORT',
  }),
  netflow: setting<ListenAddress | null>({
    schema: listener('0.0.0.0:2055'),
    fallback: { address: '0.0.0.0', port: 2055 },
    meaning:
      'UDP port for NetFlow; takes IPFIX and sFlow too, as the next two do; 0.0.0.0 is every address, IPv6 too; off for none',
    flag: 'ADDRESS:PORT',
  }),
  ipfix: setting<ListenAddress | null>({
    schema: listener('0.0.0.0:4739'),
    fallback: { address: '0.0.0.0', port: 4739 },
    meaning: 'UDP port for IPFIX; off for none',
    flag: 'ADDRESS:PORT',
  }),
  sflow: setting<ListenAddress | null>({
    schema: listener('0.0.0.0:6343'),
    fallback: { address: '0.0.0.0', port: 6343 },
    meaning: 'UDP port for sFlow; off for none',
    flag: 'ADDRESS:PORT',
  }),
  ipfix_tcp: setting<ListenAddress | null>({
    schema: listener('0.0.0.0:4739', { address: '0.0.0.0', port: 4739 }),
    fallback: null,
    meaning: 'TCP port for IPFIX, a thread of its own; alone it is 0.0.0.0:4739',
    flag: '[ADDRESS:PORT]',
  }),
  capture: setting<readonly string[]>({
    schema: list('names of interfaces such as eth1,eth2', (t) => (/^[^\s/]{1,15}$/.test(t) ? t : null)),
    fallback: [],
    meaning: 'interfaces whose packets this node meters itself, a mirror port for one; takes CAP_NET_RAW',
    flag: 'IFACE,...',
  }),
  capture_idle: setting({
    schema: duration('90s', 1_000),
    fallback: 90_000,
    meaning: 'a captured flow without a packet for so long is over',
    flag: 'DURATION',
  }),
  capture_active: setting<number | null>({
    schema: durationOrNone('5m', 1_000),
    fallback: 300_000,
    meaning: 'a captured flow is recorded at this age and goes on in another record; none: only when it is over',
    flag: 'DURATION',
  }),
  capture_sampling: setting<CaptureSampling>({
    schema: captureSampling,
    fallback: { sampling: 1, samplingMethod: 'systematic' },
    meaning:
      'meters 1 in N captured packets: N counts them off, random:N draws them, flow:N keeps 1 in N flows whole; none: all',
    flag: 'N',
  }),
  capture_duplicates: setting<'left-out' | 'counted'>({
    schema: word('left-out', 'counted'),
    fallback: 'left-out',
    meaning: 'copies of a packet that a mirror port shows twice',
    flag: 'left-out|counted',
  }),
  capture_keys: setting<string | null>({
    schema: text('a file with keys for ESP'),
    fallback: null,
    meaning: 'file with the keys of IPsec (ESP) that is to be seen into; whole packets are then captured',
    flag: 'FILE',
  }),
  capture_ring: setting({
    schema: bytes(1_048_576, 2 ** 31 - 1),
    fallback: 64_000_000,
    meaning: 'memory for each interface where packets wait to be metered; what does not fit is counted as dropped',
    flag: 'BYTES',
  }),
  ...HOST_SETTINGS,
  ...PLACE_SETTINGS,
  home: setting<readonly string[]>({
    schema: list('prefixes such as 10.0.0.0/8,2001:db8::/32', (t) => (parsePrefix(t) ? t : null)),
    fallback: [],
    meaning: 'prefixes that count as inside: @home in a filter',
    flag: 'CIDR,...',
  }),
  sites: setting<Readonly<Record<string, Site>>>({
    schema: siteSetting,
    fallback: {},
    meaning: 'prefixes of each site, by its name; they count as inside too; or its exporters and VLANs',
    fileOnly: true,
  }),
  subnets: setting<Readonly<Record<string, readonly string[]>>>({
    schema: subnetSetting,
    fallback: {},
    meaning: 'prefixes of subnets, by name',
    fileOnly: true,
  }),
  category_scheme: setting<string | SchemeFile>({
    schema: schemeSetting,
    fallback: 'default',
    meaning: 'categories of flows: default, microsoft-2005, or the path of a scheme',
    flag: 'SCHEME',
  }),
  applications: setting<Readonly<Record<string, UserApplication>>>({
    schema: applicationsSetting,
    fallback: {},
    meaning: 'own applications: ports and category of each',
    fileOnly: true,
  }),
  services: setting<Readonly<Record<string, UserService>>>({
    schema: servicesSetting,
    fallback: {},
    meaning: 'own services: domains of their servers and category of each',
    fileOnly: true,
  }),
  processes: setting<Readonly<Record<string, UserProcess>>>({
    schema: processesSetting,
    fallback: {},
    meaning: 'what processes speak, beyond those that are known',
    fileOnly: true,
  }),
  categories: setting<Readonly<Record<string, readonly string[]>>>({
    schema: categoriesSetting,
    fallback: {},
    meaning: 'applications and services by category, over those of the scheme',
    fileOnly: true,
  }),
  label_rules: setting<readonly LabelRule[]>({
    schema: rulesSetting,
    fallback: [],
    meaning: 'filters, and what the flows for which they hold are called; the first that holds counts',
    fileOnly: true,
  }),
  blocklists: setting<readonly BlocklistSource[]>({
    schema: blocklistSetting,
    fallback: [],
    meaning: 'lists of suspicious addresses, files and URLs: flows from and to them say so',
    fileOnly: true,
  }),
  log: setting<'json' | 'pretty'>({
    schema: word('json', 'pretty'),
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
    meaning:
      'the store never grows beyond this, history included: the oldest flows are deleted, then the finest history',
    flag: 'BYTES',
  }),
  free_space: setting({
    schema: share,
    fallback: 0,
    meaning:
      'part of the file system that stays free, such as 10%: the oldest flows are deleted, and where others have filled it nothing is written',
    flag: 'PERCENT',
  }),
  retention_1m_age: levelAge('1 min', 14),
  retention_1m_bytes: levelBytes('1 min', 4_000_000_000),
  retention_5m_age: levelAge('5 min', 100),
  retention_5m_bytes: levelBytes('5 min', 8_000_000_000),
  retention_1h_age: levelAge('1 h', 800),
  retention_1h_bytes: levelBytes('1 h', 10_000_000_000),
  retention_1d_age: levelAge('1 day', null, ', a whole month at a time: up to a month later'),
  retention_1d_bytes: levelBytes('1 day', 3_000_000_000),
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
  query_ask: setting({
    schema: duration('20s', 1),
    fallback: 20_000,
    meaning: 'a query that is expected to take longer is only answered when it says that it may (`--yes`)',
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
  ...TLS_SETTINGS,
  publish: setting<boolean>({
    schema: onOff,
    fallback: false,
    meaning: 'views may be published: read-only, anonymised, for everybody who has the link',
    flag: 'on|off',
  }),
  exporters: setting<readonly ExporterRule[]>({
    schema: exporterRules,
    fallback: [],
    meaning:
      'what exporters do not say themselves, by prefix: sampling, kind of their AS numbers, tunnels, name, interfaces',
    fileOnly: true,
  }),
  snmp: setting<readonly SnmpRule[]>({
    schema: snmpSetting,
    fallback: [],
    meaning: 'exporters that may be asked by SNMP for the names and speeds of their interfaces, by prefix',
    fileOnly: true,
  }),
  elements: setting<readonly ElementMapping[]>({
    schema: elementMappings,
    fallback: [],
    meaning: 'information elements that go to the custom columns',
    fileOnly: true,
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** Datagram ports, in the order in which they are opened. */
export const DATAGRAM_LISTENERS = ['netflow', 'ipfix', 'sflow'] as const satisfies readonly SettingName[];

export const isFileOnly = (name: SettingName): boolean => (SETTINGS[name] as Setting).fileOnly === true;

/** All values of a node: what `startNode` takes. */
export type NodeConfig = { -readonly [K in SettingName]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never };

/** A token that can stand in a header and is not guessed. */
export function readToken(line: string): string | null {
  return /^[\x21-\x7e]{16,1024}$/.test(line) ? line : null;
}

/** `query_timeout` is `--query-timeout` on the command line and WEIR_QUERY_TIMEOUT in the environment. */
export const flagOf = (name: SettingName): string => `--${name.replaceAll('_', '-')}`;
export const variableOf = (name: SettingName): string => `WEIR_${name.toUpperCase()}`;

/** Settings whose value is a number of milliseconds that people write with a unit. */
const DURATIONS = /^(retention_.*age|query_timeout|query_ask|capture_idle|capture_active|host_export_period)$/;

/** A default as the help shows it. */
export function describeFallback(name: SettingName): string {
  return isFileOnly(name) ? 'none' : describeValue(name, SETTINGS[name].fallback);
}

/** A value as it may be written in the file of settings, but for those of several lines. */
export function describeValue(name: SettingName, value: unknown): string {
  if (value === null) return name === 'ipfix_tcp' ? 'off' : 'none';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : value.map((v) => (typeof v === 'object' ? JSON.stringify(v) : v)).join(', ');
  if (name === 'free_space') return value === 0 ? 'none' : `${100 * (value as number)}%`;
  if (DURATIONS.test(name)) return formatDuration(value as number);
  if (name === 'capture_sampling') return describeSampling(value as CaptureSampling);
  if (typeof value !== 'object') return String(value);
  if ('port' in value) return formatListenAddress(value as ListenAddress);
  return Object.keys(value).length === 0 ? 'none' : JSON.stringify(value);
}

function describeSampling({ sampling, samplingMethod }: CaptureSampling): string {
  if (sampling === 1) return 'none';
  return samplingMethod === 'systematic' ? String(sampling) : `${samplingMethod}:${sampling}`;
}
