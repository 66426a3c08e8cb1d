import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { type Range, rangeOf, refetchMs, type View, withCondition } from './view.ts';

interface UsedView {
  readonly view: View;
  readonly range: Range;
  readonly change: (view: View) => void;
  /** Only flows of which `column` is `value`. */
  readonly addCondition: (column: string, value: string | number) => void;
}

/** The view of this page; what ends now moves on. */
export function useView(): UsedView {
  const view: View = useSearch({ strict: false });
  const navigate = useNavigate();
  const nowMs = useClock(view);
  const change = (next: View) => void navigate({ to: '.', search: next });
  return {
    view,
    range: rangeOf(view, nowMs),
    change,
    addCondition: (column, value) => {
      const words = typeof value === 'number' || isBare(value) ? String(value) : JSON.stringify(value);
      change({ ...view, filter: withCondition(view.filter, `${column} = ${words}`) });
    },
  };
}

/** Words that the filter language reads without quotes: addresses and numbers. */
function isBare(value: string): boolean {
  return /^[0-9a-fA-F.:]+$/.test(value);
}

/** Now, in whole steps, so that pages ask the same question together. */
function useClock(view: View): number {
  const every = refetchMs(rangeOf(view, 0)) || 60_000;
  const [nowMs, setNow] = useState(() => floorTo(every));
  useEffect(() => {
    setNow(floorTo(every));
    const timer = setInterval(() => setNow(floorTo(every)), every);
    return () => clearInterval(timer);
  }, [every]);
  return nowMs;
}

function floorTo(every: number): number {
  return Math.ceil(Date.now() / every) * every;
}
