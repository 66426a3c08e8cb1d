import type { MessagePort } from 'node:worker_threads';
import { type ErrorCode, WeirError } from '../base/index.ts';
import { DuckReader, type ReaderOptions, type Snapshot, type SnapshotSource, type TimeRange } from '../store/index.ts';
import type { StoreNotice, StoreReply, StoreRequest } from './store-messages.ts';

type Ask = (
  request: { type: 'snapshot'; range: TimeRange } | { type: 'damaged'; file: string; reason: string },
) => Promise<StoreReply & { ok: true }>;

/** A reader in this thread over the store in another; `port` comes from StoreThread.connect. */
export async function attachReader(port: MessagePort, options: ReaderOptions): Promise<DuckReader> {
  const ask = asker(port);
  const tell = (notice: StoreNotice) => port.postMessage(notice);
  const source: SnapshotSource = {
    snapshot: async (range) => (await ask({ type: 'snapshot', range })).value as Snapshot,
    release: (snapshot) => tell({ type: 'release', snapshot }),
    verified: (files) => tell({ type: 'verified', files }),
    damaged: async (file, reason) => {
      await ask({ type: 'damaged', file, reason });
    },
  };
  return DuckReader.start(source, options);
}

function asker(port: MessagePort): Ask {
  const waiting = new Map<number, (reply: StoreReply) => void>();
  let nextId = 1;
  port.on('message', (reply: StoreReply) => {
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  port.on('close', () => {
    for (const [id, answer] of waiting) answer({ id, ok: false, code: 'internal', message: 'the store thread ended' });
    waiting.clear();
  });
  return (request) =>
    new Promise((resolve, reject) => {
      const id = nextId++;
      waiting.set(id, (reply) =>
        reply.ok ? resolve(reply) : reject(new WeirError(reply.code as ErrorCode, reply.message)),
      );
      port.postMessage({ ...request, id } satisfies StoreRequest);
    });
}
