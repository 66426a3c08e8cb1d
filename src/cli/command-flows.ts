import type { Command } from 'commander';
import { WeirError } from '../base/index.ts';
import { MAX_ACTIVE_FLOWS } from '../server/index.ts';
import { asking } from './ask.ts';
import { askActive } from './command-flows-active.ts';
import {
  collectList,
  type Format,
  newCommand,
  oneOf,
  parseCountUpTo,
  parseFormat,
  withExamples,
} from './command-line.ts';
import { whyEmpty } from './empty-answer.ts';
import { print } from './output.ts';
import { addQuestionFlags, type QuestionFlags, questionOf } from './question-flags.ts';
import { activeLine, renderActive } from './render-active.ts';
import { printFlows } from './render-flows.ts';

const STORED_ORDERS = ['time', '-time', 'bytes', '-bytes', 'packets', '-packets', 'duration', '-duration'] as const;
const ACTIVE_ORDERS = [
  'bytes',
  '-bytes',
  'packets',
  '-packets',
  'rate',
  '-rate',
  'age',
  '-age',
  'idle',
  '-idle',
] as const;
type StoredOrder = (typeof STORED_ORDERS)[number];

interface Flags extends QuestionFlags {
  readonly columns?: string[];
  readonly limit?: number;
  readonly order?: StoredOrder | (typeof ACTIVE_ORDERS)[number];
  readonly active?: true;
  readonly format: Format;
}

/** What fits into the width of a terminal; the other forms have every column. */
const TABLE_COLUMNS = [
  'time',
  'duration',
  'protocol',
  'src_addr',
  'src_port',
  'dst_addr',
  'dst_port',
  'tcp_flags',
  'packets',
  'bytes',
  'sampling',
  'exporter',
];

/** Of these, what goes first where the terminal is narrower. */
const SPARE_COLUMNS = ['sampling', 'exporter', 'duration', 'tcp_flags', 'packets'];

function columnsOf({ columns, format }: Flags): { columns?: string[] } {
  if (columns) return { columns };
  return format === 'table' ? { columns: TABLE_COLUMNS } : {};
}

export function flowsCommand(): Command {
  const command = newCommand('flows')
    .argument('[filter...]', 'which flows, e.g. host 192.0.2.1 and proto tcp')
    .option(
      '--columns <columns>',
      'columns of a record, separated by commas (default: all that have a value; in a table the most used ones)',
      collectList,
    )
    .option(
      '--limit <n>',
      'records that are shown (default: 100)',
      parseCountUpTo('--limit', 1_000_000, '; weir export gives all'),
    )
    .option(
      '--order <column>',
      'time (oldest first), bytes, packets or duration (largest first); with - before it the other way round (default: -time). With --active: bytes, packets, rate, age or idle (default: bytes)',
    )
    .option(
      '--active',
      'flows that are open now, from the running node (weir up --capture): with their age, idle time and rate',
    )
    .option('--format <form>', 'table, json, jsonl or csv', parseFormat, 'table' as Format);
  addQuestionFlags(command);
  withExamples(
    command,
    "weir flows 'host 192.0.2.1 and dst port 443' --from -15m",
    'weir flows --order bytes --limit 10 --columns start,src_addr,dst_addr,bytes',
    "weir flows --active 'host 192.0.2.1' --order rate --limit 20",
    "weir flows 'proto udp' --from all --limit 1000000 --format jsonl | head",
  );
  return command.action(async (filter: string[], flags: Flags) => {
    if (flags.active) return showActive(flags, filter);
    const nowMs = Date.now();
    const question = questionOf(flags, filter, nowMs);
    const query = {
      ...question,
      ...columnsOf(flags),
      ...(flags.limit ? { limit: flags.limit } : {}),
      ...(flags.order ? { order: oneOf('--order', STORED_ORDERS)(flags.order) } : {}),
    };
    await asking(flags, question.filter, async ({ service }, ask) => {
      const answer = await service.flows(query, ask);
      const shown = await printFlows(answer, flags.format, nowMs, flags.columns ? [] : SPARE_COLUMNS);
      if (shown === 0 && flags.format === 'table') {
        const reasons = await whyEmpty(service, question, question.filter, ask);
        process.stderr.write(`${[...(answer.header.notes ?? []), ...reasons].join('\n')}\n`);
      }
    });
  });
}

/** Flags that say which stored records are meant, or change them: open flows have no such choice. */
const STORED_ONLY = ['from', 'to', 'scans', 'anonymise'] as const;

async function showActive(flags: Flags, words: readonly string[]): Promise<void> {
  const { order, limit, format, columns, duplicates } = flags;
  const senseless = STORED_ONLY.filter((name) => flags[name] !== undefined).map((name) => `--${name}`);
  if (senseless.length > 0)
    throw new WeirError('usage', `--active shows what is open now, and does not take ${senseless.join(', ')}`);
  if (order !== undefined) oneOf('--order with --active', ACTIVE_ORDERS)(order);
  if (limit !== undefined && limit > MAX_ACTIVE_FLOWS)
    throw new WeirError('usage', `--limit: at most ${MAX_ACTIVE_FLOWS.toLocaleString('en-US')} with --active`);
  const filter = words.join(' ').trim() || undefined;
  await asking(flags, filter, async (answerer, { signal }) => {
    const answer = await askActive(answerer, { filter, limit, order, duplicates }, signal);
    await print(renderActive(answer, format, columns));
    if (format !== 'table' && process.stderr.isTTY) process.stderr.write(`${activeLine(answer)}\n`);
  });
}
