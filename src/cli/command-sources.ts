import type { Command } from 'commander';
import { type ImportSource, layoutOf, NO_FACTS, readSources } from '../store/index.ts';
import { type AnswererFlags, addAnswererFlags, findPlace, mustBeStore } from './client.ts';
import { type Format, newCommand, parseFormat, withExamples } from './command-line.ts';
import { fetchJson } from './http-connection.ts';
import { print } from './output.ts';
import { sourcesCsv, sourcesTable } from './render-sources.ts';

interface Flags extends AnswererFlags {
  readonly format: Format;
}

const NAMES = ['name', 'file', 'state', 'imported_at', 'ended_at', 'problem', ...Object.keys(NO_FACTS)];

export function sourcesCommand(): Command {
  const command = newCommand('sources').option(
    '--format <form>',
    'table, json, jsonl or csv',
    parseFormat,
    'table' as Format,
  );
  addAnswererFlags(command);
  withExamples(command, 'weir sources', 'weir sources --format json', 'weir query --by source --from all');
  return command.action(async (flags: Flags) => {
    await print(render(await sourcesOf(flags), flags.format));
  });
}

/** A node tells its own; at rest they are in a file that is replaced as a whole, so that no lock is needed. */
async function sourcesOf(flags: AnswererFlags): Promise<readonly ImportSource[]> {
  const place = await findPlace(flags);
  if (place.kind === 'directory') {
    mustBeStore(place.directory);
    return readSources(layoutOf(place.directory).sources);
  }
  const call = { method: 'GET', path: '/api/v1/sources' } as const;
  return (await fetchJson<{ sources: readonly ImportSource[] }>(place.endpoint, call)).sources;
}

function render(sources: readonly ImportSource[], format: Format): string {
  if (format === 'json') return `${JSON.stringify({ sources })}\n`;
  if (format === 'jsonl') return sources.map((s) => `${JSON.stringify(s)}\n`).join('');
  return format === 'csv' ? sourcesCsv(sources, NAMES) : sourcesTable(sources);
}
