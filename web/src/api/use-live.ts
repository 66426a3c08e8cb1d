import { useState } from 'react';
import type { LiveLine } from '../../../src/server/index.ts';
import { useStream } from './use-stream.ts';

interface Live {
  readonly second: LiveLine | null;
  /** Why there is none, in the words of the node. */
  readonly problem: string | null;
}

const LIVE = '/api/v1/host/live?by=process&top=20';

/** The seconds of this machine. */
export function useLive(): Live {
  const [second, setSecond] = useState<LiveLine | null>(null);
  const problem = useStream<LiveLine>(LIVE, setSecond);
  return { second: problem === null ? second : null, problem };
}
