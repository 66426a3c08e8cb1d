import { useCallback, useEffect, useState } from 'react';
import type { FlowSecondLine } from '../../../src/server/index.ts';
import { useStream } from './use-stream.ts';

/** Seconds that are shown. */
export const SHOWN_SECONDS = 300;

/** The last seconds of what arrives that match, the oldest first. */
export function useSeconds(filter: string): { seconds: readonly FlowSecondLine[]; problem: string | null } {
  const [seconds, setSeconds] = useState<readonly FlowSecondLine[]>([]);
  const add = useCallback(
    (line: FlowSecondLine) => setSeconds((before) => [...before.slice(-SHOWN_SECONDS + 1), line]),
    [],
  );
  const path = `/api/v1/live?by=src_addr,dst_addr&top=5&filter=${encodeURIComponent(filter)}`;
  // Another filter is another stream: what is shown must be of one.
  // biome-ignore lint/correctness/useExhaustiveDependencies: that is when
  useEffect(() => setSeconds([]), [path]);
  return { seconds, problem: useStream<FlowSecondLine>(path, add) };
}
