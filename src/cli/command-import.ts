import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { asWeirError, WeirError } from '../base/index.ts';
import type { ImportRequest } from '../ingest/index.ts';
import { loadConfig, openImportsAtRest } from '../server/index.ts';
import { type ImportSource, SOURCE_CONTENTS, type SourceContent } from '../store/index.ts';
import { type AnswererFlags, addAnswererFlags, DEFAULT_DATA, findPlace } from './client.ts';
import { collectList, newCommand, oneOf, withExamples } from './command-line.ts';
import { explain } from './explain.ts';
import { fetchJson } from './http-connection.ts';
import { importHeaders, importParameters } from './import-request.ts';
import { beginSession, type Session } from './interrupt.ts';
import { addMeterFlags, type MeterFlags, meterSettingsOf } from './meter-flags.ts';
import { openInput, READ_BYTES, statOf } from './open-input.ts';
import { print } from './output.ts';
import { importJson, importSummary } from './render-import.ts';

interface Flags extends AnswererFlags, Omit<MeterFlags, 'biflow'> {
  readonly config?: string;
  readonly as?: SourceContent;
  readonly port?: string[];
  readonly again?: boolean;
  readonly format: 'table' | 'json';
}

/** What imports: a node that is asked, or the store opened here. */
interface Importer {
  run(body: Readable, request: ImportRequest, signal: AbortSignal): Promise<ImportSource>;
  /** History of what was imported; a node makes it by itself. */
  settle(session: Session): Promise<void>;
  close(): Promise<void>;
}

export function importCommand(): Command {
  const command = newCommand('import')
    .argument('<file...>', 'pcap, pcapng or IPFIX files, gzip-compressed or not; - is standard input')
    .option(
      '--as <what>',
      'export: the NetFlow, IPFIX and sFlow in the packets; traffic: the packets, metered (default: what the capture looks like)',
      oneOf('--as', SOURCE_CONTENTS),
    )
    .option('--port <ports>', 'ports that hold exports, beside the usual ones', collectList)
    .option('--again', 'import a file that is in the store already once more')
    .option('--format <form>', 'table or json', oneOf('--format', ['table', 'json']), 'table');
  addMeterFlags(
    command,
    'exports: one packet in N, for exporters that do not say it; traffic: look at one packet in N',
  );
  addAnswererFlags(command);
  command.option('--config <file>', 'YAML file with what names, networks and exporters are, where no node runs');
  withExamples(
    command,
    'weir import netflow.pcap',
    'weir import monday.pcapng.gz tuesday.pcapng.gz --sampling 1000',
    'weir import campus.pcap --as traffic --active off',
    'tcpdump -r all.pcap -w - udp port 9001 | weir import - --port 9001',
    `weir query 'source = "netflow.pcap"' --from all --by src_addr`,
  );
  return command.action(async (files: string[], flags: Flags) => runImports(files, flags));
}

async function runImports(files: readonly string[], flags: Flags): Promise<void> {
  if (files.filter((f) => f === '-').length > 1) throw new WeirError('usage', '-: standard input can be read once');
  const asked = {
    as: flags.as,
    sampling: flags.sampling,
    ports: portsOf(flags.port ?? []),
    meter: meterSettingsOf(flags),
  };
  const startedMs = performance.now();
  const importer = await importerOf(flags);
  const session = beginSession();
  const done: ImportSource[] = [];
  const failures: WeirError[] = [];
  try {
    for (const file of files) {
      try {
        const source = await importFile(importer, session, file, { ...asked, again: flags.again });
        done.push(source);
        const { damage, problem } = source;
        if (damage)
          failures.push(
            new WeirError('usage', `${file}: the file is damaged (${damage}): what stands before is imported`),
          );
        if (problem) failures.push(new WeirError('usage', `${file}: ${problem}`));
        if (flags.format === 'table') await print(importSummary(source));
      } catch (error) {
        if (session.signal.aborted)
          throw new WeirError('cancelled', 'interrupted: what was read until then stays, see weir sources', {
            cause: error,
          });
        failures.push(asWeirError(error));
      }
    }
    if (done.length > 0) await importer.settle(session);
  } finally {
    session.end();
    await importer.close();
  }
  for (const failure of failures) process.stderr.write(`${explain(failure)}\n`);
  if (failures.length > 0) process.exitCode = 1;
  if (flags.format === 'json' && done.length > 0) await print(importJson(done, (performance.now() - startedMs) / 1000));
}

async function importerOf(flags: Flags): Promise<Importer> {
  const given = flags.config === undefined ? null : configOf(flags);
  // A file that names no store says nothing about which is meant.
  const named = flags.server === undefined && given !== null && given.data !== resolve(DEFAULT_DATA);
  const place = await findPlace(named ? { ...flags, data: given.data } : flags);
  if (place.kind === 'directory') {
    const config = { ...(given ?? configOf(flags)), data: place.directory };
    const store = await openImportsAtRest(config, () => {
      if (process.stderr.isTTY)
        process.stderr.write('networks and places of addresses are made ready, which takes some seconds and is kept\n');
    });
    return {
      run: (body, request) => store.run(body, request),
      settle: ({ signal, onProgress }) => store.settle(signal, onProgress),
      close: () => store.close(),
    };
  }
  const { endpoint } = place;
  return {
    run: (body, request, signal) => {
      const path = `/api/v1/import?${importParameters(request)}`;
      return fetchJson<ImportSource>(endpoint, { method: 'POST', path, body, signal, headers: importHeaders(request) });
    },
    settle: async () => {},
    close: async () => {},
  };
}

function configOf({ config: file, data }: Flags): ReturnType<typeof loadConfig> {
  return loadConfig({ ...(file === undefined ? {} : { file }), env: process.env, flags: { data } });
}

async function importFile(
  importer: Importer,
  session: Session,
  file: string,
  asked: Omit<ImportRequest, 'file' | 'sha256'>,
): Promise<ImportSource> {
  const stdin = file === '-';
  // Read twice, so that what is there already is refused before a row of it is written.
  const sha256 = stdin ? undefined : await hashOf(file, session.signal);
  const input = openInput(file, session);
  const body = Readable.from(input.bytes, { objectMode: false });
  try {
    return await importer.run(body, { ...asked, file: stdin ? 'stdin' : basename(file), sha256 }, session.signal);
  } finally {
    body.destroy();
    input.close();
  }
}

async function hashOf(file: string, signal: AbortSignal): Promise<string | undefined> {
  // A pipe can be read once only.
  if (!statOf(file).isFile()) return undefined;
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: READ_BYTES, signal })) hash.update(piece as Buffer);
  return hash.digest('hex');
}

function portsOf(texts: readonly string[]): number[] {
  return texts.map((text) => {
    const port = Number(text);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new WeirError('usage', `--port: expected a port from 1 to 65535, not "${text}"`);
    return port;
  });
}
