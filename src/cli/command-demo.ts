import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { WeirError } from '../base/index.ts';
import {
  configurationOf,
  DEFAULT_FLOWS,
  Demo,
  demoSource,
  LIST_TEXT,
  silencesOf,
  type Truth,
  truthOf,
} from '../demo/index.ts';
import { loadConfig, openImportsAtRest } from '../server/index.ts';
import type { ImportSource } from '../store/index.ts';
import { newCommand, oneOf, parseCountUpTo, withExamples } from './command-line.ts';
import { demoFiles, prepareDemoDirectory } from './demo-directory.ts';
import { counted, grouped } from './human.ts';
import { beginSession, type Session } from './interrupt.ts';
import { print } from './output.ts';
import { alignTable } from './table.ts';
import { formatTime, parseTime } from './time.ts';

interface Flags {
  readonly seed: number;
  readonly data: string;
  readonly days: number;
  readonly flows: number;
  readonly until: string;
  readonly format: 'table' | 'json';
}

const DEFAULT_DIRECTORY = './weir-demo';
/** An import may touch so many days without being taken for one that is scattered over time. */
const MOST_DAYS = 31;
const MOST_FLOWS = 100_000_000;
const FEWEST_FLOWS = 1_000;

export function demoCommand(): Command {
  const command = newCommand('demo')
    .option('--seed <n>', 'the same number gives the same traffic', parseSeed, 1)
    .option('--data <dir>', 'where the store is made: an empty directory, or that of another demo', DEFAULT_DIRECTORY)
    .option('--days <n>', 'how long it lasts', parseCountUpTo('--days', MOST_DAYS), 7)
    .option('--flows <n>', 'about so many flows, both directions counted', parseFlows, DEFAULT_FLOWS)
    .option('--until <time>', 'its end', 'now')
    .option('--format <form>', 'table or json', oneOf('--format', ['table', 'json']), 'table');
  withExamples(
    command,
    'weir demo',
    'weir demo --seed 7 --days 3 --flows 200000 --data /tmp/demo',
    'weir up --config weir-demo/demo.yaml',
    'weir report talkers --data weir-demo --from all',
  );
  return command.action(makeDemo);
}

async function makeDemo(flags: Flags): Promise<void> {
  const untilMs = parseTime(flags.until, Date.now());
  if (untilMs === 'all' || untilMs > Date.now())
    throw new WeirError('usage', `--until ${flags.until}: expected a time that is not in the future`);
  const startedMs = performance.now();
  const { seed, days, flows } = flags;
  const directory = resolve(flags.data);
  const files = demoFiles(directory);
  prepareDemoDirectory(directory);
  const demo = new Demo({ seed, days, flows, untilMs });
  writeFileSync(files.configuration, configurationOf(demo, directory, files.list));
  writeFileSync(files.list, LIST_TEXT);
  const session = beginSession();
  try {
    const source = await importDemo(demo, files.configuration, session);
    const truth = truthOf(demo);
    writeFileSync(files.truth, `${JSON.stringify(truth, null, 2)}\n`);
    const seconds = Math.round(performance.now() - startedMs) / 1_000;
    await print(
      flags.format === 'json' ? demoJson(directory, source, truth, seconds) : demoText(flags.data, source, truth),
    );
  } finally {
    session.end();
  }
}

/** What exporters of the demo tell goes the way of `weir import`: into rows with names, ledger, segments and history. */
async function importDemo(demo: Demo, file: string, { signal, onProgress }: Session): Promise<ImportSource> {
  // Its own configuration alone: what the environment says of a node is about another store.
  const bundled = process.env.WEIR_BUNDLED_DATA;
  const config = loadConfig({ file, env: bundled === undefined ? {} : { WEIR_BUNDLED_DATA: bundled } });
  const store = await openImportsAtRest(config, () => {});
  try {
    const body = Readable.from(untilStopped(demo.capture(), signal), { objectMode: false });
    const source = await store.run(body, { file: demoSource(demo.options.seed), as: 'export' });
    store.noteSilences(silencesOf(demo));
    await store.settle(signal, onProgress);
    return source;
  } finally {
    await store.close();
  }
}

async function* untilStopped(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    if (signal.aborted) throw new WeirError('cancelled', 'interrupted: the demo is not whole, weir demo makes it anew');
    yield piece;
  }
}

function demoJson(directory: string, source: ImportSource, truth: Truth, seconds: number): string {
  const { name, records, rows, flows, lost } = source;
  const { seed, days, from_ms: from, to_ms: to, events } = truth;
  const { configuration: config, truth: file } = demoFiles(directory);
  const said = {
    data: directory,
    source: name,
    seed,
    days,
    from,
    to,
    records,
    rows,
    flows,
    lost,
    events: events.length,
  };
  return `${JSON.stringify({ ...said, truth: file, config, seconds })}\n`;
}

function demoText(data: string, { name, rows, exporters, lost }: ImportSource, truth: Truth): string {
  const { from_ms: from, to_ms: to, events } = truth;
  const planted = alignTable(
    [
      { title: 'planted', align: 'left' },
      { title: 'from', align: 'left' },
      { title: 'to', align: 'left' },
      { title: 'flows', align: 'right' },
    ],
    events.map((e) => [e.kind, formatTime(e.from_ms), formatTime(e.to_ms), e.made ? grouped(e.made.flows) : '-']),
  );
  return [
    `made up, as source "${name}": ${counted(rows, 'row')} of ${counted(exporters, 'exporter')}, ${counted(lost, 'record')} lost on purpose, from ${formatTime(from)} to ${formatTime(to)}`,
    '',
    ...planted,
    '',
    `${demoFiles(data).truth} has their actors, filters and numbers`,
    `weir up --config ${demoFiles(data).configuration} shows it`,
    '',
  ].join('\n');
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seed)) return seed;
  throw new WeirError('usage', `--seed: expected a whole number from 0 to 2^53 - 1, not "${text}"`);
}

function parseFlows(text: string): number {
  const flows = parseCountUpTo('--flows', MOST_FLOWS)(text);
  if (flows >= FEWEST_FLOWS) return flows;
  throw new WeirError('usage', `--flows: at least ${grouped(FEWEST_FLOWS)}, or the planted events are most of it`);
}
