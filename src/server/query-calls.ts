import type { MessagePort } from 'node:worker_threads';
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
import type { Ask, ExportFile, QueryService } from './query-service.ts';
import type { RunningQuery } from './query-slots.ts';
import { type CallContext, type CallOptions, serveCalls, type ThreadCaller } from './thread-rpc.ts';

/** A question on its way to another thread: what cannot be cloned (signal, progress) goes beside it. */
type Carried = Pick<Ask, 'timeoutMs' | 'limit' | 'asker'>;
type Sent<T> = T & Carried;

const carried = ({ timeoutMs, limit, asker }: Carried): Carried => ({ timeoutMs, limit, asker });

const askOf = (sent: Carried, { signal, progress }: CallContext): Ask => ({
  signal,
  onProgress: progress,
  ...carried(sent),
});

/** Answers the questions that come through the port with the service. */
export function serveQueries(port: MessagePort, service: QueryService): void {
  serveCalls(port, {
    calls: {
      query: (sent: Sent<{ query: QueryInput }>, context) => service.query(sent.query, askOf(sent, context)),
      report: (sent: Sent<{ name: string; request: ReportInput }>, context) =>
        service.report(sent.name, sent.request, askOf(sent, context)),
      export: (sent: Sent<{ query: ExportQueryInput; file: ExportFile }>, context) =>
        service.export(sent.query, sent.file, askOf(sent, context)),
      running: async () => service.running(),
      cancel: async (id: string) => service.cancel(id),
    },
    streams: {
      flows: async (sent: Sent<{ query: FlowsQueryInput }>, context) => {
        const { header, records } = await service.flows(sent.query, askOf(sent, context));
        return { header, chunks: records };
      },
    },
  });
}

/** The same service, seen from the other end of the port. `caller` is asked for at each question: the thread may have been replaced. */
export function remoteQueries(caller: () => Promise<ThreadCaller>): QueryService {
  const options = ({ signal, onProgress }: Ask): CallOptions => ({ signal, onProgress });
  return {
    query: async (query, ask = {}) =>
      (await caller()).call<QueryAnswer>('query', { query, ...carried(ask) }, options(ask)),
    report: async (name, request, ask = {}) =>
      (await caller()).call<ReportAnswer>('report', { name, request, ...carried(ask) }, options(ask)),
    export: async (query, file, ask = {}) =>
      (await caller()).call<ExportAnswer>('export', { query, file, ...carried(ask) }, options(ask)),
    flows: async (query, ask = {}) => {
      const sent = { query, ...carried(ask) };
      const { header, chunks } = await (await caller()).stream<FlowsHeader, readonly FlowRecord[]>(
        'flows',
        sent,
        options(ask),
      );
      return { header, records: chunks };
    },
    running: async () => (await caller()).call<RunningQuery[]>('running', null),
    cancel: async (id) => (await caller()).call<boolean>('cancel', id),
  };
}
