import { HyperLogLog } from '../../base/index.ts';
import { type BlockKeys, IN, OUT } from './block-keys.ts';
import { HOSTS_ID } from './cubes.ts';
import type { DeltaRows } from './delta-rows.ts';
import type { MinuteIndex } from './minute-index.ts';
import type { RowBlock } from './row-block.ts';

const BUCKET_MS = 300_000;
/** Sites of one bucket with a sketch of their own; hosts of further ones are in that of the whole alone. */
const SITES = 256;
/** Sketches of a delta (16 KiB each) after which it is to be taken. */
const SKETCHES = 1_024;

interface Bucket {
  readonly start: number;
  /** 0: hosts out, 1: hosts in. */
  readonly side: 0 | 1;
  readonly whole: HyperLogLog;
  readonly sites: Map<number, HyperLogLog>;
}

/** Home addresses that sent or received across the border, as sketches: for the whole network and for each site, in buckets of 5 min (see HOSTS_ID). */
export class HomeHosts {
  private buckets = new Map<number, readonly [Bucket, Bucket]>();
  private count = 0;

  hasRoom(): boolean {
    return this.count < SKETCHES;
  }

  get rows(): number {
    return this.count;
  }

  clear(): void {
    this.buckets = new Map();
    this.count = 0;
  }

  add(block: RowBlock, keys: BlockKeys, minutes: MinuteIndex): void {
    const direction = keys.word('direction');
    if (direction.constant && direction.words[0] !== IN && direction.words[0] !== OUT) return;
    const site = keys.word('site').words;
    const source = keys.address('src_addr');
    const destination = keys.address('dst_addr');
    let minute = -1;
    let pair: readonly [Bucket, Bucket] | null = null;
    for (let i = 0; i < block.rows; i++) {
      const way = direction.words[i]!;
      if (way !== IN && way !== OUT) continue;
      if (pair === null || block.minute[i] !== minute) {
        minute = block.minute[i]!;
        pair = this.bucket(Math.floor(minutes.start(minute) / BUCKET_MS) * BUCKET_MS);
      }
      const home = way === OUT ? source : destination;
      const row = 2 * (home.from + i);
      const bucket = pair[way === OUT ? 0 : 1];
      const w0 = home.hi[row + 1]!;
      const w1 = home.hi[row]!;
      const w2 = home.lo[row + 1]!;
      const w3 = home.lo[row]!;
      bucket.whole.addWords(w0, w1, w2, w3);
      this.siteOf(bucket, site[i]!)?.addWords(w0, w1, w2, w3);
    }
  }

  /** Writes the rows of buckets in [from, to). */
  write(out: DeltaRows, from: number, to: number): void {
    const inside = [...this.buckets.values()].filter(([{ start }]) => start >= from && start < to);
    for (const pair of inside.sort((a, b) => a[0].start - b[0].start)) {
      for (const bucket of pair) {
        writeSketch(out, bucket, null, bucket.whole);
        for (const [site, sketch] of bucket.sites) writeSketch(out, bucket, site, sketch);
      }
    }
  }

  private bucket(start: number): readonly [Bucket, Bucket] {
    let pair = this.buckets.get(start);
    if (!pair) {
      const side = (n: 0 | 1): Bucket => ({ start, side: n, whole: new HyperLogLog(), sites: new Map() });
      pair = [side(0), side(1)];
      this.buckets.set(start, pair);
      this.count += 2;
    }
    return pair;
  }

  private siteOf(bucket: Bucket, site: number): HyperLogLog | undefined {
    let sketch = bucket.sites.get(site);
    if (!sketch && bucket.sites.size < SITES) {
      sketch = new HyperLogLog();
      bucket.sites.set(site, sketch);
      this.count += 1;
    }
    return sketch;
  }
}

function writeSketch(out: DeltaRows, bucket: Bucket, site: number | null, sketch: HyperLogLog): void {
  const row = out.begin(HOSTS_ID, bucket.start, false);
  out.setNumber(0, row, 0, bucket.side);
  out.setNumber(1, row, 0, site === null ? 1 : 0);
  if (site !== null) out.setText(0, row, site);
  out.setSketch(row, sketch.encode());
}
