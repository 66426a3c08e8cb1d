import { useEffect, useState } from 'react';
import { ApiError, fetchLines } from './fetch-json.ts';
import { sharedLines } from './shared-lines.ts';
import { hasToken } from './token.ts';

/** A node that was started again is asked again after so long. */
const AGAIN_MS = 5_000;

interface Problem {
  readonly error: { readonly message: string };
}

/** Reads lines of the node from `path` while somebody looks: a page in the background asks for none. The latest problem in the words of the node; null while lines come. */
export function useStream<T extends object>(path: string, onLine: (line: T) => void): string | null {
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let stop = new AbortController();
    const read = async (signal: AbortSignal) => {
      while (!signal.aborted) {
        try {
          const open = (until: AbortSignal) => fetchLines<T | Problem>(path, until);
          // A token is of one tab, and what it may see is nobody else's.
          for await (const line of hasToken() ? open(signal) : sharedLines(path, open, signal)) {
            if ('error' in line) throw new ApiError(200, 'broken', line.error.message);
            setProblem(null);
            onLine(line);
          }
          if (!signal.aborted) setProblem('the node ended the stream');
        } catch (error) {
          if (!signal.aborted) setProblem((error as Error).message);
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    };
    const turn = () => {
      stop.abort();
      stop = new AbortController();
      if (!document.hidden) void read(stop.signal);
    };
    turn();
    document.addEventListener('visibilitychange', turn);
    return () => {
      document.removeEventListener('visibilitychange', turn);
      stop.abort();
    };
  }, [path, onLine]);
  return problem;
}
