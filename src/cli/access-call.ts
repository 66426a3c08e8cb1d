import { WeirError } from '../base/index.ts';
import { type AnswererFlags, findPlace } from './client.ts';
import { oneOf } from './command-line.ts';
import { Command } from './commander.ts';
import { fetchJson, type HttpCall } from './http-connection.ts';
import { print } from './output.ts';
import { alignTable } from './table.ts';

const FORMATS = ['table', 'json'] as const;

export interface FormatFlags extends AnswererFlags {
  readonly format: (typeof FORMATS)[number];
}

/** A command of `weir user` or `weir token`. */
export function accessCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
}

export function addFormat(command: Command): Command {
  return command.option('--format <form>', 'table or json', oneOf('--format', FORMATS), 'table');
}

/** Asks the node: who may come in is its own business, also of a store that lies on this disk. */
export async function askNode<T>(flags: AnswererFlags, call: HttpCall): Promise<T> {
  const place = await findPlace(flags);
  if (place.kind === 'node') return fetchJson<T>(place.endpoint, call);
  throw new WeirError('not_found', `no node runs on ${place.directory}: start it with \`weir up\``);
}

/** A time of the table: to the minute. */
export function shownTime(ms: number | null): string {
  return ms === null ? '-' : new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}

export async function printList(
  flags: FormatFlags,
  answer: object,
  titles: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<void> {
  if (flags.format === 'json') return print(`${JSON.stringify(answer)}\n`);
  const columns = titles.map((title) => ({ title, align: 'left' as const }));
  await print(`${alignTable(columns, rows).join('\n')}\n`);
}
