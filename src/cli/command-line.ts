import { WeirError } from '../base/index.ts';
import { type CommandName, SUMMARIES } from './command-names.ts';
import { Command, InvalidArgumentError } from './commander.ts';

/** The forms of an answer. */
const FORMATS = ['table', 'json', 'jsonl', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

export function parseFormat(text: string): Format {
  const format = FORMATS.find((f) => f === text);
  if (!format) throw new InvalidArgumentError(`expected one of ${FORMATS.join(', ')}.`);
  return format;
}

/** A whole number of 1 or more, for --top and --limit. */
export function parseCount(text: string): number {
  const n = Number(text);
  if (!/^\d+$/.test(text) || n < 1) throw new InvalidArgumentError('expected a whole number of 1 or more.');
  return n;
}

/** As above, up to the most that an answer holds. */
export function parseCountUpTo(flag: string, most: number, instead = ''): (text: string) => number {
  return (text) => {
    const n = parseCount(text);
    if (n > most) throw new WeirError('usage', `${flag}: at most ${most.toLocaleString('en-US')}${instead}`);
    return n;
  };
}

/** `a,b` and repeated flags as one list. Commas inside brackets belong to the item. */
export function collectList(text: string, before: readonly string[] | undefined): string[] {
  const items = text.split(/,(?![^()]*\))/).map((s) => s.trim());
  return [...(before ?? []), ...items.filter((s) => s !== '')];
}

/** A command whose usage errors are raised as WeirError instead of ending the process. */
export function newCommand(name: CommandName): Command {
  return new Command(name)
    .description(SUMMARIES[name])
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
}

/** Help ends with examples that work. */
export function withExamples(command: Command, ...examples: string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${examples.map((e) => `  $ ${e}`).join('\n')}`);
}

/** Exactly one of a closed list of words. */
export function oneOf<T extends string>(flag: string, words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((w) => w === text);
    if (!word) throw new WeirError('usage', `${flag}: expected ${words.join(' or ')}, not "${text}"`);
    return word;
  };
}
