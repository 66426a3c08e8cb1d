import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { unwritable, WeirError } from '../base/index.ts';
import type {
  ExportAnswer,
  ExportQueryInput,
  FlowRecord,
  FlowsHeader,
  FlowsQueryInput,
  QueryAnswer,
  QueryInput,
  ReportAnswer,
  ReportInput,
} from '../query/index.ts';
import type { Ask, ExportFile, FlowsAnswer, QueryService, RunningQuery } from '../server/index.ts';
import { brokenOff, type Endpoint, errorOfBody, fetchJson, send } from './http-connection.ts';

/** The questions, answered by a node over HTTP. When a signal is raised the connection is closed, and the node cancels the query. */
export class HttpQueryService implements QueryService {
  private readonly endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
  }

  query(query: QueryInput, ask: Ask = {}): Promise<QueryAnswer> {
    return this.watched(
      ask,
      fetchJson(this.endpoint, { method: 'POST', path: '/api/v1/query', body: query, signal: ask.signal }),
    );
  }

  report(name: string, request: ReportInput, ask: Ask = {}): Promise<ReportAnswer> {
    const path = `/api/v1/report/${encodeURIComponent(name)}`;
    return this.watched(ask, fetchJson(this.endpoint, { method: 'POST', path, body: request, signal: ask.signal }));
  }

  async flows(query: FlowsQueryInput, ask: Ask = {}): Promise<FlowsAnswer> {
    const path = '/api/v1/flows?format=stream';
    const response = await this.watched(
      ask,
      send(this.endpoint, { method: 'POST', path, body: query, signal: ask.signal }),
    );
    const pieces = readPieces(response, ask.signal);
    const first = await pieces.next();
    if (first.done || !('header' in first.value)) throw brokenOff(new Error('no header'), ask.signal);
    return { header: first.value.header, records: recordsOf(pieces) };
  }

  async export(query: ExportQueryInput, file: ExportFile, ask: Ask = {}): Promise<ExportAnswer> {
    const path = `/api/v1/export?format=${file.format}`;
    const call = { method: 'POST', path, body: query, signal: ask.signal } as const;
    const response = await this.watched(ask, send(this.endpoint, call));
    const part = `${file.path}.part`;
    try {
      // A body that is shorter than its announced length is an error of the stream.
      await pipeline(response, createWriteStream(part), ask.signal ? { signal: ask.signal } : {});
      await rename(part, file.path);
      const { rows, quality } = JSON.parse(String(response.headers['x-weir-answer'])) as ExportAnswer;
      return { rows, quality, bytes: (await stat(file.path)).size };
    } catch (error) {
      await rm(part, { force: true }).catch(() => {});
      const { code } = error as NodeJS.ErrnoException;
      // Our own disk has failed, not the node.
      if (code?.startsWith('E') && !code.startsWith('ERR') && code !== 'ECONNRESET') throw unwritable(file.path, error);
      throw brokenOff(error, ask.signal);
    }
  }

  async running(): Promise<readonly RunningQuery[]> {
    return (await fetchJson<{ queries: RunningQuery[] }>(this.endpoint, { method: 'GET', path: '/api/v1/queries' }))
      .queries;
  }

  async cancel(id: string): Promise<boolean> {
    try {
      await fetchJson(this.endpoint, { method: 'DELETE', path: `/api/v1/queries/${encodeURIComponent(id)}` });
      return true;
    } catch (error) {
      if (error instanceof WeirError && error.code === 'not_found') return false;
      throw error;
    }
  }

  /** Asks twice a second how far the node is, while somebody wants to know: with one question at a time the newest is ours. */
  private async watched<T>(ask: Ask, answer: Promise<T>): Promise<T> {
    const { onProgress } = ask;
    if (!onProgress) return answer;
    const timer = setInterval(() => {
      this.running().then(
        (queries) => queries.at(-1) && onProgress(queries.at(-1)!.progress),
        () => {},
      );
    }, 500);
    try {
      return await answer;
    } finally {
      clearInterval(timer);
    }
  }
}

/** A line of a stream of flows (src/server/flows-stream.ts writes them). */
type Piece = { readonly header: FlowsHeader } | { readonly records: readonly FlowRecord[] };

/** The stream says in its last line that it is whole, or why it is not: without that line it was cut. */
async function* readPieces(response: IncomingMessage, signal: AbortSignal | undefined): AsyncGenerator<Piece> {
  try {
    for await (const line of createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })) {
      const piece = JSON.parse(line) as Piece | { readonly end: true } | { readonly error: unknown };
      if ('end' in piece) return;
      if ('error' in piece) throw errorOfBody(piece);
      yield piece;
    }
    throw brokenOff(new Error('no last line'), signal);
  } catch (error) {
    throw error instanceof WeirError ? error : brokenOff(error, signal);
  } finally {
    response.destroy();
  }
}

async function* recordsOf(pieces: AsyncGenerator<Piece>): AsyncGenerator<readonly FlowRecord[]> {
  for await (const piece of pieces) if ('records' in piece) yield piece.records;
}
