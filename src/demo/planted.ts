import type { Campus } from './campus.ts';
import type { Period } from './demo-exporter.ts';
import type { Talk } from './flow.ts';
import type { Random } from './random.ts';
import { MINUTE_MS } from './rhythm.ts';

/** What is planted makes its conversations with this. */
interface Planter {
  readonly random: Random;
  readonly campus: Campus;
  talk(talk: Talk): void;
}

/** Something that a detector should find. */
export interface Planted extends Period {
  readonly kind: string;
  /** Who takes part, by role. */
  readonly actors: Readonly<Record<string, string | readonly string[]>>;
  /** What is to be seen. */
  readonly look: string;
  /** All flows of it and no others, in the filter language; null where it is no traffic of its own. */
  readonly filter: string | null;
  /** Further facts, in numbers. */
  readonly facts?: Readonly<Record<string, number | string>>;
  /** Makes what begins in the minute. */
  readonly minute?: (planter: Planter, minuteMs: number, event: number) => void;
}

/** When things are planted, within the demo. */
export interface Schedule extends Period {
  /** An hour (UTC) of a day from the beginning, so that `minutes` from then on lie within the demo. */
  at(day: number, hour: number, minutes: number): Period;
  /** A number of conversations in proportion to the size of the demo. */
  scaled(ofFull: number, least: number): number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** What takes about a minute on two slow cores. */
export const DEFAULT_FLOWS = 500_000;
/** The size for which the numbers of planted events are meant. */
const FULL_FLOWS = 1_000_000;

export function scheduleOf(whole: Period, flows: number): Schedule {
  const { fromMs, toMs } = whole;
  const days = Math.max(1, Math.round((toMs - fromMs) / DAY_MS));
  return {
    ...whole,
    at: (day, hour, minutes) => {
      const ofDay = fromMs + (day % days) * DAY_MS;
      const midnight = Math.floor(ofDay / DAY_MS) * DAY_MS;
      let at = midnight + hour * HOUR_MS;
      if (at < ofDay) at += DAY_MS;
      at = Math.floor(Math.min(at, toMs - (minutes + 2) * MINUTE_MS) / MINUTE_MS) * MINUTE_MS;
      return { fromMs: at, toMs: at + minutes * MINUTE_MS };
    },
    scaled: (ofFull, least) => Math.max(least, Math.round((ofFull * flows) / FULL_FLOWS)),
  };
}

/** Calls `each` for those of `count` evenly spread moments of the period that lie in the minute. */
export function paced(
  { fromMs, toMs }: Period,
  count: number,
  minuteMs: number,
  each: (i: number, startMs: number) => void,
): void {
  const stepMs = (toMs - fromMs) / count;
  const first = Math.max(0, Math.ceil((minuteMs - fromMs) / stepMs));
  for (let i = first; i < count; i++) {
    const startMs = Math.floor(fromMs + i * stepMs);
    if (startMs >= minuteMs + MINUTE_MS) return;
    if (startMs >= minuteMs) each(i, startMs);
  }
}
