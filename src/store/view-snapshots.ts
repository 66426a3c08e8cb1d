import type { Gap, LedgerEntry } from '../truth/index.ts';
import type { DamageList } from './damage-list.ts';
import type { GapFile } from './gap-file.ts';
import type { HotBatches } from './hot-batches.ts';
import type { Layout } from './layout.ts';
import type { LedgerFiles } from './ledger-files.ts';
import type { ManifestFile } from './manifest-file.ts';
import { rollupPath, segmentPath } from './paths.ts';
import type { TimeRange } from './reader.ts';
import type { DamagedRollups } from './rollup/damaged-rollups.ts';
import { historySnapshot } from './rollup/history-snapshot.ts';
import { minuteAfter } from './rollup/history-view.ts';
import type { HistoryWriter } from './rollup/history-writer.ts';
import type { SegmentLeases } from './segment-leases.ts';
import type { Snapshot } from './snapshot.ts';
import type { StoredFiles } from './stored-files.ts';

/** What a snapshot is made of. */
interface SnapshotHost {
  readonly layout: Layout;
  readonly manifest: ManifestFile;
  readonly hot: HotBatches;
  readonly leases: SegmentLeases;
  readonly ledgerFiles: LedgerFiles;
  readonly damage: DamageList;
  readonly damagedRollups: DamagedRollups;
  readonly files: StoredFiles;
  readonly gaps: GapFile;
  readonly history: HistoryWriter;
  readonly openGaps: () => readonly Gap[] | null;
  readonly completeUntil: () => number;
  /** Counts that no batch carries yet. */
  readonly heldLedger: () => readonly LedgerEntry[];
  /** Names that follow from other flows are given to rows in memory. */
  readonly nameLate: () => void;
}

/** What is stored of a range at one moment, under a lease that `SegmentLeases` ends. */
export async function takeSnapshot(host: SnapshotHost, range: TimeRange): Promise<Snapshot> {
  const { layout, manifest, hot, leases, ledgerFiles, damage, damagedRollups, files } = host;
  host.history.wanted();
  await ledgerFiles.prepare(range);
  // From here to the end nothing waits: rows and ledger are those of one moment. What comes in meanwhile is not promised.
  const completeUntil = host.completeUntil();
  // Whether something lies between the end of the range and that of its minute is worth knowing: see History.wholeMinute.
  const end = minuteAfter(range.to);
  const segments = manifest.state.segments.filter(
    (s) => s.minTime < end && s.maxTime >= range.from && !damage.isBroken(s.id),
  );
  // What can fail comes before the leases, which nobody would end then.
  const ledger = ledgerFiles.read(range);
  for (const e of [...hot.ledger(), ...host.heldLedger()])
    if (e.minute + 60_000 > range.from && e.minute < range.to) ledger.push(e);
  const gaps = gapsOf(host, range);
  const damaged = damage.of(range);
  const history = historySnapshot(
    layout,
    manifest.state,
    damagedRollups,
    range,
    damage.hidesRecords({ from: range.to, to: end }),
  );
  const rollups = history?.rollups ?? [];
  const unverified = [...segments.map(segmentPath), ...rollups.map(rollupPath)].filter((f) => !files.isVerified(f));
  host.nameLate();
  const { keys, handles } = hot.lease();
  return {
    id: leases.take({ segments, rollups, batches: keys }),
    directory: layout.segments,
    segments,
    unverified,
    hot: handles,
    ledger,
    gaps,
    damaged,
    completeUntil,
    history,
  };
}

function gapsOf({ gaps, openGaps }: SnapshotHost, range: TimeRange): Gap[] | null {
  const open = openGaps();
  if (open === null && gaps.unknown) return null;
  return [...gaps.of(range), ...(open ?? []).filter((g) => g.from < range.to)];
}
