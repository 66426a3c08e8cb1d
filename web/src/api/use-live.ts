import { useEffect, useState } from 'react';
import type { LiveLine } from '../../../src/server/index.ts';

interface Live {
  readonly second: LiveLine | null;
  /** Why there is none, in the words of the node. */
  readonly problem: string | null;
}

const LIVE = '/api/v1/host/live?by=process&top=20';

/** The seconds of this machine, while somebody looks: a page in the background asks for none. */
export function useLive(): Live {
  const [live, setLive] = useState<Live>({ second: null, problem: null });
  useEffect(() => {
    let source: EventSource | null = null;
    const open = () => {
      source = new EventSource(LIVE);
      source.onmessage = ({ data }: MessageEvent<string>) =>
        setLive({ second: JSON.parse(data) as LiveLine, problem: null });
      source.onerror = () =>
        setLive({ second: null, problem: 'This machine is not metered by this node at the moment.' });
    };
    const turn = () => {
      source?.close();
      source = null;
      if (!document.hidden) open();
    };
    turn();
    document.addEventListener('visibilitychange', turn);
    return () => {
      document.removeEventListener('visibilitychange', turn);
      source?.close();
    };
  }, []);
  return live;
}
