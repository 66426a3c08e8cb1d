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
  /**
   * By file, until it is closed: after a failed fdatasync(2) the kernel may take the lost pages for written, so that one that goes well
   * later says nothing about them, and that of another file never did.
   */
  private readonly failures = new Map<string, WeirError>();
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> = Promise.resolve();
  /** Longest sync since the start and number of syncs, for the counters. */
  slowestMs = 0;
  syncs = 0;

  constructor(directory: string, intervalMs: number) {
    this.directory = directory;
    this.intervalMs = intervalMs;
  }

  /** What is wrong with a file that is written to, or was with the last that was closed; null when nothing is. */
  get failure(): WeirError | null {
    for (const failure of this.failures.values()) return failure;
    return null;
  }

  /** 0 leaves syncing to the operating system. */
  start(): void {
    if (this.intervalMs > 0) this.schedule();
  }

  opened(file: string): void {
    const handle = this.open(file);
    this.files.set(file, handle);
    handle.catch((error: unknown) => {
      if (this.files.has(file)) this.failures.set(file, asWeirError(error));
    });
  }

  /** With its name synced too: it must be in the directory after a power loss. */
  private async open(file: string): Promise<FileHandle> {
    const handle = await open(join(this.directory, file), 'r+');
    if (this.intervalMs === 0) return handle;
    try {
      const directory = await open(this.directory, 'r');
      await directory.sync().finally(() => directory.close());
    } catch (error) {
      if (this.files.has(file)) this.failures.set(file, asWeirError(error));
    }
    return handle;
  }

  /** The file is whole: it is synced once more and let go. */
  async closed(file: string): Promise<void> {
    const handle = this.files.get(file);
    this.files.delete(file);
    this.failures.delete(file);
    if (!handle) return;
    try {
      const f = await handle;
      await (this.intervalMs > 0 ? f.datasync() : Promise.resolve()).finally(() => f.close());
      for (const name of this.failures.keys()) if (!this.files.has(name)) this.failures.delete(name);
    } catch (error) {
      this.failures.set(file, asWeirError(error));
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
      } catch (error) {
        if (this.files.has(file)) this.failures.set(file, asWeirError(error));
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
