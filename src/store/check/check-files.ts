import type { Duck } from '../duck.ts';
import type { Layout } from '../layout.ts';
import type { ManifestState, RollupEntry, SegmentEntry } from '../manifest.ts';
import { rollupPath, segmentPath } from '../paths.ts';
import type { MadeAgain } from '../rollup/damaged-rollups.ts';
import { findStrays } from '../strays.ts';
import { MISSING } from '../verification.ts';
import { type Finding, timeText } from './finding.ts';

/** A segment that cannot be believed: its rows are gone, what was added up of them stays. */
export function damagedSegment(entry: SegmentEntry, reason: string): Finding {
  const { rows, rolled, minTime, maxTime } = entry;
  const stays = rolled ? ' (what was added up of them stays in history)' : '';
  return {
    what: segmentPath(entry),
    problem: reason,
    fix: { kind: 'damaged' },
    will: reason === MISSING ? 'it was noted in damaged/' : 'it was put into quarantine/',
    lost: `${rows} records of ${timeText(minTime)} to ${timeText(maxTime)}${stays}`,
  };
}

/** `again`: how it is made again; null where it is not. */
export function damagedRollup(entry: RollupEntry, reason: string, again: MadeAgain | null): Finding {
  const gone = again ? again.lost : [entry];
  const times = gone.map(({ from, to }) => `${timeText(from)} to ${timeText(to)}`).join(', ');
  const aside = reason === MISSING ? [] : ['put into quarantine/'];
  const done = again ? [...aside, 'made again'] : aside;
  return {
    what: rollupPath(entry),
    problem: reason,
    fix: { kind: 'damaged' },
    will: `it was ${done.join(' and ') || 'noted in damaged/'}`,
    lost: gone.length === 0 ? null : `rows of history of ${times}: what they were made of is gone`,
  };
}

/** Files that no commit names. */
export async function checkStrays(layout: Layout, duck: Duck, state: ManifestState): Promise<Finding[]> {
  const strays = await findStrays(layout, duck, state);
  return strays.map(({ file, reason, damage }) => ({
    what: file,
    problem: `no commit names it: ${reason}`,
    fix: { kind: 'open' },
    will: damage ? 'it was put into quarantine/' : 'it was removed',
    lost: damage ? `${damage.rows ?? 'some'} records that may be in no other file` : null,
  }));
}
