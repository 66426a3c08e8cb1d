import { basename, join } from 'node:path';
import { asWeirError, type Log } from '../base/index.ts';
import { folderBytes } from './files.ts';
import type { Layout } from './layout.ts';
import type { SegmentEntry } from './manifest.ts';
import { moveAside, noteDamage, quarantine, readDamage } from './quarantine.ts';
import type { Damage, TimeRange } from './reader.ts';

/**
 * What could not be believed: named from the moment it is found, whether or not the disk takes the note of it. Segments among it are in
 * no view from then on; `broken` are those that are in the manifest still.
 */
export class DamageList {
  readonly all: Damage[];
  private readonly layout: Layout;
  private readonly log: Log;
  private readonly broken = new Map<number, SegmentEntry>();
  /** Segments of `broken` whose note is on disk. */
  private readonly noted = new Set<number>();
  /** Measured at the start and when something was added. */
  private size: number;

  constructor(layout: Layout, log: Log) {
    this.layout = layout;
    this.log = log;
    this.all = readDamage(layout);
    this.size = folderBytes(layout.quarantine);
  }

  /** What quarantine/ takes. */
  get bytes(): number {
    return this.size;
  }
  isBroken(id: number): boolean {
    return this.broken.has(id);
  }
  get waiting(): boolean {
    return this.broken.size > 0;
  }

  /** What an answer about the range has to name. */
  of(range: TimeRange): Damage[] {
    return this.all
      .filter((d) => d.rows !== 0)
      .filter((d) => d.from === null || d.to === null || (d.from < range.to && d.to >= range.from));
  }

  /** Whether records of the range lay in a segment that was put aside. */
  hidesRecords(range: TimeRange): boolean {
    return this.of(range).some((d) => d.file.startsWith('segments/'));
  }

  segment(segment: SegmentEntry, reason: string): void {
    const file = `segments/${segment.file}`;
    this.broken.set(segment.id, segment);
    // Noted before a crash came between: named already.
    if (this.all.some((d) => d.file === file)) {
      this.noted.add(segment.id);
      return;
    }
    const damage = { file, reason, rows: segment.rows, from: segment.minTime, to: segment.maxTime };
    this.all.push(damage);
    this.log.error(
      damage,
      'a segment is damaged: it was put into quarantine/ and is named in every answer that misses it',
    );
  }

  /** Puts the broken segments aside; `done` may leave the manifest, `error` is why others may not. */
  putAside(): { done: SegmentEntry[]; error: unknown } {
    const done: SegmentEntry[] = [];
    let error: unknown = null;
    for (const segment of this.broken.values()) {
      const path = join(this.layout.segments, segment.file);
      try {
        if (this.noted.has(segment.id)) moveAside(this.layout, path);
        else quarantine(this.layout, path, this.all.find((d) => d.file === `segments/${segment.file}`)!);
        this.noted.add(segment.id);
        done.push(segment);
      } catch (e) {
        error = e;
      }
    }
    this.size = folderBytes(this.layout.quarantine);
    return { done, error };
  }

  /** These have left the manifest. */
  settled(segments: readonly SegmentEntry[]): void {
    for (const { id } of segments) {
      this.broken.delete(id);
      this.noted.delete(id);
    }
  }

  journal(name: string, reason: string): void {
    const damage: Damage = { file: `journal/${name}`, reason, rows: null, from: null, to: null };
    this.log.error(damage, 'a journal file is damaged: what can be read of it was kept, the file is in quarantine/');
    this.all.push(damage);
    quarantine(this.layout, join(this.layout.journal, name), damage, true);
    this.size = folderBytes(this.layout.quarantine);
  }

  /** Puts a file of roll-ups aside. */
  rollup(path: string, damage: Damage): void {
    quarantine(this.layout, path, damage);
    this.all.push(damage);
    this.log.error(damage, 'a file of roll-ups is damaged: it was put into quarantine/');
    this.size = folderBytes(this.layout.quarantine);
  }

  /** Rows of history that cannot be made again after all: their file was put aside before, or stays where it is. */
  history(damage: Damage): void {
    noteDamage(this.layout, basename(damage.file), damage);
    this.all.push(damage);
    this.log.error(damage, 'rows of history are lost: answers that miss them name them');
    this.size = folderBytes(this.layout.quarantine);
  }

  /** A ledger file stays where it is, with what can be believed of it: it is named once, however often it is read. */
  ledger(file: string, reason: string, range: TimeRange): void {
    const damage: Damage = { file: `ledger/${file}`, reason, rows: null, from: range.from, to: range.to - 1 };
    const what = 'a part of the ledger is damaged: losses in it are not counted in answers about its hour';
    this.inPlace(damage, file.replaceAll('/', '-'), what);
  }

  /** Of the file of gaps, which is written again without the lines that cannot be believed. */
  gaps(file: string, reason: string, nowMs: number): void {
    const damage: Damage = { file, reason, rows: null, from: 0, to: nowMs };
    this.inPlace(damage, file, 'times without measurement are lost: they look like times without traffic');
  }

  private inPlace(damage: Damage, name: string, what: string): void {
    if (this.all.some((d) => d.file === damage.file)) return;
    this.all.push(damage);
    this.log.error(damage, what);
    try {
      noteDamage(this.layout, name, damage);
      this.size = folderBytes(this.layout.quarantine);
    } catch (error) {
      this.log.warn({ err: asWeirError(error), file: damage.file }, 'cannot note in quarantine/ what is damaged');
    }
  }
}
