import { basename } from 'node:path';
import { systemClock } from '../base/index.ts';
import { Compactor } from './compactor.ts';
import { DamageList } from './damage-list.ts';
import type { Duck } from './duck.ts';
import { Expiry } from './expiry.ts';
import { FreeSpace } from './free-space.ts';
import { GapFile } from './gap-file.ts';
import { HotBatches } from './hot-batches.ts';
import { JournalFolder } from './journal-folder.ts';
import type { Layout } from './layout.ts';
import { LedgerFiles } from './ledger-files.ts';
import type { ManifestState, SegmentEntry } from './manifest.ts';
import { ManifestFile } from './manifest-file.ts';
import { rollupPath, segmentPath } from './paths.ts';
import { DamagedRollups } from './rollup/damaged-rollups.ts';
import { HistoryWriter } from './rollup/history-writer.ts';
import { RollupIds } from './rollup/rollup-ids.ts';
import { SegmentLeases } from './segment-leases.ts';
import { Totals } from './segment-totals.ts';
import { SteadyClock } from './steady-clock.ts';
import type { LocalStoreOptions } from './store-options.ts';
import { StoredFiles } from './stored-files.ts';

/** What an open store consists of; `LocalStore` says when each does its work. */
export interface StoreParts {
  readonly layout: Layout;
  readonly duck: Duck;
  readonly manifest: ManifestFile;
  readonly hot: HotBatches;
  readonly journals: JournalFolder;
  readonly ledgerFiles: LedgerFiles;
  readonly gaps: GapFile;
  readonly leases: SegmentLeases;
  readonly damage: DamageList;
  readonly damagedRollups: DamagedRollups;
  readonly files: StoredFiles;
  readonly expiry: Expiry;
  readonly history: HistoryWriter;
  readonly compactor: Compactor;
}

/** Connects them. `onDamage`: a file was found damaged and waits to be put aside. */
export function storeParts(
  options: LocalStoreOptions,
  layout: Layout,
  duck: Duck,
  state: ManifestState,
  onDamage: () => void,
): StoreParts {
  const { clock, log, retention } = options;
  const manifest = new ManifestFile(layout.manifest, state, log);
  const leases = new SegmentLeases(layout, (file) => files.gone(file));
  const damage = new DamageList(layout, log);
  const gaps = new GapFile(layout.gaps, log);
  const changed = gaps.damaged - Number(gaps.torn);
  if (changed > 0) damage.gaps(basename(layout.gaps), `${changed} lines are torn or were changed`, clock.now());
  const journals = new JournalFolder(layout.journal, log);
  const ledgerFiles = new LedgerFiles(layout, state.ledgers, (...found) => damage.ledger(...found));
  const damagedRollups = new DamagedRollups(layout, manifest, damage);
  const files = new StoredFiles(layout, manifest, damage, damagedRollups, onDamage);
  const steady = steadyClock(options, state);
  const now = () => steady.now();
  const recentHours = () => history.recentHours();
  const space = new FreeSpace(layout.root, retention.freeShare ?? 0);
  const expiry = new Expiry({
    manifest,
    retention,
    ledgerFiles,
    gaps,
    journals,
    damage,
    leases,
    space,
    recentHours,
    now,
  });
  const trusted = (segment: SegmentEntry) => files.segment(segment);
  const history = new HistoryWriter({
    duck,
    layout,
    manifest,
    ids: new RollupIds(manifest),
    leases,
    damaged: damagedRollups,
    clock,
    log,
    trusted,
    trustedRollup: (rollup) => files.rollup(rollup),
    written: (rollups) => files.verified(rollups.map(rollupPath)),
  });
  const compactor = new Compactor({
    duck,
    layout,
    manifest,
    log,
    now: () => clock.now(),
    leaving: () => leases.leaving(),
    isBroken: (id) => damage.isBroken(id),
    trusted,
    room: () => expiry.room(),
    hold: (segments) => {
      const lease = leases.take({ segments, rollups: [], batches: [] });
      return () => {
        leases.end(lease);
        if (manifest.durable) leases.removeDoomed();
      };
    },
    merged: (merged, sources) => {
      files.verified([segmentPath(merged)]);
      leases.doom(sources);
      if (manifest.durable) leases.removeDoomed();
    },
  });
  const hot = new HotBatches();
  const stored = { layout, duck, manifest, hot, journals, ledgerFiles, gaps, leases, damage, damagedRollups };
  return { ...stored, files, expiry, history, compactor };
}

/** Retention goes by it: time that a wrong clock does not carry off. */
function steadyClock({ clock, monotonicMs }: LocalStoreOptions, { segments }: ManifestState): SteadyClock {
  const now = () => clock.now();
  const newest = segments.length > 0 ? new Totals().for(segments).maxReceived : null;
  return new SteadyClock(now, monotonicMs ?? (clock === systemClock ? () => performance.now() : now), newest);
}
