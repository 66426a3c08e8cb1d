import type { Command } from 'commander';
import { type AnswererFlags, addAnswererFlags } from './client.ts';
import { oneOf, parseCountUpTo } from './command-line.ts';
import { parseRange } from './time.ts';

/** Flags that all questions share. */
export interface QuestionFlags extends AnswererFlags {
  readonly from?: string;
  readonly to?: string;
  readonly duplicates?: 'counted' | 'all';
  readonly scans?: 'out' | 'in' | 'only';
  readonly anonymise?: string;
}

/** The range and what is counted; and who answers. */
export function addQuestionFlags(command: Command): Command {
  command.option('--from <time>', FROM).option('--to <time>', 'end of the range, not included (default: now)');
  return addAnswererFlags(addCountingFlags(command));
}

/** As above for commands whose --to is a file. */
export function addExportFlags(command: Command): Command {
  command.option('--from <time>', FROM).option('--until <time>', 'end of the range, not included (default: now)');
  return addAnswererFlags(addCountingFlags(command));
}

const FROM =
  'start of the range: -1h, 2026-11-21 09:30, yesterday, ms since 1970, all (default: an hour before the end)';

function addCountingFlags(command: Command): Command {
  return command
    .option(
      '--duplicates <which>',
      'counted or all: whether records known to be duplicates are shown',
      oneOf('--duplicates', ['counted', 'all']),
    )
    .option('--scans <which>', 'out, in or only: what is done with scan noise', oneOf('--scans', ['out', 'in', 'only']))
    .option('--anonymise <keyfile>', 'change addresses, names and MAC addresses by the key in this file (Crypto-PAn)');
}

/** `rest` says where what is not shown is. */
export function topFlag(command: Command, rest: string): Command {
  return command.option('--top <n>', `rows that are shown; ${rest} (default: 20)`, parseCountUpTo('--top', 100_000));
}

/** The shared part of a question as the query model has it. */
export function questionOf(flags: QuestionFlags, filter: readonly string[], nowMs: number) {
  const text = filter.join(' ').trim();
  return {
    ...parseRange(flags.from, flags.to, nowMs),
    ...(text === '' ? {} : { filter: text }),
    ...(flags.duplicates ? { duplicates: flags.duplicates } : {}),
    ...(flags.scans ? { scans: flags.scans } : {}),
  };
}
