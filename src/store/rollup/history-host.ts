import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { asWeirError, type Clock, type Log } from '../../base/index.ts';
import type { Duck } from '../duck.ts';
import type { Layout } from '../layout.ts';
import type { RollupEntry, SegmentEntry } from '../manifest.ts';
import type { ManifestFile } from '../manifest-file.ts';
import type { SegmentLeases } from '../segment-leases.ts';
import type { DamagedRollups } from './damaged-rollups.ts';
import type { RollupIds } from './rollup-ids.ts';

/** What the writer of history stands on. */
export interface HistoryHost {
  readonly duck: Duck;
  readonly layout: Layout;
  readonly manifest: ManifestFile;
  readonly ids: RollupIds;
  readonly leases: SegmentLeases;
  readonly damaged: DamagedRollups;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether a segment is what the manifest says; one that is not is put aside. */
  readonly trusted: (segment: SegmentEntry) => Promise<boolean>;
  readonly trustedRollup: (rollup: RollupEntry) => Promise<boolean>;
  /** These roll-ups were just written and count. */
  readonly written: (rollups: readonly RollupEntry[]) => void;
}

/** Removes files that were written and are not to be committed. What cannot be removed is a stray, which the next start removes. */
export function removeUncommitted({ layout, manifest, log }: HistoryHost, written: readonly RollupEntry[]): void {
  for (const { file } of manifest.unnamed(written)) {
    try {
      rmSync(join(layout.rollups, file), { force: true });
    } catch (error) {
      log.warn({ err: asWeirError(error), file }, 'a file of history that does not count could not be removed');
    }
  }
}
