import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SegmentEntry } from './manifest.ts';

interface Lease {
  readonly segments: readonly SegmentEntry[];
  /** Keys of the batches in memory. */
  readonly batches: readonly string[];
}

/** What views read at the moment, and the files that go once none of them does. */
export class SegmentLeases {
  private readonly folder: string;
  private readonly leases = new Map<number, Lease>();
  private readonly doomed = new Map<number, SegmentEntry>();
  private nextId = 1;

  /** `folder`: what the segments' paths are below. */
  constructor(folder: string) {
    this.folder = folder;
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

  /** Numbers of segments that left the manifest and whose files are still there. */
  leaving(): number[] {
    return [...this.doomed.keys()];
  }

  /** Deletes files that left the manifest, once no view reads them. */
  removeDoomed(): void {
    if (this.doomed.size === 0) return;
    const held = new Set<number>();
    for (const { segments } of this.leases.values()) for (const { id } of segments) held.add(id);
    for (const [id, { file }] of this.doomed) {
      if (held.has(id)) continue;
      this.doomed.delete(id);
      rmSync(join(this.folder, file), { force: true });
    }
  }
}
