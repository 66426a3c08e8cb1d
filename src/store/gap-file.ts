import { closeSync, existsSync, fsyncSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { asWeirError, type Log } from '../base/index.ts';
import { GAP_CAUSES, type Gap, isMeasured } from '../truth/index.ts';
import { checkedLine, readLine } from './checked-line.ts';
import { replaceFile } from './files.ts';
import { boundedGaps } from './gap-bound.ts';
import type { TimeRange } from './reader.ts';

const MOST = 100_000;
/** So many are left when some must go: not each new one shall write the file anew. */
const LEFT = 90_000;
const RETRY_MS = 5_000;

/**
 * The times in which nothing was measured and that are over: one line of JSON each with its checksum, appended and synced. A line that was changed, or torn as a crash
 * leaves the last one, is left out and counted. What the disk refuses is kept in memory and tried again. Bounded by `boundedGaps`.
 */
export class GapFile {
  /** Lines that could not be believed. */
  readonly damaged: number;
  /** The last of them is the piece of a line that a crash leaves. */
  torn = false;
  /** What the file takes. */
  bytes = 0;
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

  /** All of them are in the file. */
  get stored(): boolean {
    return !this.anew && this.written === this.gaps.length;
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

  /** No gap ends in the future: what a clock that ran ahead made of it is taken back. That it was set back stays. */
  cut(nowMs: number): void {
    const isOver = (g: Gap) => g.to! <= nowMs || isMeasured(g);
    if (this.gaps.every(isOver)) return;
    this.gaps = this.gaps
      .filter((g) => g.from < nowMs || isMeasured(g))
      .map((g) => (isOver(g) ? g : { ...g, to: nowMs }));
    this.anew = true;
  }

  /** Writes what is not in the file yet; a disk that refuses is asked again 5 s later. */
  write(nowMs: number): void {
    if (this.stored || Math.abs(nowMs - this.refusedMs) < RETRY_MS) return;
    try {
      const text = this.gaps
        .slice(this.anew ? 0 : this.written)
        .map(checkedLine)
        .join('');
      if (this.anew) replaceFile(this.path, `${this.header()}${text}`);
      else append(this.path, text);
      this.bytes = statSync(this.path).size;
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
    const { gaps, dropped } = boundedGaps(this.gaps, LEFT);
    this.dropped += dropped;
    this.gaps = gaps;
    this.anew = true;
  }

  private header(): string {
    return this.dropped > 0 ? checkedLine({ dropped: this.dropped }) : '';
  }

  /** How many lines could not be read. */
  private read(): number {
    if (!existsSync(this.path)) return 0;
    const text = readFileSync(this.path, 'utf8');
    let damaged = 0;
    for (const one of text.split('\n')) {
      if (one === '') continue;
      const value = readLine(one);
      if (isGap(value)) this.gaps.push(value);
      else if (isDropped(value)) this.dropped = value.dropped;
      else damaged += 1;
    }
    this.written = this.gaps.length;
    this.bytes = Buffer.byteLength(text);
    const last = text.slice(text.lastIndexOf('\n') + 1);
    this.torn = last !== '' && !isGapLine(last);
    this.anew = damaged > 0 || last !== '';
    if (damaged > 0)
      this.log.warn(
        { file: this.path, lines: damaged },
        'lines about times without measurement are torn or were changed: such a time may look like one without traffic',
      );
    return damaged;
  }
}

/** Whether a line of the file can be believed. */
export function isGapLine(text: string): boolean {
  const value = readLine(text);
  return isGap(value) || isDropped(value);
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

function isDropped(value: object | undefined): value is { readonly dropped: number } {
  return typeof (value as { dropped?: unknown } | undefined)?.dropped === 'number';
}

function isGap(value: object | undefined): value is Gap {
  const gap = value as Gap | undefined;
  return (
    Number.isFinite(gap?.from) && Number.isFinite(gap?.to) && gap!.to! > gap!.from && GAP_CAUSES.includes(gap!.cause)
  );
}
