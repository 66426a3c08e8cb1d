import type { ManifestState, RollupEntry } from '../manifest.ts';
import type { ManifestFile } from '../manifest-file.ts';

/** Numbers of roll-up files: none is given twice, whoever writes one and whether or not it is committed. (One that was left by a crash is removed at the next start.) */
export class RollupIds {
  private readonly manifest: ManifestFile;
  private last = 0;

  constructor(manifest: ManifestFile) {
    this.manifest = manifest;
  }

  next(): number {
    this.last = Math.max(this.last + 1, this.manifest.state.nextRollup);
    return this.last;
  }
}

/** What the manifest says of them once it has these files. */
export function nextAfter({ nextRollup }: ManifestState, files: readonly RollupEntry[]): number {
  return files.reduce((next, { id }) => Math.max(next, id + 1), nextRollup);
}
