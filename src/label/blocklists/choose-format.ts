import { csvReader } from './csv-line.ts';
import { ipsetLine, jsonLine, type LineReader, plainLine, rangeLine } from './entry-line.ts';
import { faultInWords, faultOf, type ListFault } from './list-fault.ts';
import type { NumberedLine } from './list-lines.ts';

/** `plain`: an address or prefix at the beginning of each line; `ranges`: `a-b` and `name:a-b`; `json`: an object in each line. */
export const BLOCKLIST_FORMATS = ['plain', 'ranges', 'ipset', 'json', 'csv'] as const;
export type BlocklistFormat = (typeof BLOCKLIST_FORMATS)[number];

export interface ChosenFormat {
  readonly format: BlocklistFormat;
  readonly read: LineReader;
}

interface Tried {
  readonly format: BlocklistFormat;
  /** Lines that give addresses. */
  readonly good: number;
  readonly faults: readonly ListFault[];
}

/** The format that reads most of the sample, or why none does. */
export function chooseFormat(
  sample: readonly NumberedLine[],
  wanted?: BlocklistFormat,
): ChosenFormat | { readonly problem: string } {
  const formats = wanted ? [wanted] : BLOCKLIST_FORMATS;
  const tried = formats.map((format) => tryFormat(format, sample));
  const best = tried.reduce((a, b) => (b.good > a.good ? b : a));
  const { format, good, faults } = best;
  if (good === 0 && faults.length === 0) return { problem: 'it has no entry' };
  if (good >= faults.length) return { format, read: readerOf(format, sample) };
  const first = faultInWords(faults[0]!);
  if (faults.filter(({ cause }) => cause === 'name').length > faults.length / 2)
    return {
      problem: `it lists names of hosts, which are no addresses: take the list of addresses of the same source (${first})`,
    };
  const as = wanted ? `, read as ${wanted}` : '';
  return { problem: `${faults.length} of its first ${good + faults.length} entries are no addresses${as}: ${first}` };
}

function tryFormat(format: BlocklistFormat, sample: readonly NumberedLine[]): Tried {
  const read = readerOf(format, sample);
  const results = sample.map((line) => ({ line, result: read(line.text) }));
  return {
    format,
    good: results.filter(({ result }) => typeof result !== 'string' && result.length > 0).length,
    faults: results.flatMap(({ line, result }) => (typeof result === 'string' ? [faultOf(line, result)] : [])),
  };
}

/** Readers of tables remember where they are: each use has its own. */
function readerOf(format: BlocklistFormat, sample: readonly NumberedLine[]): LineReader {
  const readers: Record<BlocklistFormat, () => LineReader> = {
    plain: () => plainLine,
    ranges: () => rangeLine,
    ipset: () => ipsetLine,
    json: () => jsonLine,
    csv: () => csvReader(sample.map(({ text }) => text)) ?? (() => 'not_address'),
  };
  return readers[format]();
}
