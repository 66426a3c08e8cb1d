import type { Log } from '../base/index.ts';
import { errorBody, httpError } from './http-errors.ts';
import type { FlowsAnswer } from './query-service.ts';

/** A record per line. When the query fails in the middle the connection is cut: the client's transfer then fails, too. */
export async function* plainLines(flows: FlowsAnswer): AsyncGenerator<string> {
  for await (const chunk of flows.records) {
    if (chunk.length > 0) yield `${chunk.map((record) => JSON.stringify(record)).join('\n')}\n`;
  }
}

/** Header, records in pieces, and a last line that says whether this was all: the status line is long gone when a query fails late. */
export async function* wrappedLines(flows: FlowsAnswer, log: Log): AsyncGenerator<string> {
  try {
    yield line({ header: flows.header });
    for await (const records of flows.records) if (records.length > 0) yield line({ records });
    yield line({ end: true });
  } catch (raw) {
    const { error } = httpError(raw);
    if (error.code !== 'cancelled') log.warn({ code: error.code, err: error }, 'a stream of flows broke off');
    yield line(errorBody(error));
  }
}

const line = (value: object) => `${JSON.stringify(value)}\n`;
