import { statfsSync } from 'node:fs';
import { WeirError } from '../base/index.ts';

/** The part of a file system that stays free of what Weir writes, whoever fills the rest. */
export class FreeSpace {
  private readonly path: string;
  private readonly share: number;

  /** `path`: a directory of the file system. `share`: 0 to 1; 0 leaves nothing free on purpose. */
  constructor(path: string, share: number) {
    this.path = path;
    this.share = share;
  }

  /** Bytes that may still be written, below 0 where too little is free; and what must stay free. */
  measure(): { readonly room: number; readonly floor: number } {
    if (this.share === 0) return { room: Number.POSITIVE_INFINITY, floor: 0 };
    const { bavail, blocks, bsize } = statfsSync(this.path);
    const floor = blocks * bsize * this.share;
    return { room: bavail * bsize - floor, floor };
  }

  /** WeirError `disk_full` where too little is free. */
  check(): void {
    const { room, floor } = this.measure();
    if (room >= 0) return;
    const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
    throw new WeirError(
      'disk_full',
      `${megabytes(room + floor)} of the file system of ${this.path} are free, and ${megabytes(floor)} (free_space) must stay so`,
    );
  }
}
