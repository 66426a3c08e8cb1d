import { resolve } from 'node:path';
import { WeirError } from '../base/index.ts';
import type { ExportQueryInput } from '../query/index.ts';
import type { Ask, QueryService } from '../server/index.ts';
import { qualityLine } from '../truth/index.ts';
import { CHANGED, EXPORTED_COLUMNS, type ExportCounts, LEFT_OUT } from '../wire/index.ts';
import { asking } from './ask.ts';
import { sendFlows } from './command-export-flows.ts';
import { fileSender, type Sender, tcpSender, udpSender } from './command-export-send.ts';
import { type ExportTarget, parseTarget } from './command-export-target.ts';
import { collectList, newCommand, parseCount, withExamples } from './command-line.ts';
import { type Command, InvalidArgumentError } from './commander.ts';
import { grouped, withPrefix } from './human.ts';
import { addExportFlags, type QuestionFlags, questionOf } from './question-flags.ts';

interface Flags extends Omit<QuestionFlags, 'to'> {
  /** The file, or the collector. */
  readonly to: string;
  readonly until?: string;
  readonly columns?: string[];
  readonly limit?: number;
  readonly rate?: number;
  readonly absoluteTimes?: boolean;
}

/** What a collector with the usual socket buffer takes without loss. */
const DEFAULT_RATE = 20_000;

export function exportCommand(): Command {
  const command = newCommand('export')
    .argument('[filter...]', 'which flows')
    .requiredOption(
      '--to <target>',
      'a file that ends with .csv, .jsonl, .parquet or .ipfix; or netflow5://HOST:PORT, netflow9://..., ipfix://..., ipfix+tcp://...',
    )
    .option('--columns <columns>', 'columns of a record, separated by commas (default: all)', collectList)
    .option('--limit <n>', 'at most so many records (default: all)', parseCount)
    .option(
      '--rate <n>',
      `records a second to a collector (default: ${DEFAULT_RATE}; TCP: as fast as it takes them)`,
      rateFlag,
    )
    .option('--absolute-times', 'NetFlow v9: also times in ms since 1970, which not every collector reads');
  addExportFlags(command);
  withExamples(
    command,
    'weir export --to flows.parquet --from -1d',
    "weir export 'dst port 53' --to dns.csv --from yesterday --until today",
    'weir export --to ipfix://192.0.2.9:4739 --from -1h --anonymise key',
  );
  return command.action(async (filter: string[], flags: Flags) => {
    const target = parseTarget(flags.to);
    const { to, until, ...rest } = flags;
    checkFlags(flags, target);
    const question = questionOf({ ...rest, ...(until ? { to: until } : {}) }, filter, Date.now());
    const query = {
      ...question,
      ...(flags.columns ? { columns: flags.columns } : {}),
      ...(flags.limit ? { limit: flags.limit } : {}),
    };
    await asking(flags, query.filter, async ({ service }, ask) => {
      const told =
        target.kind === 'file'
          ? toFile(service, query, target.format, to, ask)
          : toWire(service, query, target, flags, ask);
      process.stderr.write(await told);
    });
  });
}

function rateFlag(text: string): number {
  const rate = Number(text);
  if (!/^\d+$/.test(text) || rate < 1 || rate > 10_000_000)
    throw new InvalidArgumentError('expected records a second, 1 to 10,000,000.');
  return rate;
}

/** A flag that would do nothing is a mistake. */
function checkFlags({ to, rate, absoluteTimes, columns }: Flags, target: ExportTarget): void {
  const refuse = (flag: string, use: string) => {
    throw new WeirError('usage', `${flag} is for ${use}, not for --to ${to}`);
  };
  if (rate !== undefined && target.kind !== 'collector') refuse('--rate', 'collectors');
  if (absoluteTimes && !(target.kind === 'collector' && target.protocol === 'netflow9'))
    refuse('--absolute-times', 'netflow9://');
  if (columns && target.kind !== 'file') refuse('--columns', '.csv, .jsonl and .parquet');
}

async function toFile(
  service: QueryService,
  query: ExportQueryInput,
  format: Extract<ExportTarget, { kind: 'file' }>['format'],
  file: string,
  ask: Ask,
): Promise<string> {
  const { rows, bytes, quality } = await service.export(query, { format, path: resolve(file) }, ask);
  return `${grouped(rows)} records, ${withPrefix(bytes, 'B')} in ${file}\n${qualityLine(quality)}\n`;
}

type WireTarget = Exclude<ExportTarget, { kind: 'file' }>;

async function toWire(
  service: QueryService,
  { limit, order: _, ...query }: ExportQueryInput,
  target: WireTarget,
  { to, rate, absoluteTimes }: Flags,
  ask: Ask,
): Promise<string> {
  const sender = await senderOf(target, to);
  const lossy = target.kind === 'collector' && target.transport === 'udp';
  try {
    const { header, records } = await service.flows(
      { ...query, columns: [...EXPORTED_COLUMNS], order: 'stored', limit: limit ?? Number.MAX_SAFE_INTEGER },
      ask,
    );
    const counts = await sendFlows(records, sender, {
      protocol: target.kind === 'collector' ? target.protocol : 'ipfix',
      lossy,
      rate: rate ?? (lossy ? DEFAULT_RATE : undefined),
      absoluteTimes,
      signal: ask.signal,
    });
    return summary(counts, header.quality, target, to);
  } finally {
    await sender.abandon();
  }
}

function senderOf(target: WireTarget, to: string): Promise<Sender> {
  if (target.kind === 'ipfix file') return fileSender(resolve(to));
  const { host, port, transport } = target;
  return transport === 'tcp' ? tcpSender(host, port) : udpSender(host, port);
}

/** What was sent, what was not, and what was sent otherwise than it is stored. */
function summary(
  counts: ExportCounts,
  quality: Parameters<typeof qualityLine>[0],
  target: WireTarget,
  to: string,
): string {
  const { given, records, datagrams, bytes, leftOut, changed } = counts;
  const messages = target.kind === 'collector' && target.transport === 'udp' ? 'datagrams' : 'messages';
  const place = target.kind === 'collector' ? `to ${to}` : `in ${to}`;
  const of = given === records ? '' : ` of ${grouped(given)} flow records`;
  const lines = [
    `${grouped(records)} records${of}, ${grouped(datagrams)} ${messages}, ${withPrefix(bytes, 'B')} ${place}`,
    ...Object.entries(leftOut).map(
      ([cause, n]) => `left out: ${grouped(n)} ${LEFT_OUT[cause as keyof typeof LEFT_OUT]}`,
    ),
    ...Object.entries(changed).map(([what, n]) => `changed: ${grouped(n)} ${CHANGED[what as keyof typeof CHANGED]}`),
    qualityLine(quality),
  ];
  return `${lines.join('\n')}\n`;
}
