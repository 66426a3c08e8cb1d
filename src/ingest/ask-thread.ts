import type { ReceiveReply, ReceiveRequest } from './receive-messages.ts';

/** What is asked: a Worker, or what stands for one. */
export interface AskedThread {
  on(event: 'message', listener: (reply: ReceiveReply) => void): unknown;
  once(event: 'exit', listener: () => void): unknown;
  postMessage(request: ReceiveRequest): void;
}

type Named<T, Type> = Extract<T, { readonly type: Type }>;
/** Asks one thing; null once the thread has ended. */
type Ask = <Type extends ReceiveRequest['type']>(
  request: Omit<Named<ReceiveRequest, Type>, 'id'> & { readonly type: Type },
) => Promise<Named<ReceiveReply, Type> | null>;

/**
 * Asks a receive thread. Two listeners for the life of the thread, not some for each question: a page that is left open asks for years.
 */
export function threadAsker(thread: AskedThread): Ask {
  const waiting = new Map<number, (reply: never) => void>();
  let nextId = 1;
  let ended = false;
  thread.on('message', (reply) => {
    waiting.get(reply.id)?.(reply as never);
    waiting.delete(reply.id);
  });
  thread.once('exit', () => {
    ended = true;
    for (const answer of waiting.values()) answer(null as never);
    waiting.clear();
  });
  return (request) =>
    new Promise((resolve) => {
      if (ended) return resolve(null);
      const id = nextId++;
      waiting.set(id, resolve);
      thread.postMessage({ ...request, id } as unknown as ReceiveRequest);
    });
}
