import { counted } from '../../base/index.ts';
import { type Finding, ok, warn } from '../finding.ts';
import { formatDuration } from '../units.ts';
import type { BlocklistStatus } from './blocklists.ts';
import type { ListReport } from './prepare-list.ts';

/** A list whose source was not heard for so many of its intervals is old. */
const LATE_INTERVALS = 3;
/** A file is looked at all the time: it has no interval to be late by. */
const FAILED_MS = 600_000;

/** The age of each block list, what it holds, what of it is left out, and why it could not be refreshed. */
export function blocklistFindings(lists: readonly BlocklistStatus[], nowMs: number): Finding[] {
  return lists.map((list) => findingOf(list, nowMs));
}

function findingOf({ name, source, refreshMs, kept, failure }: BlocklistStatus, nowMs: number): Finding {
  const subject = `block list ${name}`;
  const why = failure === null ? '' : `${source}: ${failure.message}`;
  const advice = 'weir tries again by itself; see the source, and the proxy or firewall on the way to it';
  if (kept === null)
    return failure === null ? ok(subject, 'was not read yet') : warn(subject, `there is none: ${why}`, advice);
  const age = formatDuration(Math.max(0, nowMs - kept.checkedMs));
  const text = `${counted(kept.report.entries, 'entry', 'entries')}, ${age} old${leftOut(kept.report)}`;
  if (failure === null) return ok(subject, text);
  const isLate = nowMs - kept.checkedMs > LATE_INTERVALS * refreshMs;
  const lasts = nowMs - failure.sinceMs > FAILED_MS;
  const said = `${text}; it could not be refreshed: ${why}`;
  return isLate || (lasts && !source.includes('://')) ? warn(subject, said, advice) : ok(subject, said);
}

function leftOut({ rejected, refused, own, ownNamed }: ListReport): string {
  const causes = Object.entries(rejected).filter(([, n]) => n > 0);
  const told = [
    causes.length === 0 ? '' : `left out ${causes.map(([cause, n]) => `${cause} ${n}`).join(', ')}`,
    refused.length === 0 ? '' : `refused ${refused.join(', ')}`,
    own === 0
      ? ''
      : `it lists ${counted(own, 'private or home prefix', 'private or home prefixes')} such as ${ownNamed.join(', ')}`,
  ];
  return told
    .filter((t) => t !== '')
    .map((t) => `; ${t}`)
    .join('');
}
