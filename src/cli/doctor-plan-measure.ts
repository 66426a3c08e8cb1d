import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../base/index.ts';
import { type MeasuredLoad, measureLoad } from '../ingest/index.ts';
import { WRITER_MEMORY_BYTES } from '../server/index.ts';
import { withPrefix } from './human.ts';

/** What the disk does now, beside all else that writes to it. */
export interface MeasuredDisk {
  /** Written and synced at once, 64 MB. */
  readonly writeBytesPerSecond: number;
  /** What was written before each sync, and how long writing and syncing took: the median and the longest of 8. */
  readonly syncBytes: number;
  readonly syncMs: number;
  readonly slowestSyncMs: number;
  /** CPU seconds of one. */
  readonly syncCpu: number;
  readonly freeBytes: number;
}

export interface Measured {
  readonly load: MeasuredLoad;
  readonly disk: MeasuredDisk;
}

/** What is measured with, from the settings. */
export interface MeasureOptions {
  /** On the file system of the data directory; a folder is made in it, and removed. */
  readonly place: string;
  readonly flowsPerSecond: number;
  readonly segmentRows: number;
  readonly budgetMs: number;
  readonly signal: AbortSignal;
}

const LEAST_FREE_BYTES = 2e9;
const MIB = 1 << 20;
const PIECES = 64;
const SYNCS = 8;
const MOST_SYNC_BYTES = 64 * MIB;
/** The common export formats have 45 to 60 bytes a flow. */
const JOURNAL_BYTES = 50;

/** Measures for about `budgetMs`, on a machine that is busy for longer. WeirError `disk_full` where too little is free, `cancelled` when the signal says so. */
export async function measureMachine(options: MeasureOptions): Promise<Measured> {
  const { place, signal } = options;
  const freeBytes = freeAt(place);
  if (freeBytes < LEAST_FREE_BYTES) {
    const text = `${withPrefix(freeBytes, 'B')} are free at ${place}, and measuring wants ${withPrefix(LEAST_FREE_BYTES, 'B')}`;
    throw new WeirError('disk_full', `${text}: free some space, or choose another --data`);
  }
  const directory = mkdtempSync(join(place, '.weir-plan-'));
  try {
    const disk = { ...measureDisk(directory, options.flowsPerSecond * JOURNAL_BYTES), freeBytes };
    const load = await measureLoad({
      ...options,
      directory: join(directory, 'data'),
      writerMemoryBytes: WRITER_MEMORY_BYTES,
    });
    return { load, disk };
  } catch (error) {
    if (signal.aborted) throw new WeirError('cancelled', 'interrupted', { cause: error });
    throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function freeAt(place: string): number {
  const { bavail, bsize } = statfsSync(place);
  return bavail * bsize;
}

/** `bytesPerSecond`: what one sync of the journal has to write. */
function measureDisk(directory: string, bytesPerSecond: number): Omit<MeasuredDisk, 'freeBytes'> {
  const fd = openSync(join(directory, 'sync'), 'wx', 0o600);
  const piece = Buffer.alloc(MIB, 0x5a);
  const write = (bytes: number) => {
    const began = performance.now();
    for (let left = bytes; left > 0; left -= MIB) writeSync(fd, piece, 0, Math.min(left, MIB));
    fdatasyncSync(fd);
    return performance.now() - began;
  };
  try {
    const writeBytesPerSecond = (PIECES * MIB) / (write(PIECES * MIB) / 1_000);
    const syncBytes = Math.round(Math.min(MOST_SYNC_BYTES, Math.max(4_096, bytesPerSecond)));
    const cpu = process.cpuUsage();
    const times = Array.from({ length: SYNCS }, () => write(syncBytes)).sort((a, b) => a - b);
    const { user, system } = process.cpuUsage(cpu);
    return {
      writeBytesPerSecond,
      syncBytes,
      syncMs: times[SYNCS / 2]!,
      slowestSyncMs: times.at(-1)!,
      syncCpu: (user + system) / 1e6 / SYNCS,
    };
  } finally {
    closeSync(fd);
  }
}
