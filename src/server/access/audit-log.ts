import { appendFileSync, chmodSync, closeSync, existsSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import type { Log } from '../../base/index.ts';

/** A line of the audit log. Texts are bounded by whoever writes it. */
export interface AuditEntry {
  /** When it was answered, ms since 1970. */
  readonly at: number;
  readonly who: string;
  readonly via: string;
  readonly from: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly limit?: string;
  /** What was asked, or what was changed. */
  readonly asked?: Readonly<Record<string, unknown>>;
  readonly rows?: number;
  /** Entries before this one that were left out: refusals came faster than they are written. */
  readonly left_out?: number;
}

const MOST_BYTES = 16 << 20;
const OLD_FILES = 4;
const FLUSH_MS = 500;
/** Beyond it lines are left out, and counted: a disk that stands still must not fill the memory. */
const MOST_WAITING = 10_000;
/** Of the newest file or the one before. */
const READ_BYTES = 4 << 20;

/** Who asked what: JSON lines in a file of bounded size. Written beside the answers, which wait for nothing of it. */
export class AuditLog {
  private readonly path: string;
  private readonly log: Log;
  private waiting: string[] = [];
  private leftOut = 0;
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();

  constructor(path: string, log: Log) {
    this.path = path;
    this.log = log;
  }

  write(entry: AuditEntry): void {
    if (this.waiting.length >= MOST_WAITING) {
      this.leftOut += 1;
      return;
    }
    const left_out = this.leftOut + (entry.left_out ?? 0);
    this.leftOut = 0;
    // JSON has no control character in it: a name or a filter cannot begin a line of its own.
    this.waiting.push(`${JSON.stringify(left_out > 0 ? { ...entry, left_out } : entry)}\n`);
    this.timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  /** The newest first; `filter` chooses among them. */
  async read(most: number, filter: (entry: AuditEntry) => boolean): Promise<AuditEntry[]> {
    await this.flush();
    const found: AuditEntry[] = [];
    for (const path of [this.path, ...this.older()]) {
      for (const line of tailOf(path).reverse()) {
        const entry = parsed(line);
        if (entry !== null && filter(entry)) found.push(entry);
        if (found.length >= most) return found;
      }
    }
    return found;
  }

  /** Writes what waits. */
  stop(): Promise<void> {
    return this.flush();
  }

  private flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.writing = this.writing.then(() => this.append());
    return this.writing;
  }

  private async append(): Promise<void> {
    const lines = this.waiting;
    if (lines.length === 0) return;
    this.waiting = [];
    try {
      this.rotate();
      await appendFile(this.path, lines.join(''), { mode: 0o600 });
    } catch (error) {
      this.leftOut += lines.length;
      this.log.warn({ err: error }, 'the audit log cannot be written');
    }
  }

  private rotate(): void {
    if (!existsSync(this.path)) {
      appendFileSync(this.path, '', { mode: 0o600 });
      chmodSync(this.path, 0o600);
    }
    if (statSync(this.path).size < MOST_BYTES) return;
    const files = [this.path, ...this.names()];
    for (let i = files.length - 1; i > 0; i--) if (existsSync(files[i - 1]!)) renameSync(files[i - 1]!, files[i]!);
  }

  /** The newest first. */
  private names(): string[] {
    return Array.from({ length: OLD_FILES - 1 }, (_, i) => `${this.path}.${i + 1}`);
  }

  private older(): string[] {
    return this.names().filter((path) => existsSync(path));
  }
}

/** The last whole lines of a file. */
function tailOf(path: string): string[] {
  if (!existsSync(path)) return [];
  const { size } = statSync(path);
  const bytes = Buffer.alloc(Math.min(size, READ_BYTES));
  const fd = openSync(path, 'r');
  try {
    readSync(fd, bytes, 0, bytes.length, size - bytes.length);
  } finally {
    closeSync(fd);
  }
  const lines = bytes.toString().split('\n');
  if (bytes.length < size) lines.shift();
  return lines.filter((line) => line !== '');
}

/** Null for a line that a crash cut. */
function parsed(line: string): AuditEntry | null {
  try {
    return JSON.parse(line) as AuditEntry;
  } catch {
    return null;
  }
}
