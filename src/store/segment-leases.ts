import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from './layout.ts';
import type { RollupEntry, SegmentEntry } from './manifest.ts';
import { rollupPath, segmentPath } from './paths.ts';

interface Lease {
  readonly segments: readonly SegmentEntry[];
  readonly rollups: readonly RollupEntry[];
  /** Keys of the batches in memory. */
  readonly batches: readonly string[];
}

/** What views read at the moment, and the files that go once none of them does. */
export class SegmentLeases {
  private readonly layout: Pick<Layout, 'segments' | 'rollups'>;
  private readonly removed: (file: string) => void;
  private readonly leases = new Map<number, Lease>();
  private readonly doomed = new Map<number, SegmentEntry>();
  private readonly doomedRollups = new Map<number, RollupEntry>();
  private nextId = 1;

  /** `removed`: a file is gone, by its path below the data directory. */
  constructor(layout: Pick<Layout, 'segments' | 'rollups'>, removed: (file: string) => void = () => {}) {
    this.layout = layout;
    this.removed = removed;
  }

  take(lease: Lease): number {
    const id = this.nextId++;
    this.leases.set(id, lease);
    return id;
  }

  /** Ends a lease and returns it; undefined when it has ended. */
  end(id: number): Lease | undefined {
    const lease = this.leases.get(id);
    this.leases.delete(id);
    return lease;
  }

  doom(segments: readonly SegmentEntry[]): void {
    for (const segment of segments) this.doomed.set(segment.id, segment);
  }
  doomRollups(rollups: readonly RollupEntry[]): void {
    for (const rollup of rollups) this.doomedRollups.set(rollup.id, rollup);
  }

  /** Numbers of segments that left the manifest and whose files are still there. */
  leaving(): number[] {
    return [...this.doomed.keys()];
  }

  /** What they take until then. */
  leavingBytes(): number {
    let bytes = 0;
    for (const { bytes: of } of this.doomed.values()) bytes += of;
    for (const { bytes: of } of this.doomedRollups.values()) bytes += of;
    return bytes;
  }

  /** Deletes files that left the manifest, once no view reads them. */
  removeDoomed(): void {
    const { segments, rollups } = this.layout;
    if (this.doomed.size > 0) this.remove(segments, segmentPath, this.doomed, (lease) => lease.segments);
    if (this.doomedRollups.size > 0) this.remove(rollups, rollupPath, this.doomedRollups, (lease) => lease.rollups);
  }

  private remove(
    folder: string,
    pathOf: (entry: { readonly file: string }) => string,
    doomed: Map<number, { readonly file: string }>,
    held: (lease: Lease) => readonly { readonly id: number }[],
  ): void {
    const kept = new Set<number>();
    for (const lease of this.leases.values()) for (const { id } of held(lease)) kept.add(id);
    for (const [id, entry] of doomed) {
      if (kept.has(id)) continue;
      doomed.delete(id);
      rmSync(join(folder, entry.file), { force: true });
      this.removed(pathOf(entry));
    }
  }
}
