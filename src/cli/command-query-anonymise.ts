import { open } from 'node:fs/promises';
import { unreadable, WeirError } from '../base/index.ts';
import { parseAnonymiseKey } from '../flow/index.ts';
import { type Anonymiser, anonymiser, exportRecords, type FlowRecord } from '../query/index.ts';
import type { QueryService } from '../server/index.ts';

/** No key is longer; a wrong file may be endless. */
const MOST_KEY_BYTES = 1_024;

/** The anonymiser of a key file. A key that others can read is told: who has it can undo what it did. */
export async function readAnonymiser(file: string, warn: (text: string) => void): Promise<Anonymiser> {
  try {
    const handle = await open(file, 'r');
    try {
      const { mode } = await handle.stat();
      if ((mode & 0o044) !== 0) {
        warn(`warning: other users can read the key ${file} (mode ${(mode & 0o777).toString(8)}): chmod 600 ${file}\n`);
      }
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(MOST_KEY_BYTES), 0, MOST_KEY_BYTES, null);
      return anonymiser(parseAnonymiseKey(buffer.subarray(0, bytesRead), file));
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code, message } = unreadable(file, error);
    throw new WeirError(code, `--anonymise: ${message}`, { cause: error });
  }
}

/**
 * The same questions with anonymised answers. They are changed here, in the process that has read the key: a node is never given it.
 * Files are written here as well, from a stream of records.
 */
export function anonymousService(service: QueryService, hide: Anonymiser): QueryService {
  const hidden = async function* (records: AsyncIterable<readonly FlowRecord[]>) {
    for await (const piece of records) yield piece.map(hide.record);
  };
  const flows: QueryService['flows'] = async (query, ask) => {
    const { header, records } = await service.flows(query, ask);
    return { header: hide.header(header), records: hidden(records) };
  };
  return {
    flows,
    query: async (query, ask) => hide.query(await service.query(query, ask)),
    report: async (name, request, ask) => hide.report(await service.report(name, request, ask)),
    export: async ({ order, limit, ...query }, file, ask = {}) => {
      if (order !== undefined)
        throw new WeirError('usage', 'an anonymised export has no order: records come as they are stored');
      const answer = await flows({ ...query, order: 'stored', limit: limit ?? Number.MAX_SAFE_INTEGER }, ask);
      return exportRecords(answer, file, ask.signal);
    },
    running: () => service.running(),
    cancel: (id) => service.cancel(id),
  };
}
