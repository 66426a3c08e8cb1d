import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { WeirError, whyUnreadable } from '../base/index.ts';
import { filterSets, homePrefixes } from '../label/index.ts';
import { type NamingGiven, namingMistakes } from './naming-check.ts';
import { networksOf } from './networks.ts';
import {
  flagOf,
  isFileOnly,
  type NodeConfig,
  readToken,
  SETTING_NAMES,
  SETTINGS,
  type SettingName,
  variableOf,
} from './settings.ts';
import { settleListeners } from './settle-listeners.ts';
import { nearestWord } from './units.ts';

export interface ConfigSources {
  /** `--config FILE`. */
  readonly file?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Values of flags, by the name of the setting. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** Defaults that are others than those of a node. */
  readonly fallbacks?: Partial<NodeConfig>;
}

/** A value and where it was set, for the message of an error. */
interface Given {
  readonly value: unknown;
  readonly where: string;
}

/** Where the values of a configuration were set. */
const PLACES = new WeakMap<NodeConfig, ReadonlyMap<SettingName, string>>();

/** The key of a file, the variable or the flag that set a value; what is not in it is the default. Empty for a configuration that `loadConfig` did not make. */
export function placesOf(config: NodeConfig): ReadonlyMap<SettingName, string> {
  return PLACES.get(config) ?? new Map();
}

/** Variables that are read by commands and tools, not settings of a node. */
const OTHER_VARIABLES = new Set([
  'WEIR_CONFIG',
  'WEIR_SERVER',
  'WEIR_NO_HTTP',
  'WEIR_TOKEN',
  'WEIR_CA',
  'WEIR_FINGERPRINT',
  'WEIR_RUNTIME_DIR',
]);
/** Kubernetes sets these in every pod beside a service that is named weir. */
const KUBERNETES = /^WEIR_(SERVICE_(HOST|PORT)|PORT)/;

/**
 * The configuration of a node: a flag beats a variable of the environment beats the file beats the default.
 * Raises WeirError `config` that lists every mistake, each with its place and what was expected.
 */
export function loadConfig(sources: ConfigSources): NodeConfig {
  const problems: string[] = [];
  const given = new Map<SettingName, Given>();
  const file = sources.file ?? sources.env?.WEIR_CONFIG;
  if (file) readFile(file, given, problems);
  readEnvironment(sources.env ?? {}, given, problems);
  readFlags(sources.flags ?? {}, given);

  const { fallbacks = {} } = sources;
  const config: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const entry = given.get(name);
    const fallback = name in fallbacks ? fallbacks[name] : SETTINGS[name].fallback;
    config[name] = entry === undefined ? fallback : check(name, entry, problems);
  }
  const complete = config as NodeConfig;
  if (complete.data) complete.data = resolve(complete.data);
  resolveToken(complete, given, problems);
  checkTogether(complete, given, problems);
  checkNames(config, given, problems);
  settleListeners(complete, (name) => given.get(name)?.where, problems);
  if (problems.length > 0) {
    const heading =
      problems.length === 1 ? 'the configuration is wrong:' : `the configuration has ${problems.length} mistakes:`;
    throw new WeirError('config', `${heading}\n${problems.map((p) => `  ${p}`).join('\n')}`, { details: { problems } });
  }
  PLACES.set(complete, new Map([...given].map(([name, { where }]) => [name, where])));
  return complete;
}

function check(name: SettingName, { value, where }: Given, problems: string[]): unknown {
  const result = SETTINGS[name].schema.safeParse(value);
  if (result.success) return result.data;
  // Tokens are secrets: the value stays out of the message.
  const shown = name === 'http_token' ? '' : `, not ${JSON.stringify(value)}`;
  for (const { path, message } of result.error.issues)
    problems.push(path.length > 0 ? inList(where, value, path, message) : `${where}: ${message}${shown}`);
  return undefined;
}

/** The place of a mistake in a list, `exporters[2].sampling`, and what stands there. */
function inList(where: string, value: unknown, path: readonly PropertyKey[], message: string): string {
  const found = path.reduce<unknown>((v, key) => (v as Record<PropertyKey, unknown> | undefined)?.[key], value);
  const shown = found === undefined ? '' : `, not ${JSON.stringify(found)}`;
  return `${placeIn(where, path)}: ${message}${message.startsWith('expected') ? shown : ''}`;
}

function placeIn(where: string, path: readonly PropertyKey[]): string {
  return `${where}${path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')}`;
}

function readFile(path: string, given: Map<SettingName, Given>, problems: string[]): void {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    problems.push(`${path}: ${whyUnreadable(error)}`);
    return;
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    for (const e of document.errors)
      problems.push(`${path}: line ${e.linePos?.[0].line ?? '?'}: ${e.message.split('\n')[0]}`);
    return;
  }
  const content: unknown = document.toJS();
  if (content === null || content === undefined) return;
  if (typeof content !== 'object' || Array.isArray(content)) {
    problems.push(`${path}: expected a mapping of settings such as \`data: /var/lib/weir\``);
    return;
  }
  for (const [key, value] of Object.entries(content)) {
    const where = `${path}: ${key}`;
    const name = key.replaceAll('-', '_');
    if (name === 'no_http') takeNoHttp(value, where, given, problems);
    else if (name === 'host' && isGroup(value)) readGroup(name, value, where, given, problems);
    else if (!(name in SETTINGS)) problems.push(`${where}: unknown setting${suggestion(name, SETTING_NAMES)}`);
    // A key without a value is the default: it is what a commented-out value leaves behind.
    else if (value !== null) given.set(name as SettingName, { value, where });
  }
}

const isGroup = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `host: {name: a1}` is `host_name: a1`. */
function readGroup(
  group: 'host',
  entries: object,
  place: string,
  given: Map<SettingName, Given>,
  problems: string[],
): void {
  const names = SETTING_NAMES.filter((name) => name.startsWith(`${group}_`));
  for (const [key, value] of Object.entries(entries)) {
    const name = names.find((n) => n === `${group}_${key.replaceAll('-', '_')}`);
    const known = names.map((n) => n.slice(group.length + 1));
    if (name === undefined) problems.push(`${place}.${key}: unknown setting${suggestion(key, known)}`);
    else if (value !== null) given.set(name, { value, where: `${place}.${key}` });
  }
}

function takeNoHttp(value: unknown, where: string, given: Map<SettingName, Given>, problems: string[]): void {
  if (!/^(true|false|1|0|yes|no)$/i.test(String(value)))
    problems.push(`${where}: expected true or false, not ${JSON.stringify(value)}`);
  else if (/^(true|1|yes)$/i.test(String(value))) given.set('http', { value: 'off', where });
}

function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  given: Map<SettingName, Given>,
  problems: string[],
): void {
  const names = new Map(SETTING_NAMES.map((name) => [variableOf(name), name]));
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('WEIR_') || value === undefined || value === '') continue;
    const name = names.get(variable);
    if (name && isFileOnly(name)) problems.push(`${variable}: ${name} can only be set in the file of --config`);
    else if (name) given.set(name, { value, where: variable });
    else if (variable === 'WEIR_NO_HTTP') takeNoHttp(value, variable, given, problems);
    else if (!OTHER_VARIABLES.has(variable) && !KUBERNETES.test(variable))
      problems.push(`${variable}: unknown setting${suggestion(variable, [...names.keys()])}`);
  }
}

function readFlags(flags: Readonly<Record<string, unknown>>, given: Map<SettingName, Given>): void {
  for (const name of SETTING_NAMES) {
    const value = flags[name];
    // `--no-http` arrives as false.
    if (value !== undefined) given.set(name, { value, where: value === false ? `--no-${name}` : flagOf(name) });
  }
}

function suggestion(word: string, candidates: readonly string[]): string {
  const nearest = nearestWord(word, candidates);
  return nearest ? ` (did you mean ${nearest}?)` : '';
}

function resolveToken(config: NodeConfig, given: Map<SettingName, Given>, problems: string[]): void {
  const path = config.http_token_file;
  if (!path) return;
  const where = given.get('http_token_file')?.where ?? 'http_token_file';
  if (given.has('http_token')) {
    problems.push(`${where}: there is also ${given.get('http_token')!.where}; give one of them`);
    return;
  }
  let line: string;
  try {
    line = readFileSync(path, 'utf8').split('\n', 1)[0]!.trim();
  } catch (error) {
    problems.push(`${where}: ${path}: ${whyUnreadable(error)}`);
    return;
  }
  config.http_token = readToken(line);
  if (config.http_token === null)
    problems.push(
      `${where}: the first line of ${path} is no token: expected 16 or more printable characters without spaces`,
    );
}

/** Where a setting has a mistake already, what was written stands for it. */
function checkNames(
  config: Readonly<Record<string, unknown>>,
  given: ReadonlyMap<string, Given>,
  problems: string[],
): void {
  const as = (name: string) => config[name] ?? given.get(name)?.value;
  const naming: NamingGiven = {
    category_scheme: as('category_scheme'),
    applications: as('applications'),
    services: as('services'),
    processes: as('processes'),
    categories: as('categories'),
    label_rules: as('label_rules'),
  };
  const { home, sites } = config as Partial<NodeConfig>;
  const sets = home && sites ? filterSets(networksOf({ home, sites, subnets: {} })) : null;
  for (const { path, message } of namingMistakes(naming, given.get('category_scheme')?.value, sets)) {
    const [setting, ...within] = path;
    const place = placeIn(given.get(setting)?.where ?? setting, within);
    const isTold = problems.some((told) => told.startsWith(`${place}: ${message}`));
    if (!isTold) problems.push(`${place}: ${message}`);
  }
}

function checkTogether(config: NodeConfig, given: Map<SettingName, Given>, problems: string[]): void {
  if ((config.tls_cert === null) !== (config.tls_key === null)) {
    const [has, lacks] =
      config.tls_cert === null ? (['tls_key', 'tls_cert'] as const) : (['tls_cert', 'tls_key'] as const);
    problems.push(`${given.get(has)?.where ?? has}: needs ${lacks} as well`);
  }
  // What is wrong by itself was told.
  if (!config.home || !config.sites || !config.subnets) return;
  const networks = networksOf(config);
  if (networks.exporterSites !== undefined && homePrefixes(networks).length === 0)
    problems.push(
      `${given.get('sites')?.where ?? 'sites'}: exporters and VLANs tell the site of addresses that are inside: set home as well`,
    );
}
