import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { asWeirError, type WeirError } from '../base/index.ts';

/**
 * Makes what was written to the open journal files survive a power loss, on a schedule of its own: fdatasync(2) takes tens of milliseconds and must not
 * stand in the way of a receive thread. (Syncing a file through another descriptor syncs all that was written to it.)
 */
export class JournalSync {
  private readonly directory: string;
  private readonly intervalMs: number;
  private readonly files = new Map<string, Promise<FileHandle>>();
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> = Promise.resolve();
  /** The last failure; null when the last sync went well. */
  failure: WeirError | null = null;
  /** Longest sync of the last interval and number of syncs, for the counters. */
  slowestMs = 0;
  syncs = 0;

  constructor(directory: string, intervalMs: number) {
    this.directory = directory;
    this.intervalMs = intervalMs;
  }

  /** 0 leaves syncing to the operating system. */
  start(): void {
    if (this.intervalMs > 0) this.schedule();
  }

  opened(file: string): void {
    const handle = open(join(this.directory, file), 'r+');
    handle.catch(() => this.files.delete(file));
    this.files.set(file, handle);
  }

  /** The file is whole: it is synced once more and let go. */
  async closed(file: string): Promise<void> {
    const handle = this.files.get(file);
    this.files.delete(file);
    if (!handle) return;
    try {
      const f = await handle;
      if (this.intervalMs > 0) await f.datasync();
      await f.close();
    } catch (error) {
      this.failure = asWeirError(error);
    }
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.running = this.syncAll().finally(() => {
        if (this.timer) this.schedule();
      });
    }, this.intervalMs);
  }

  private async syncAll(): Promise<void> {
    for (const [file, handle] of [...this.files]) {
      const began = performance.now();
      try {
        await (await handle).datasync();
        this.failure = null;
      } catch (error) {
        if (this.files.has(file)) this.failure = asWeirError(error);
      }
      this.syncs += 1;
      this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
    }
  }

  async stop(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    await this.running;
    for (const file of [...this.files.keys()]) await this.closed(file);
  }
}
