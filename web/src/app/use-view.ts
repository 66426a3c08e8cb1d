import { useNavigate, useSearch } from '@tanstack/react-router';
import { createContext, useContext, useEffect, useMemo, useState } from 'react';
import {
  type FlowsAsked,
  flowsOf,
  type Range,
  rangeOf,
  readView,
  refetchMs,
  type View,
  withCondition,
} from './view.ts';

type ViewChange = { readonly [K in keyof View]?: View[K] | undefined };

interface UsedView {
  readonly view: View;
  readonly range: Range;
  /** Which flows: what a question to the API begins with. */
  readonly asked: FlowsAsked;
  /** Another view that has these; undefined: without it. */
  readonly change: (part: ViewChange) => void;
}

/** What holds for all that is asked within a part of a page, beside the filter of the reader; empty: nothing. */
export const Within = createContext('');

/** A saved view that is shown on another page, and the page that it is of; null: the address says what is shown. */
export const ShownView = createContext<{ readonly page: string; readonly view: View } | null>(null);

/** The view that the address says. */
export function useSearchedView(): View {
  const search = useSearch({ strict: false });
  // The router leaves what is no view beside what was read.
  return useMemo(() => readView(search), [search]);
}

/** The view of this page, or the saved one around; what ends now moves on. A change of a saved one leads to its own page. */
export function useView(): UsedView {
  const searched = useSearchedView();
  const shown = useContext(ShownView);
  const within = useContext(Within);
  const view = shown?.view ?? searched;
  const navigate = useNavigate();
  const nowMs = useClock(view);
  const change = (part: ViewChange) =>
    void navigate({
      to: shown?.page ?? '.',
      search: (before: View) => readView({ ...(shown?.view ?? before), ...part }),
    });
  const range = rangeOf(view, nowMs);
  return {
    view,
    range,
    asked: flowsOf(within === '' ? view : { ...view, filter: withCondition(view.filter, within) }, range),
    change,
  };
}

/** Now, in whole steps, so that pages ask the same question together. */
function useClock(view: View): number {
  const every = refetchMs(rangeOf(view, 0)) || 60_000;
  const [nowMs, setNow] = useState(() => endOfStep(every));
  useEffect(() => {
    setNow(endOfStep(every));
    const timer = setInterval(() => setNow(endOfStep(every)), every);
    return () => clearInterval(timer);
  }, [every]);
  return nowMs;
}

/** The end of the step that now is in: what arrived a moment ago is in the range. */
function endOfStep(every: number): number {
  return Math.ceil(Date.now() / every) * every;
}
