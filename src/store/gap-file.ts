import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { asWeirError, type Log } from '../base/index.ts';
import { GAP_CAUSES, type Gap } from '../truth/index.ts';
import { replaceFile } from './files.ts';
import type { TimeRange } from './reader.ts';

/** Beyond it the oldest silences of exporters go; times in which the node itself did not measure stay. */
const MOST = 100_000;
/** So many are left when some must go: not each new one shall write the file anew. */
const LEFT = 90_000;
const RETRY_MS = 5_000;

/**
 * The times in which nothing was measured and that are over: one line of JSON each, appended and synced. A line that cannot be read, as a crash
 * leaves the last one, is left out and counted. What the disk refuses is kept in memory and tried again.
 */
export class GapFile {
  /** Lines that could not be read. */
  readonly damaged: number;
  /** Silences that had to go because there were too many, ever. */
  dropped = 0;
  private readonly path: string;
  private readonly log: Log;
  private gaps: Gap[] = [];
  /** How many of `gaps` are in the file. */
  private written = 0;
  /** The file is not what a line can be appended to. */
  private anew = false;
  private refusedMs = Number.NEGATIVE_INFINITY;

  constructor(path: string, log: Log) {
    this.path = path;
    this.log = log;
    this.damaged = this.read();
  }

  /** Nobody ever wrote down here when it measured. */
  get unknown(): boolean {
    return this.gaps.length === 0;
  }

  get all(): readonly Gap[] {
    return this.gaps;
  }

  /** Those that touch the range. */
  of({ from, to }: TimeRange): Gap[] {
    return this.gaps.filter((g) => g.from < to && g.to! > from);
  }

  /** Gaps that are over; `write` brings them to disk. */
  add(gaps: readonly Gap[]): void {
    this.gaps.push(...gaps.filter((g) => g.to !== null && g.to > g.from));
    if (this.gaps.length > MOST) this.makeRoom();
  }

  /** No gap ends in the future: what a clock that ran ahead made of it is taken back. */
  cut(nowMs: number): void {
    if (this.gaps.every((g) => g.to! <= nowMs)) return;
    this.gaps = this.gaps.filter((g) => g.from < nowMs).map((g) => (g.to! > nowMs ? { ...g, to: nowMs } : g));
    this.anew = true;
  }

  /** Writes what is not in the file yet; a disk that refuses is asked again 5 s later. */
  write(nowMs: number): void {
    if ((!this.anew && this.written === this.gaps.length) || Math.abs(nowMs - this.refusedMs) < RETRY_MS) return;
    try {
      if (this.anew) replaceFile(this.path, `${this.header()}${this.gaps.map(line).join('')}`);
      else append(this.path, this.gaps.slice(this.written).map(line).join(''));
      this.written = this.gaps.length;
      this.anew = false;
    } catch (error) {
      // A part of the lines may be in the file.
      this.anew = true;
      this.refusedMs = nowMs;
      this.log.warn({ err: asWeirError(error) }, 'cannot write down when nothing was measured: it is tried again');
    }
  }

  private makeRoom(): void {
    let surplus = this.gaps.length - LEFT;
    const kept = this.gaps.filter((g) => g.cause !== 'silent' || surplus-- <= 0);
    this.dropped += this.gaps.length - kept.length;
    this.gaps = kept;
    this.anew = true;
  }

  private header(): string {
    return this.dropped > 0 ? `${JSON.stringify({ dropped: this.dropped })}\n` : '';
  }

  /** How many lines could not be read. */
  private read(): number {
    if (!existsSync(this.path)) return 0;
    const text = readFileSync(this.path, 'utf8');
    let damaged = 0;
    for (const one of text.split('\n')) {
      if (one === '') continue;
      const value = parsed(one);
      if (isGap(value)) this.gaps.push(value);
      else if (typeof value?.dropped === 'number') this.dropped = value.dropped;
      else damaged += 1;
    }
    this.written = this.gaps.length;
    this.anew = damaged > 0 || !(text === '' || text.endsWith('\n'));
    if (damaged > 0)
      this.log.warn(
        { file: this.path, lines: damaged },
        'lines about times without measurement cannot be read: such a time may look like one without traffic',
      );
    return damaged;
  }
}

/** Whether a line of the file says what it should. */
export function isGapLine(text: string): boolean {
  const value = parsed(text);
  return isGap(value) || typeof value?.dropped === 'number';
}

function line(gap: Gap): string {
  return `${JSON.stringify(gap)}\n`;
}

function append(path: string, text: string): void {
  const fd = openSync(path, 'a', 0o640);
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    return null;
  }
}

function isGap(value: unknown): value is Gap {
  const gap = value as Gap | null;
  return (
    Number.isFinite(gap?.from) && Number.isFinite(gap?.to) && gap!.to! > gap!.from && GAP_CAUSES.includes(gap!.cause)
  );
}
