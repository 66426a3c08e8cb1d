import { counted } from '../../base/index.ts';
import { type Finding, ok, warn } from '../finding.ts';
import type { PlaceSourceStatus } from './place-messages.ts';
import type { PlacesStatus } from './places.ts';
import { inUse } from './state-in-use.ts';

const DAY_MS = 86_400_000;
/** Routes and owners of addresses change by some percent within half a year. */
const OLD_MS = 180 * DAY_MS;
/** Dumps of routes are written every few hours: who has one that is so old has forgotten to fetch another. */
const OLD_DUMP_MS = 90 * DAY_MS;
/** What the licence of the data asks for. */
const ATTRIBUTION =
  'data by RouteViews, DB-IP.com and the Number Resource Organization (CC BY 4.0), by way of ip-location-db';

/** Where autonomous systems and countries are known from, how old it is, and what of it is not used. */
export function placeFindings({ sources, problems, failure }: PlacesStatus, nowMs: number): Finding[] {
  const found = sources.map((source) => findingOf(source, nowMs));
  for (const problem of problems) found.push(warn('networks and places', problem));
  if (failure !== null)
    found.push(
      warn('networks and places', `the table could not be made, the one before holds: ${failure}`, 'see the log'),
    );
  return found;
}

function findingOf(source: PlaceSourceStatus, nowMs: number): Finding {
  const { name, kind, madeMs, systems, countries, skipped, problem, used } = source;
  const said = [
    ...(systems > 0 ? [`autonomous systems of ${counted(systems, 'range')}`] : []),
    ...(countries > 0 ? [`countries of ${counted(countries, 'range')}`] : []),
    ...(madeMs > 0
      ? [`of ${dayOf(madeMs)}, ${counted(Math.floor(Math.max(0, nowMs - madeMs) / DAY_MS), 'day')} old`]
      : []),
    ...Object.entries(skipped).map(([cause, n]) => `passed over ${cause} ${n}`),
    ...(kind === 'bundled' && used ? [ATTRIBUTION] : []),
  ].join(', ');
  // A path may be long, and what was looked at stands in a column of a table.
  const subject = kind === 'bundled' ? 'networks and places' : 'as_data';
  const text = `${name}: ${said}`;
  if (problem !== null) {
    const state = used ? ` (${said})` : '';
    return warn(
      subject,
      `${name}: ${problem}: ${inUse(source)}${state}`,
      'give a whole file: it is read again by itself within a minute, or on SIGHUP',
    );
  }
  if (kind === 'mrt' && madeMs > 0 && nowMs - madeMs > OLD_DUMP_MS)
    return warn(subject, text, 'fetch a newer dump of routes: systems of addresses change');
  if (kind === 'bundled' && madeMs > 0 && nowMs - madeMs > OLD_MS)
    return ok(subject, text, 'for newer data give files with as_data: a dump of routes (MRT) or MaxMind DB files');
  return ok(subject, text);
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
