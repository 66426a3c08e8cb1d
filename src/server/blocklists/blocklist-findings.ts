import { counted } from '../../base/index.ts';
import { faultInWords, type Rejection } from '../../label/index.ts';
import { type Finding, ok, warn } from '../finding.ts';
import { formatDuration } from '../units.ts';
import type { BlocklistStatus } from './blocklists.ts';
import { listRemedy } from './list-remedy.ts';
import type { ListReport } from './prepare-list.ts';

/** A list whose source was not heard for so many of its intervals is old. */
const LATE_INTERVALS = 3;
/** A file is looked at all the time: it has no interval to be late by. */
const FAILED_MS = 600_000;
const OWN_ADVICE =
  'see whether these addresses are yours: a list that has them marks your own traffic; take the entry out, or the list from elsewhere';

/** The age of each block list, what it holds, what of it is left out, and why it could not be refreshed. */
export function blocklistFindings(lists: readonly BlocklistStatus[], nowMs: number): Finding[] {
  return lists.map((list) => findingOf(list, nowMs));
}

function findingOf(list: BlocklistStatus, nowMs: number): Finding {
  const { name, refreshMs, isFile, kept, failure } = list;
  const subject = `block list ${name}`;
  if (kept === null && failure === null) return ok(subject, 'was not read yet');
  if (failure === null) return keptFinding(subject, kept!, nowMs);
  const trouble = troubleOf(list, failure, nowMs);
  const remedy = listRemedy(failure, isFile);
  if (kept === null) return warn(subject, `there is none: ${trouble}`, remedy);
  const text = `an older copy is in use (${stateOf(kept, nowMs)}): ${trouble}`;
  const isLate = nowMs - kept.checkedMs > LATE_INTERVALS * refreshMs;
  const lasts = isFile && nowMs - failure.sinceMs > FAILED_MS;
  return isLate || lasts ? warn(subject, text, remedy) : ok(subject, text, remedy);
}

type Kept = NonNullable<BlocklistStatus['kept']>;

function keptFinding(subject: string, kept: Kept, nowMs: number): Finding {
  const text = stateOf(kept, nowMs);
  return kept.report.own > 0 ? warn(subject, text, OWN_ADVICE) : ok(subject, text);
}

/** Why the newest state of the source is not in use, since when, and when it is tried again. */
function troubleOf(
  { source }: BlocklistStatus,
  { message, sinceMs, inRow, dueMs }: NonNullable<BlocklistStatus['failure']>,
  nowMs: number,
): string {
  const times = inRow > 1 ? `, ${inRow} times` : '';
  const next = dueMs > nowMs ? `next try in ${formatDuration(dueMs - nowMs)}` : 'the next try is due';
  return `${source}: ${message} (for ${ageOf(sinceMs, nowMs)}${times}; ${next})`;
}

/** `7000 entries, 5h old, the same 1h ago`: when the content came, and when its source last said that it still holds. */
function stateOf({ report, fetchedMs, checkedMs }: Kept, nowMs: number): string {
  const same = checkedMs > fetchedMs ? `, the same ${ageOf(checkedMs, nowMs)} ago` : '';
  return `${counted(report.entries, 'entry', 'entries')}, ${ageOf(fetchedMs, nowMs)} old${same}${leftOut(report)}`;
}

const ageOf = (ms: number, nowMs: number): string => formatDuration(Math.max(0, nowMs - ms));

const CAUSES: Readonly<Record<Rejection, readonly [one: string, many: string]>> = {
  name: ['name of a host', 'names of hosts'],
  not_address: ['line that is no address', 'lines that are no addresses'],
  bad_range: ['range that ends before it begins', 'ranges that end before they begin'],
  too_wide: ['entry that holds too much', 'entries that hold too much'],
  covers_home: ['entry that holds a home or private network', 'entries that hold home or private networks'],
};

function leftOut({ rejected, faults, refused, own, ownNamed }: ListReport): string {
  const causes = Object.entries(rejected).filter(([, n]) => n > 0) as [Rejection, number][];
  const examples = [...faults.slice(0, 1).map(faultInWords), ...refused];
  const told = [
    causes.length === 0
      ? ''
      : `left out ${causes.map(([cause, n]) => counted(n, ...CAUSES[cause])).join(' and ')} (${examples.join(', ')})`,
    own === 0
      ? ''
      : `it lists ${counted(own, 'private or home prefix', 'private or home prefixes')} such as ${ownNamed.join(', ')}`,
  ];
  return told
    .filter((t) => t !== '')
    .map((t) => `; ${t}`)
    .join('');
}
