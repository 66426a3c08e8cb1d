import type { DamageList } from './damage-list.ts';
import type { FreeSpace } from './free-space.ts';
import type { JournalFolder } from './journal-folder.ts';
import { hourOf } from './layout.ts';
import type { LedgerFiles } from './ledger-files.ts';
import type { SegmentEntry } from './manifest.ts';
import type { ManifestFile } from './manifest-file.ts';
import { expiredUntil, lackOf, planExpiry, type RetentionLimits } from './retention.ts';
import { RollupTotals } from './rollup-totals.ts';
import type { SegmentLeases } from './segment-leases.ts';
import { type SegmentTotals, Totals } from './segment-totals.ts';
import { type StoreLevel, storeLevels } from './store-levels.ts';

/** What retention looks at and takes from. */
interface ExpiryHost {
  readonly manifest: ManifestFile;
  readonly retention: RetentionLimits;
  readonly ledgerFiles: LedgerFiles;
  readonly gaps: { readonly bytes: number };
  readonly journals: JournalFolder;
  readonly damage: DamageList;
  readonly leases: SegmentLeases;
  readonly space: FreeSpace;
  /** Hours to which rows came a moment ago: more may come. */
  readonly recentHours: () => readonly number[];
  /** Time that does not jump, ms. */
  readonly now: () => number;
}

/** Lets go what is too old or too much, and says what the data directory takes. */
export class Expiry {
  private readonly host: ExpiryHost;
  private readonly segmentTotals = new Totals();
  private readonly rollupTotals = new RollupTotals();

  constructor(host: ExpiryHost) {
    this.host = host;
  }

  /** Of the segments that count now. */
  get totals(): SegmentTotals {
    return this.segmentTotals.for(this.host.manifest.state.segments);
  }

  /** Cheap when nothing is due. `reserveBytes` are about to be written. */
  run(reserveBytes: number): void {
    const { manifest, retention, ledgerFiles, leases } = this.host;
    const { ageMs, bytes } = retention;
    const { space } = this.host;
    if (ageMs === null && bytes === null && !retention.levels && !retention.freeShare) return;
    const lack = lackOf(space.measure(), reserveBytes, leases.leavingBytes());
    const now = this.host.now();
    const { state } = manifest;
    const { segments: before, rollups, expired } = state;
    const other = bytes === null ? 0 : reserveBytes + this.otherBytes();
    const gone =
      lack > 0 || this.isDue(now, other)
        ? planExpiry(state, retention, now, other, this.host.recentHours(), lack)
        : { segments: [], rollups: [] };
    const ids = new Set(gone.segments.map((s) => s.id));
    const left = gone.segments.length === 0 ? before : before.filter((s) => !ids.has(s.id));
    const { oldestHour, oldestTime } = this.segmentTotals.for(left);
    // A ledger without the rows it is about is kept in short; one that no rows were ever beside is kept as long as rows are.
    let from = ageMs === null ? Number.NEGATIVE_INFINITY : hourOf(now - ageMs);
    if (gone.segments.length > 0 || expired.rows > 0) from = Math.max(from, Math.min(oldestHour, hourOf(now)));
    // An import of an old capture has its losses at the time of the capture, beside its rows.
    from = Math.min(from, hourOf(oldestTime));
    const files = ledgerFiles.before(from);
    if (gone.segments.length === 0 && gone.rollups.length === 0 && files.length === 0) return;
    ledgerFiles.keepSummaries(files);
    const ledgers = ledgerFiles.without(files);
    const rollupIds = new Set(gone.rollups.map((r) => r.id));
    manifest.commit({
      ...state,
      segments: left,
      ledgers,
      rollups: rollups.filter((r) => !rollupIds.has(r.id)),
      rollupsExpired: expiredUntil(state.rollupsExpired, gone.rollups),
      expired: {
        rows: expired.rows + rowsOf(gone.segments),
        until: gone.segments.reduce((max, s) => Math.max(max, newestTime(s)), expired.until),
        unrolledRows: (expired.unrolledRows ?? 0) + rowsOf(gone.segments.filter((s) => !s.rolled)),
      },
    });
    ledgerFiles.commit(ledgers, manifest.durable);
    leases.doom(gone.segments);
    leases.doomRollups(gone.rollups);
    if (manifest.durable) leases.removeDoomed();
  }

  /** Bytes that the data directory may still grow by. */
  room(): number {
    const { bytes } = this.host.retention;
    const { room } = this.host.space.measure();
    return bytes === null ? room : Math.min(room, bytes - this.rowBytes() - this.otherBytes());
  }

  /** WeirError `disk_full` where nothing may be written: less is free than must stay so. */
  check(): void {
    this.host.space.check();
  }

  levels(): StoreLevel[] {
    const { manifest, retention, ledgerFiles, journals } = this.host;
    const { bytes: ledgerBytes, oldestDay: ledgerOldest } = ledgerFiles;
    return storeLevels(manifest.state, retention, { ledgerBytes, ledgerOldest, journalBytes: journals.bytes });
  }

  /** Whether it pays to look at each file. */
  private isDue(now: number, other: number): boolean {
    const { ageMs, bytes, levels } = this.host.retention;
    if (ageMs !== null && this.totals.oldestMaxReceived < now - ageMs) return true;
    if (bytes !== null && this.rowBytes() + other > bytes) return true;
    return levels !== undefined && this.rollupTotals.of(this.host.manifest.state.rollups).mustExpire(levels, now);
  }

  /** What segments and roll-ups take. */
  private rowBytes(): number {
    return this.totals.bytes + this.rollupTotals.of(this.host.manifest.state.rollups).bytes;
  }

  /** What the data directory takes beside them. */
  private otherBytes(): number {
    const { retention, journals, ledgerFiles, gaps, damage } = this.host;
    // What was put aside may not push out what is good: beyond a tenth of the budget it is the operator's to clear away.
    const aside = retention.bytes === null ? 0 : Math.min(damage.bytes, retention.bytes / 10);
    return journals.bytes + ledgerFiles.bytes + gaps.bytes + aside;
  }
}

/** Rows that claim to be of a time far off do not say from when on others are gone. */
function newestTime({ far, maxTime, maxReceived }: SegmentEntry): number {
  return far ? Math.min(maxTime, maxReceived) : maxTime;
}

function rowsOf(segments: readonly SegmentEntry[]): number {
  return segments.reduce((n, s) => n + s.rows, 0);
}
