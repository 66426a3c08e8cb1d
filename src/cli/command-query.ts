import { asking } from './ask.ts';
import { collectList, type Format, newCommand, parseFormat, withExamples } from './command-line.ts';
import { type Command, InvalidArgumentError } from './commander.ts';
import { unlessCostly } from './confirm.ts';
import { whyEmpty } from './empty-answer.ts';
import { print } from './output.ts';
import { addQuestionFlags, type QuestionFlags, questionOf, topFlag } from './question-flags.ts';
import { mayHaveMore, renderAnswer } from './render-answer.ts';
import { parseEvery } from './time.ts';

interface Flags extends QuestionFlags {
  readonly by?: string[];
  readonly metrics?: string[];
  readonly top?: number;
  readonly every?: number;
  readonly order?: string;
  readonly having?: string;
  readonly exact?: boolean;
  readonly yes?: boolean;
  readonly explain?: boolean;
  readonly format: Format;
}

export function queryCommand(): Command {
  const command = newCommand('query')
    .argument('[filter...]', 'which flows, e.g. dst port 443 and src net 10.0.0.0/8')
    .option(
      '--by <columns>',
      'dimensions, separated by commas: src_addr, service_port, site, src_addr/24, ...',
      collectList,
    )
    .option(
      '--metrics <metrics>',
      'bytes,packets,flows,records,bps,peak_bps,hosts_out,distinct(dst_addr),p95(bps), ... (default: bytes,packets,flows)',
      collectList,
    );
  topFlag(command, 'the rest is in `other`')
    .option('--every <duration>', 'time buckets of this width, e.g. 5m', everyFlag)
    .option('--order <metric>', 'metric that orders the rows, largest first; -METRIC: smallest first')
    .option('--having <condition>', 'which rows, by their metrics: "bytes > 1M and flows >= 10"')
    .option('--exact', 'read records, or history that left nothing out, though that takes longer')
    .option('--yes', 'also where the answer is expected to take long')
    .option('--explain', 'say below a table what was read and why')
    .option('--format <form>', 'table, json, jsonl or csv', parseFormat, 'table' as Format);
  addQuestionFlags(command);
  withExamples(
    command,
    'weir query --by src_addr --top 10',
    "weir query 'dst port 443 and not src net 10.0.0.0/8' --by dst_addr --metrics bytes,flows --from -1d",
    'weir query --by service_port --metrics bytes,bps,peak_bps --from -1d',
    'weir query --by protocol --every 5m --from today --format csv',
  );
  return command.action(async (filter: string[], flags: Flags) => runQueryCommand(filter, flags));
}

function everyFlag(text: string): number {
  try {
    return parseEvery(text);
  } catch {
    throw new InvalidArgumentError('expected a duration of a second or more such as 5m.');
  }
}

async function runQueryCommand(filter: string[], flags: Flags): Promise<void> {
  const nowMs = Date.now();
  const question = questionOf(flags, filter, nowMs);
  const query = {
    ...question,
    ...(flags.by ? { by: flags.by } : {}),
    ...(flags.metrics ? { metrics: flags.metrics } : {}),
    ...(flags.top ? { limit: flags.top } : {}),
    ...(flags.every ? { every: flags.every } : {}),
    ...(flags.order ? { order: flags.order } : {}),
    ...(flags.having ? { having: flags.having } : {}),
    ...(flags.exact ? { exact: true } : {}),
    ...(flags.yes ? { max_cost: 'any' as const } : {}),
  };
  await asking(flags, question.filter, async ({ service }, ask) => {
    const answer = await unlessCostly(query, (allowed) => service.query(allowed, ask));
    const empty = Object.values(answer.total).every((v) => !Number(v ?? 0));
    await print(renderAnswer(answer, flags.format, nowMs, flags.explain));
    if (empty && flags.format === 'table') {
      const reasons = mayHaveMore(answer)
        ? ['roll-ups have no row that matches, and left keys out: --exact reads the records']
        : await whyEmpty(service, question, question.filter, ask);
      process.stderr.write(`${[...(answer.notes ?? []), ...reasons].join('\n')}\n`);
    }
  });
}
