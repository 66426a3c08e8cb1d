import { closeSync, openSync, readSync } from 'node:fs';
import type { LedgerEntry } from '../truth/index.ts';
import { checkedLine, readLine } from './checked-line.ts';
import { hourFolder, hourOf } from './layout.ts';

/**
 * A ledger file while its hour lasts is one JSON line for each commit: a list of entries with its checksum (checked-line.ts). When the hour is over it is written again
 * under another name, so that the manifest's next commit changes from one to the other: a line `{"minutes":<bytes>,"sums":[...]}`, then that
 * many bytes with one list of entries. What comes late is appended as lines again.
 */
interface Head {
  readonly minutes: number;
  readonly sums: readonly LedgerEntry[];
}

/** Summaries of days (ledger-days.ts). */
export const DAYS_FILE = 'days.jsonl';
const PLAIN = '.jsonl';
const MERGED = '.merged.jsonl';

export const plainName = (hour: number) => `${hourFolder(hour)}${PLAIN}`;
export const isMerged = (file: string) => file.endsWith(MERGED);
export const mergedName = (file: string) => `${file.slice(0, -PLAIN.length)}${MERGED}`;
export const isLedgerFile = (file: string) => /^\d{4}-\d\d-\d\d\/\d\d(\.merged)?\.jsonl$/.test(file);

/** `2026-11-21/14.jsonl` to the start of that hour. */
export function hourOfFile(file: string): number {
  return hourOf(Date.parse(`${file.slice(0, 10)}T${file.slice(11, 13)}:00:00Z`));
}

export function mergedText(sums: readonly LedgerEntry[], minutes: readonly LedgerEntry[]): string {
  const body = checkedLine(minutes);
  return `${checkedLine({ minutes: Buffer.byteLength(body), sums })}${body}`;
}

/** The entries of lines, and why lines were left out: those that are torn or changed are not believed. */
export function parseLines(text: string): { entries: LedgerEntry[]; bad: string | null } {
  const entries: LedgerEntry[] = [];
  let lines = 0;
  let bad = 0;
  for (const line of text.split('\n')) {
    if (!line) continue;
    lines += 1;
    const list = readLine(line);
    if (list === undefined) bad += 1;
    // The head's sums are in the minutes below it.
    else if (Array.isArray(list)) for (const entry of list as LedgerEntry[]) if (isEntry(entry)) entries.push(entry);
  }
  return { entries, bad: bad === 0 ? null : `${bad} of ${lines} lines are torn or were changed` };
}

function isEntry(entry: LedgerEntry): boolean {
  return Number.isFinite(entry?.minute) && typeof entry.exporter === 'string' && typeof entry.counts === 'object';
}

/** Reads `[from, to)` of a file; shorter where the file is. */
export function readPart(path: string, from: number, to: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const part = Buffer.allocUnsafe(Math.max(0, to - from));
    let done = 0;
    for (;;) {
      const n = readSync(fd, part, done, part.length - done, from + done);
      done += n;
      if (n === 0 || done === part.length) return part.subarray(0, done);
    }
  } finally {
    closeSync(fd);
  }
}

/** The sums at the head of a merged file with what was appended behind it: the minutes between are not read. */
export function readHead(path: string, length: number): { entries: LedgerEntry[]; bad: string | null } | null {
  for (let size = 1 << 18; ; size *= 4) {
    const start = readPart(path, 0, Math.min(size, length));
    const end = start.indexOf(10);
    if (end < 0 && start.length < length && start.length === size) continue;
    if (end < 0) return null;
    const head = readLine(start.subarray(0, end).toString()) as Head | undefined;
    if (!Array.isArray(head?.sums) || !Number.isFinite(head.minutes)) return null;
    const late = parseLines(readPart(path, end + 1 + head.minutes, length).toString());
    return { entries: [...head.sums, ...late.entries], bad: late.bad };
  }
}
