interface DeferredFile {
  readonly file: string;
  readonly sinceMs: number;
  /** Still written to: it is decoded when it is whole. */
  open: boolean;
  notBeforeMs: number;
}

/** After a failure a file is left alone for this long: at most two tries a minute. */
const RETRY_MS = 30_000;

/**
 * Journal files whose datagrams nobody decoded yet: there was no room in memory when they came, or the disk refused the rows at start. Until such
 * a file is decoded, nothing is complete from its beginning on.
 */
export class DeferredFiles {
  private files: DeferredFile[] = [];

  /** `open`: its receive thread still writes to it. */
  add(file: string, sinceMs: number, open: boolean): void {
    this.files.push({ file, sinceMs, open, notBeforeMs: 0 });
  }

  /** The file is whole. */
  closed(file: string): void {
    for (const f of this.files) if (f.file === file) f.open = false;
  }

  /** Files that wait to be decoded. */
  get waiting(): number {
    return this.files.filter((f) => !f.open).length;
  }

  /** With those that are still written to. */
  get all(): number {
    return this.files.length;
  }

  /** What was received from this time on may be missing; Infinity when nothing waits. */
  sinceMs(): number {
    return this.files.reduce((min, f) => Math.min(min, f.sinceMs), Number.POSITIVE_INFINITY);
  }

  /** The oldest file that can be decoded now. */
  next(nowMs: number): string | null {
    return this.files.find((f) => !f.open && f.notBeforeMs <= nowMs)?.file ?? null;
  }

  done(file: string): void {
    this.files = this.files.filter((f) => f.file !== file);
  }

  /** It stays, and is tried again later. */
  failed(file: string, nowMs: number): void {
    for (const f of this.files) if (f.file === file) f.notBeforeMs = nowMs + RETRY_MS;
  }
}
