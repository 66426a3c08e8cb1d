import type { FastifyReply } from 'fastify';

/** A signal that is raised when the client goes away before its answer is written: nobody would read what a query still finds. */
export function clientGone(reply: FastifyReply): AbortSignal {
  const abort = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) abort.abort();
  });
  return abort.signal;
}
