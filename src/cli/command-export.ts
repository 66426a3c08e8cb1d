import { extname, resolve } from 'node:path';
import type { Command } from 'commander';
import { WeirError } from '../base/index.ts';
import type { ExportFormat } from '../query/index.ts';
import { EXPORT_FORMATS } from '../server/index.ts';
import { qualityLine } from '../truth/index.ts';
import { asking } from './ask.ts';
import { collectList, newCommand, parseCount, withExamples } from './command-line.ts';
import { grouped, withPrefix } from './human.ts';
import { addExportFlags, type QuestionFlags, questionOf } from './question-flags.ts';

interface Flags extends Omit<QuestionFlags, 'to'> {
  /** The file. */
  readonly to: string;
  readonly until?: string;
  readonly columns?: string[];
  readonly limit?: number;
}

export function exportCommand(): Command {
  const command = newCommand('export', 'flow records into a file: .csv, .jsonl or .parquet')
    .argument('[filter...]', 'which flows')
    .requiredOption('--to <file>', 'the file; its extension says the format')
    .option('--columns <columns>', 'columns of a record, separated by commas (default: all)', collectList)
    .option('--limit <n>', 'at most so many records (default: all)', parseCount);
  addExportFlags(command);
  withExamples(
    command,
    'weir export --to flows.parquet --from -1d',
    "weir export 'dst port 53' --to dns.csv --from yesterday --until today",
  );
  return command.action(async (filter: string[], flags: Flags) => {
    const format = formatOf(flags.to);
    const { to: file, until, ...rest } = flags;
    const query = {
      ...questionOf({ ...rest, ...(until ? { to: until } : {}) }, filter, Date.now()),
      ...(flags.columns ? { columns: flags.columns } : {}),
      ...(flags.limit ? { limit: flags.limit } : {}),
    };
    await asking(flags, query.filter, async ({ service }, ask) => {
      const { rows, bytes, quality } = await service.export(query, { format, path: resolve(file) }, ask);
      process.stderr.write(`${grouped(rows)} records, ${withPrefix(bytes, 'B')} in ${file}\n${qualityLine(quality)}\n`);
    });
  });
}

function formatOf(file: string): ExportFormat {
  const extension = extname(file).slice(1).toLowerCase();
  const format = EXPORT_FORMATS.find((f) => f === extension);
  if (format) return format;
  throw new WeirError(
    'usage',
    `--to ${file}: expected a file that ends with ${EXPORT_FORMATS.map((f) => `.${f}`).join(', ')}`,
  );
}
