import { useEffect, useState } from 'react';
import type { LiveLine } from '../../../src/server/index.ts';
import { fetchLines } from './fetch-json.ts';

interface Live {
  readonly second: LiveLine | null;
  /** Why there is none, in the words of the node. */
  readonly problem: string | null;
}

const LIVE = '/api/v1/host/live?by=process&top=20';
/** A node that was started again is asked again after so long. */
const AGAIN_MS = 5_000;

/** The seconds of this machine, while somebody looks: a page in the background asks for none. */
export function useLive(): Live {
  const [live, setLive] = useState<Live>({ second: null, problem: null });
  useEffect(() => {
    let stop = new AbortController();
    const read = async (signal: AbortSignal) => {
      while (!signal.aborted) {
        try {
          for await (const second of fetchLines<LiveLine>(LIVE, signal)) setLive({ second, problem: null });
        } catch (error) {
          if (!signal.aborted) setLive({ second: null, problem: (error as Error).message });
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
  }, []);
  return live;
}
