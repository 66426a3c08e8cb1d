import type { ExporterInfo } from './exporters.ts';
import type { ReceiveReply, ReceiveRequest } from './receive-messages.ts';

/** What is asked of a receive thread: a Worker, or what stands for one. */
export interface AskedThread {
  on(event: 'message', listener: (reply: ReceiveReply) => void): unknown;
  once(event: 'exit', listener: () => void): unknown;
  postMessage(request: ReceiveRequest): void;
}

/**
 * Asks a receive thread for its streams. Two listeners for the life of the thread, not some for each question: a page that is left open asks
 * for years. Once the thread has ended there are none to tell of.
 */
export function exporterList(thread: AskedThread): () => Promise<readonly ExporterInfo[]> {
  const waiting = new Map<number, (list: readonly ExporterInfo[]) => void>();
  let nextId = 1;
  let ended = false;
  thread.on('message', (reply) => {
    waiting.get(reply.id)?.(reply.list);
    waiting.delete(reply.id);
  });
  thread.once('exit', () => {
    ended = true;
    for (const answer of waiting.values()) answer([]);
    waiting.clear();
  });
  return () =>
    new Promise((resolve) => {
      if (ended) return resolve([]);
      const id = nextId++;
      waiting.set(id, resolve);
      thread.postMessage({ type: 'exporters', id });
    });
}
