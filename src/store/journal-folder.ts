import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asWeirError, type Log } from '../base/index.ts';
import { folderBytes } from './files.ts';
import { parseJournalName } from './journal-format.ts';
import type { ManifestState } from './manifest.ts';

/** A journal file with rows that are not in segments, and where they begin. */
export interface UnfinishedJournal {
  readonly path: string;
  readonly name: string;
  readonly from: { readonly offset: number; readonly skip: number };
}

/** The journal's files as the store sees them. What they hold is written by receive threads. */
export class JournalFolder {
  private readonly path: string;
  private readonly log: Log;
  /** Files that their producer has closed. */
  readonly closed = new Set<string>();

  constructor(path: string, log: Log) {
    this.path = path;
    this.log = log;
  }

  get bytes(): number {
    return folderBytes(this.path);
  }

  /** Oldest first. */
  unfinished({ journals }: ManifestState): UnfinishedJournal[] {
    return readdirSync(this.path)
      .filter((name) => parseJournalName(name) && !journals[name]?.done)
      .sort()
      .map((name) => ({ path: join(this.path, name), name, from: journals[name] ?? { offset: 0, skip: 0 } }));
  }

  /** A number for the next file that is larger than any that was used. */
  nextSequence({ journals, nextJournal }: ManifestState): number {
    const used = [...readdirSync(this.path), ...Object.keys(journals)];
    return used.reduce((next, name) => Math.max(next, sequenceOf(name) + 1), nextJournal);
  }

  /** Deletes the files that are in segments as a whole; one that cannot be deleted keeps its entry, and the next call tries again. */
  forget(state: ManifestState): ManifestState {
    const journals = { ...state.journals };
    let { nextJournal } = state;
    for (const file of Object.keys(journals).filter((name) => journals[name]!.done)) {
      try {
        rmSync(join(this.path, file), { force: true });
      } catch (error) {
        this.log.warn({ err: asWeirError(error), file }, 'cannot delete a journal file that is in segments');
        continue;
      }
      delete journals[file];
      nextJournal = Math.max(nextJournal, sequenceOf(file) + 1);
    }
    return { ...state, journals, nextJournal };
  }
}

function sequenceOf(name: string): number {
  return parseJournalName(name)?.sequence ?? 0;
}
