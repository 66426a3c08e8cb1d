import { formatPrefix, type Prefix } from '../../flow/index.ts';
import { csvReader } from './csv-line.ts';
import {
  ipsetLine,
  jsonLine,
  type LineFault,
  type LineReader,
  type LineResult,
  plainLine,
  rangeLine,
} from './entry-line.ts';
import { type PrefixDoubt, prefixGuard } from './prefix-guard.ts';

/** `plain`: an address or prefix at the beginning of each line; `ranges`: `a-b` and `name:a-b`; `json`: an object in each line. */
export const BLOCKLIST_FORMATS = ['plain', 'ranges', 'ipset', 'json', 'csv'] as const;
export type BlocklistFormat = (typeof BLOCKLIST_FORMATS)[number];

/** Why a line of a list did not become prefixes. */
export type Rejection = LineFault | Exclude<PrefixDoubt, 'own' | null>;

export interface ParsedBlocklist {
  readonly format: BlocklistFormat;
  /** Each once, in the order of the list. */
  readonly prefixes: readonly Prefix[];
  /** Lines that say something. */
  readonly lines: number;
  readonly rejected: Readonly<Record<Rejection, number>>;
  /** Prefixes that were refused because they would mark everything, the first few: `10.0.0.0/8`. */
  readonly refused: readonly string[];
  /** Private and home addresses that are listed, and the first few of them. */
  readonly own: number;
  readonly ownNamed: readonly string[];
}

/** More prefixes than the largest lists in use have. */
const MOST_PREFIXES = 2_000_000;
const SAMPLE_LINES = 400;
const NAMED = 5;
/** No entry is longer; patterns are not tried on what is. */
const LONGEST_LINE = 4_096;

/**
 * Reads a list of addresses in any of the common formats; the format is found out where none is given. What cannot be a list of addresses is a problem
 * in words: nothing of it is to be used.
 */
export function parseBlocklist(
  text: string,
  options: { readonly format?: BlocklistFormat; readonly home: readonly string[] },
): ParsedBlocklist | { readonly problem: string } {
  if (/^\s*(<!doctype|<html|<\?xml)/i.test(text)) return { problem: 'it is a web page, not a list of addresses' };
  const sample = sampleOf(text);
  if (sample.length === 0) return { problem: 'it has no entry' };
  const chosen = chooseReader(sample, options.format);
  if ('problem' in chosen) return chosen;
  return readAll(text, chosen, prefixGuard(options.home));
}

/** The text that the prefixes are kept as, one a line, and back. */
export function formatPrefixLines(prefixes: readonly Prefix[]): string {
  return prefixes.map((p) => `${formatPrefix(p)}\n`).join('');
}

export function readPrefixLines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

interface Chosen {
  readonly format: BlocklistFormat;
  readonly read: LineReader;
}

function chooseReader(sample: readonly string[], wanted?: BlocklistFormat): Chosen | { readonly problem: string } {
  const readers: Record<BlocklistFormat, LineReader | null> = {
    plain: plainLine,
    ranges: rangeLine,
    ipset: ipsetLine,
    json: jsonLine,
    csv: csvReader(sample),
  };
  let best = { format: 'plain' as BlocklistFormat, good: -1, faults: [] as { line: string; fault: LineFault }[] };
  for (const format of wanted ? [wanted] : BLOCKLIST_FORMATS) {
    const read = readers[format] ?? (() => 'not_address' as const);
    const results = sample.map((line) => ({ line, result: read(line) }));
    const faults = results.flatMap(({ line, result }) => (typeof result === 'string' ? [{ line, fault: result }] : []));
    const good = results.filter(({ result }) => typeof result !== 'string' && result.length > 0).length;
    if (good > best.good) best = { format, good, faults };
  }
  const { format, good, faults } = best;
  if (good === 0 && faults.length === 0) return { problem: 'it has no entry' };
  if (good >= faults.length) return { format, read: format === 'csv' ? csvReader(sample)! : readers[format]! };
  if (faults.filter(({ fault }) => fault === 'name').length > faults.length / 2)
    return {
      problem: `it lists names of hosts, which are no addresses: take the list of addresses of the same source`,
    };
  const first = faults[0]!.line.trim().slice(0, 60);
  return {
    problem: `${faults.length} of its first ${good + faults.length} entries are no addresses, such as ${JSON.stringify(first)}`,
  };
}

function readAll(
  text: string,
  { format, read }: Chosen,
  guard: (p: Prefix) => PrefixDoubt,
): ParsedBlocklist | { problem: string } {
  const rejected: Record<Rejection, number> = { name: 0, not_address: 0, bad_range: 0, too_wide: 0, covers_home: 0 };
  const found = new Map<string, Prefix>();
  const refused: string[] = [];
  const ownNamed: string[] = [];
  let lines = 0;
  let own = 0;
  const take = (result: Exclude<LineResult, LineFault>) => {
    for (const prefix of result) {
      const key = `${prefix.address.join()}/${prefix.bits}`;
      if (found.has(key)) continue;
      const doubt = guard(prefix);
      if (doubt === 'too_wide' || doubt === 'covers_home') {
        rejected[doubt] += 1;
        if (refused.length < NAMED) refused.push(formatPrefix(prefix));
        continue;
      }
      if (doubt === 'own') {
        own += 1;
        if (ownNamed.length < NAMED) ownNamed.push(formatPrefix(prefix));
      }
      found.set(key, prefix);
    }
  };
  for (const line of linesOf(text)) {
    const result = line.length > LONGEST_LINE ? 'not_address' : read(line);
    if (typeof result === 'string') rejected[result] += 1;
    else take(result);
    if (typeof result === 'string' || result.length > 0) lines += 1;
    if (found.size > MOST_PREFIXES) return { problem: `it has more than ${MOST_PREFIXES} prefixes` };
  }
  const bad = rejected.name + rejected.not_address + rejected.bad_range;
  if (found.size === 0 && refused.length > 0)
    return { problem: `all of its prefixes are refused: ${refused.join(', ')}` };
  if (found.size === 0) return { problem: 'it has no entry' };
  if (bad > lines / 2) return { problem: `${bad} of its ${lines} entries are no addresses` };
  return { format, prefixes: [...found.values()], lines, rejected, refused, own, ownNamed };
}

function sampleOf(text: string): string[] {
  const sample: string[] = [];
  for (const line of linesOf(text)) {
    if (line.length <= LONGEST_LINE && line.trim() !== '' && !/^\s*(#|;|\/\/)/.test(line)) sample.push(line);
    if (sample.length === SAMPLE_LINES) break;
  }
  return sample;
}

/** Without an array of all of them. */
function* linesOf(text: string): Generator<string> {
  // Windows' editors begin a file with a byte order mark.
  let from = text.startsWith('\ufeff') ? 1 : 0;
  while (from < text.length) {
    const end = text.indexOf('\n', from);
    const to = end < 0 ? text.length : end;
    yield text.slice(from, to).trimEnd();
    from = to + 1;
  }
}
