import type { DamageList } from './damage-list.ts';
import type { Layout } from './layout.ts';
import type { RollupEntry, SegmentEntry } from './manifest.ts';
import type { ManifestFile } from './manifest-file.ts';
import { rollupPath, segmentPath } from './paths.ts';
import type { DamagedRollups } from './rollup/damaged-rollups.ts';
import { Verification } from './verification.ts';

/** Which files of the manifest are what it says, and what becomes of those that are not. Files are named by their path below the data directory. */
export class StoredFiles {
  private readonly layout: Layout;
  private readonly manifest: ManifestFile;
  private readonly damage: DamageList;
  private readonly damagedRollups: DamagedRollups;
  private readonly onDamage: () => void;
  private readonly checked = new Set<string>();
  private readonly verification = new Verification();

  /** `onDamage`: something waits to be put aside. */
  constructor(
    layout: Layout,
    manifest: ManifestFile,
    damage: DamageList,
    damagedRollups: DamagedRollups,
    onDamage: () => void,
  ) {
    this.layout = layout;
    this.manifest = manifest;
    this.damage = damage;
    this.damagedRollups = damagedRollups;
    this.onDamage = onDamage;
  }

  verified(files: readonly string[]): void {
    for (const file of files) this.checked.add(file);
  }

  /** It was removed: its name is not needed any more. */
  gone(file: string): void {
    this.checked.delete(file);
  }

  isVerified(file: string): boolean {
    return this.checked.has(file);
  }

  async segment(segment: SegmentEntry): Promise<boolean> {
    return !this.damage.isBroken(segment.id) && this.matches(segmentPath(segment), segment);
  }

  rollup(rollup: RollupEntry): Promise<boolean> {
    return this.matches(rollupPath(rollup), rollup);
  }

  /** From here on no view has it: what follows may fail without a query noticing. */
  damaged(file: string, reason: string): void {
    this.checked.delete(file);
    const { segments, rollups } = this.manifest.state;
    const rollup = rollups.find((r) => rollupPath(r) === file);
    const segment = segments.find((s) => segmentPath(s) === file);
    if (rollup) this.damagedRollups.add(rollup, reason);
    else if (segment && !this.damage.isBroken(segment.id)) this.damage.segment(segment, reason);
    else return;
    this.onDamage();
  }

  /** Puts aside what was found damaged; throws where the disk refuses. */
  putAside(): void {
    if (this.damage.waiting) this.putSegmentsAside();
    if (this.damagedRollups.waiting) this.damagedRollups.putAside();
  }

  /** Whether a file is what the manifest says; one that is not is put aside. */
  private async matches(file: string, entry: SegmentEntry | RollupEntry): Promise<boolean> {
    if (this.checked.has(file)) return true;
    const reason = await this.verification.of(this.layout.root, file, entry);
    if (reason === null) this.checked.add(file);
    else this.damaged(file, reason);
    return reason === null;
  }

  private putSegmentsAside(): void {
    const { done, error } = this.damage.putAside();
    if (done.length > 0) {
      const ids = new Set(done.map((s) => s.id));
      const { state } = this.manifest;
      this.manifest.commit({ ...state, segments: state.segments.filter((s) => !ids.has(s.id)) });
      this.damage.settled(done);
    }
    if (error) throw error;
  }
}
