import type { Command } from 'commander';
import { REPORTS, type ReportInput } from '../query/index.ts';
import { asking } from './ask.ts';
import { type Format, newCommand, parseFormat, withExamples } from './command-line.ts';
import { unlessCostly } from './confirm.ts';
import { whyEmpty } from './empty-answer.ts';
import { print } from './output.ts';
import { addQuestionFlags, type QuestionFlags, questionOf, topFlag } from './question-flags.ts';
import { renderReport } from './render-report.ts';

interface Flags extends QuestionFlags {
  readonly top?: number;
  readonly yes?: boolean;
  readonly scheme?: string;
  readonly format: Format;
}

export function reportCommand(): Command {
  const command = newCommand('report')
    .argument('[name]', REPORTS.map((r) => r.name).join(', '))
    .argument('[filter...]', 'which flows');
  topFlag(command, 'a total is of all').option(
    '--format <form>',
    'table, json, jsonl or csv',
    parseFormat,
    'table' as Format,
  );
  command.option('--scheme <name>', 'categories: another scheme than the one that is stored, e.g. microsoft-2005');
  command.option('--yes', 'also where the answer is expected to take long');
  addQuestionFlags(command);
  withExamples(
    command,
    'weir report summary --from today',
    "weir report talkers 'dst port 443' --top 5",
    'weir report categories --scheme microsoft-2005 --from today',
    'weir report exporters --from all --format json',
  );
  return command.action(async (name: string | undefined, filter: string[], flags: Flags) => {
    if (name === undefined) {
      const width = Math.max(...REPORTS.map((r) => r.name.length));
      await print(REPORTS.map((r) => `${r.name.padEnd(width)}  ${r.meaning}\n`).join(''));
      return;
    }
    const nowMs = Date.now();
    const question = questionOf(flags, filter, nowMs);
    const asked = {
      ...question,
      ...(flags.top ? { limit: flags.top } : {}),
      ...(flags.scheme === undefined ? {} : { scheme: flags.scheme }),
      ...(flags.yes ? { max_cost: 'any' as const } : {}),
    };
    await asking(flags, question.filter, async ({ service }, ask) => {
      const answer = await unlessCostly(asked, (allowed: ReportInput) => service.report(name, allowed, ask));
      await print(renderReport(answer, flags.format, nowMs));
      const empty = answer.tables.every((t) =>
        t.rows.every((row) => row.every((cell) => typeof cell === 'string' || !cell)),
      );
      if (empty && flags.format === 'table') {
        process.stderr.write(`${(await whyEmpty(service, question, question.filter, ask)).join('\n')}\n`);
      }
    });
  });
}
