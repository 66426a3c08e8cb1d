import { formatPrefix, type Prefix } from '../../flow/index.ts';
import { type BlocklistFormat, type ChosenFormat, chooseFormat } from './choose-format.ts';
import { faultInWords, type ListFault } from './list-fault.ts';
import { LONGEST_LINE, linesOf, sampleOf } from './list-lines.ts';
import { PrefixCollector, type Rejection } from './prefix-collector.ts';
import { prefixGuard } from './prefix-guard.ts';

export interface ParsedBlocklist {
  readonly format: BlocklistFormat;
  /** Each once, in the order of the list. */
  readonly prefixes: readonly Prefix[];
  /** Lines that say something. */
  readonly lines: number;
  readonly rejected: Readonly<Record<Rejection, number>>;
  /** The first few lines that are no addresses. */
  readonly faults: readonly ListFault[];
  /** Entries that were refused because they would mark everything, the first few: `10.0.0.0/8`, `0.0.0.1-255.0.0.9`. */
  readonly refused: readonly string[];
  /** Private and home addresses that are listed, and the first few of them. */
  readonly own: number;
  readonly ownNamed: readonly string[];
}

/** More prefixes than the largest lists in use have. */
const MOST_PREFIXES = 2_000_000;

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
  const chosen = chooseFormat(sample, options.format);
  if ('problem' in chosen) return chosen;
  return readAll(text, chosen, new PrefixCollector(prefixGuard(options.home)));
}

/** The text that the prefixes are kept as, one a line, and back. */
export function formatPrefixLines(prefixes: readonly Prefix[]): string {
  return prefixes.map((p) => `${formatPrefix(p)}\n`).join('');
}

export function readPrefixLines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

function readAll(
  text: string,
  { format, read }: ChosenFormat,
  into: PrefixCollector,
): ParsedBlocklist | { problem: string } {
  let lines = 0;
  for (const line of linesOf(text)) {
    const result = line.text.length > LONGEST_LINE ? 'not_address' : read(line.text);
    if (typeof result === 'string') into.fault(line, result);
    else into.entry(result);
    if (typeof result === 'string' || result.length > 0) lines += 1;
    if (into.found.size > MOST_PREFIXES) return { problem: `it has more than ${MOST_PREFIXES} prefixes` };
  }
  const { found, rejected, faults, refused, own, ownNamed } = into;
  const bad = rejected.name + rejected.not_address + rejected.bad_range;
  if (found.size === 0 && refused.length > 0)
    return { problem: `all of its prefixes are refused: ${refused.join(', ')}` };
  if (found.size === 0) return { problem: 'it has no entry' };
  if (bad > lines / 2)
    return { problem: `${bad} of its ${lines} entries are no addresses: ${faultInWords(faults[0]!)}` };
  return { format, prefixes: [...found.values()], lines, rejected, faults, refused, own, ownNamed };
}
