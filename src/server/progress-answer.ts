import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorBody, httpError } from './http-errors.ts';
import type { Ask } from './query-service.ts';
import { clientGone } from './request-signal.ts';

const JSON_LINES = 'application/jsonl';
/** What is answered sooner is a plain document, with a status that tells of errors. */
const FIRST_MS = 500;
const BETWEEN_MS = 200;

/**
 * Answers a question that may take long. To whoever accepts JSON lines it tells then how far it is: lines `{"progress"}` (0..1, never falling), and a last one `{"answer"}`
 * or `{"error"}`, as the status line is long gone. When the client goes away the question is cancelled.
 */
export async function answerWithProgress<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  work: (ask: Ask) => Promise<T>,
): Promise<T | FastifyReply> {
  const signal = clientGone(reply);
  if (!request.headers.accept?.includes(JSON_LINES)) return work({ signal });
  let share = 0;
  const answer = work({
    signal,
    onProgress: (now) => {
      share = now;
    },
  });
  const isSoon = await settledWithin(answer, FIRST_MS);
  if (isSoon) return answer;
  return reply.type(`${JSON_LINES}; charset=utf-8`).send(
    Readable.from(
      lines(request, answer, () => share),
      { objectMode: false },
    ),
  );
}

async function* lines(request: FastifyRequest, answer: Promise<unknown>, share: () => number): AsyncGenerator<string> {
  for (let told = -1; !(await settledWithin(answer, told < 0 ? 0 : BETWEEN_MS)); ) {
    if (share() <= told) continue;
    told = share();
    yield line({ progress: told });
  }
  try {
    yield line({ answer: await answer });
  } catch (raw) {
    const { error, status } = httpError(raw);
    request.failed = status;
    yield line(errorBody(error));
  }
}

/** Whether it has come or failed after so long. */
async function settledWithin(answer: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const settled = answer.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}

const line = (value: object) => `${JSON.stringify(value)}\n`;
