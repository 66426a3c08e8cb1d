import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { WeirError } from '../base/index.ts';
import type { SegmentEntry } from './manifest.ts';
import type { Budget } from './reader.ts';

const PIECE = 1 << 20;
/** Of these the machine is the cause, not the file. */
const PASSING = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/** What the manifest says of any file of rows. */
type FileFacts = Pick<SegmentEntry, 'bytes' | 'crc'>;

/**
 * Compares segments and roll-ups with their checksums: each once, however many views wait for it. A view that ends early does not end the
 * reading of a file that others may wait for.
 */
export class Verification {
  private readonly running = new Map<string, Promise<string | null>>();

  /** Null when the file, a path below `root`, is what the manifest says, else why not. */
  of(root: string, file: string, entry: FileFacts): Promise<string | null> {
    const known = this.running.get(file);
    if (known) return known;
    const started = whyDamaged(join(root, file), entry).finally(() => this.running.delete(file));
    // Whoever waited may have left.
    started.catch(() => undefined);
    this.running.set(file, started);
    return started;
  }
}

/** A budget's end as a promise that a wait can be raced with. */
export class Deadline {
  /** Rejects with WeirError `timeout` or `cancelled`; never settles without a budget. */
  readonly ended: Promise<never>;
  private timer: NodeJS.Timeout | undefined;
  private readonly budget: Budget | undefined;
  private onAbort = () => {};

  constructor(budget: Budget | undefined) {
    this.budget = budget;
    this.ended = new Promise((_, reject) => {
      this.onAbort = () => reject(new WeirError('cancelled', 'the query was cancelled'));
      if (!budget) return;
      this.timer = setTimeout(
        () =>
          reject(
            new WeirError(
              'timeout',
              'the time of the query was used up while segments were compared with their checksums: ask again, what was compared is not compared again',
            ),
          ),
        budget.timeoutMs,
      );
      if (budget.signal?.aborted) this.onAbort();
      else budget.signal?.addEventListener('abort', this.onAbort);
    });
    this.ended.catch(() => undefined);
  }

  clear(): void {
    clearTimeout(this.timer);
    this.budget?.signal?.removeEventListener('abort', this.onAbort);
  }
}

/** Why a file cannot be believed that is not there: nothing of it can be put aside. */
export const MISSING = 'the file is missing';

async function whyDamaged(path: string, entry: FileFacts): Promise<string | null> {
  try {
    const { crc, bytes } = await checksum(path);
    if (bytes !== entry.bytes) return `the file has ${bytes} bytes, the manifest says ${entry.bytes}`;
    return crc === entry.crc ? null : 'the file does not match its checksum';
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return MISSING;
    if (PASSING.has(code)) throw error;
    return `the file cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** As `checksumFile`, leaving the thread to others between pieces. */
async function checksum(path: string): Promise<{ crc: number; bytes: number }> {
  const file = await open(path, 'r');
  try {
    const piece = Buffer.allocUnsafe(PIECE);
    let crc = 0;
    for (let bytes = 0; ; ) {
      const { bytesRead } = await file.read(piece, 0, PIECE, null);
      if (bytesRead === 0) return { crc, bytes };
      crc = crc32(piece.subarray(0, bytesRead), crc);
      bytes += bytesRead;
    }
  } finally {
    await file.close();
  }
}
