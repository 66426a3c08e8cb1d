import type { MessagePort } from 'node:worker_threads';
import { asWeirError } from '../base/index.ts';
import type { SnapshotSource } from '../store/index.ts';
import type { StoreNotice, StoreReply, StoreRequest } from './store-messages.ts';

/** Answers one reader thread. What it has not given back when its port closes is given back for it: the thread may have died. */
export function serveReader(store: SnapshotSource, port: MessagePort): void {
  const leased = new Set<number>();
  let closed = false;
  const release = (id: number) => {
    leased.delete(id);
    store.release(id);
  };
  const answer = async (m: StoreRequest): Promise<StoreReply> => {
    try {
      if (m.type === 'damaged') await store.damaged(m.file, m.reason);
      if (m.type !== 'snapshot') return { id: m.id, ok: true, value: null };
      const value = await store.snapshot(m.range);
      leased.add(value.id);
      if (closed) release(value.id);
      return { id: m.id, ok: true, value };
    } catch (error) {
      return failureOf(m.id, error);
    }
  };
  port.on('message', (m: StoreRequest | StoreNotice) => {
    if (m.type === 'release') release(m.snapshot);
    else if (m.type === 'verified') store.verified(m.files);
    else void answer(m).then((reply) => port.postMessage(reply));
  });
  port.on('close', () => {
    closed = true;
    for (const id of leased) release(id);
  });
}

export function failureOf(id: number, error: unknown): StoreReply {
  const { code, message } = asWeirError(error);
  return { id, ok: false, code, message };
}
