import { createHash } from 'node:crypto';
import { createReadStream, type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';
import { addAbortSignal, Readable } from 'node:stream';
import type { Command } from 'commander';
import { asWeirError, WeirError } from '../base/index.ts';
import type { ImportRequest } from '../ingest/index.ts';
import type { ImportSource } from '../store/index.ts';
import { type AnswererFlags, addAnswererFlags, findPlace } from './client.ts';
import { collectList, newCommand, oneOf, parseCount, withExamples } from './command-line.ts';
import { explain } from './explain.ts';
import { fetchJson } from './http-connection.ts';
import { beginSession, type Session } from './interrupt.ts';
import { print } from './output.ts';
import { importJson, importSummary } from './render-import.ts';

interface Flags extends AnswererFlags {
  readonly as: 'export' | 'traffic';
  readonly sampling?: number;
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

const READ_BYTES = 262_144;

export function importCommand(): Command {
  const command = newCommand('import', 'captures that hold export datagrams, and IPFIX files, into the store')
    .argument('<file...>', 'pcap, pcapng or IPFIX files, gzip-compressed or not; - is standard input')
    .option(
      '--as <what>',
      'export: NetFlow, IPFIX or sFlow in the packets',
      oneOf('--as', ['export', 'traffic']),
      'export',
    )
    .option('--sampling <n>', 'one packet in N, for exporters that do not say it', parseCount)
    .option('--port <ports>', 'ports that hold exports, beside the usual ones', collectList)
    .option('--again', 'import a file that is in the store already once more')
    .option('--format <form>', 'table or json', oneOf('--format', ['table', 'json']), 'table');
  addAnswererFlags(command);
  withExamples(
    command,
    'weir import netflow.pcap',
    'weir import monday.pcapng.gz tuesday.pcapng.gz --sampling 1000',
    'tcpdump -r all.pcap -w - udp port 9001 | weir import - --port 9001',
    `weir query 'source = "netflow.pcap"' --from all --by src_addr`,
  );
  return command.action(async (files: string[], flags: Flags) => runImports(files, flags));
}

async function runImports(files: readonly string[], flags: Flags): Promise<void> {
  if (flags.as === 'traffic')
    throw new WeirError(
      'usage',
      '--as traffic: captures of traffic itself cannot be imported yet; --as export reads the NetFlow, IPFIX and sFlow in them',
    );
  if (files.filter((f) => f === '-').length > 1) throw new WeirError('usage', '-: standard input can be read once');
  const ports = portsOf(flags.port ?? []);
  const startedMs = performance.now();
  const importer = await importerOf(flags);
  const session = beginSession();
  const done: ImportSource[] = [];
  const failures: WeirError[] = [];
  try {
    for (const file of files) {
      try {
        const source = await importFile(importer, session, file, flags, ports);
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
  const place = await findPlace(flags);
  if (place.kind === 'directory') {
    const { openImportStore } = await import('../ingest/index.ts');
    const store = await openImportStore(place.directory);
    return {
      run: (body, request) => store.run(body, request),
      settle: ({ signal, onProgress }) => store.settle(signal, onProgress),
      close: () => store.close(),
    };
  }
  const { endpoint } = place;
  return {
    run: (body, request, signal) => {
      const path = `/api/v1/import?${parametersOf(request)}`;
      return fetchJson<ImportSource>(endpoint, { method: 'POST', path, body, signal });
    },
    settle: async () => {},
    close: async () => {},
  };
}

function parametersOf({ file, sha256, again, sampling, ports }: ImportRequest): URLSearchParams {
  const parameters = new URLSearchParams({ name: file, as: 'export' });
  if (sha256) parameters.set('sha256', sha256);
  if (again) parameters.set('again', 'true');
  if (sampling) parameters.set('sampling', String(sampling));
  if (ports && ports.length > 0) parameters.set('port', ports.join());
  return parameters;
}

async function importFile(
  importer: Importer,
  session: Session,
  file: string,
  flags: Flags,
  ports: readonly number[],
): Promise<ImportSource> {
  const { signal } = session;
  const stdin = file === '-';
  const size = stdin ? 0 : sizeOf(file);
  // Read twice, so that what is there already is refused before a row of it is written.
  const sha256 = stdin ? undefined : await hashOf(file, signal);
  const bytes = stdin ? process.stdin : createReadStream(file, { highWaterMark: READ_BYTES });
  const body = Readable.from(watched(bytes, size, session), { objectMode: false });
  const request = {
    file: stdin ? 'stdin' : basename(file),
    sha256,
    again: flags.again,
    sampling: flags.sampling,
    ports,
  };
  try {
    return await importer.run(body, request, signal);
  } finally {
    body.destroy();
    if (!stdin) bytes.destroy();
  }
}

/** The bytes, with a share of progress where the size is known; Ctrl-C breaks them off, also while none come. */
async function* watched(bytes: Readable, size: number, { signal, onProgress }: Session): AsyncGenerator<Buffer> {
  let sent = 0;
  addAbortSignal(signal, bytes);
  try {
    for await (const piece of bytes as AsyncIterable<Buffer>) {
      yield piece;
      sent += piece.length;
      if (size > 0) onProgress?.(Math.min(1, sent / size));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  // Ctrl-C may have ended the program that writes to our standard input as well.
  if (signal.aborted) throw new WeirError('cancelled', 'interrupted');
}

function sizeOf(file: string): number {
  let stats: Stats;
  try {
    stats = statSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new WeirError(
      code === 'ENOENT' ? 'not_found' : 'system',
      `${file}: ${code === 'ENOENT' ? 'no such file' : (error as Error).message}`,
    );
  }
  if (stats.isDirectory()) throw new WeirError('usage', `${file} is a directory: name the files in it`);
  return stats.size;
}

async function hashOf(file: string, signal: AbortSignal): Promise<string | undefined> {
  // A pipe can be read once only.
  if (!statSync(file).isFile()) return undefined;
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
