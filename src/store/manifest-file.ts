import { readFileSync } from 'node:fs';
import { asWeirError, type Log } from '../base/index.ts';
import { type ManifestState, manifestText, readManifest, writeManifest } from './manifest.ts';

/** The manifest of an open store: what is committed, and whether that outlives a power loss. */
export class ManifestFile {
  private readonly path: string;
  private readonly log: Log;
  private current: ManifestState;
  private synced = true;

  constructor(path: string, state: ManifestState, log: Log) {
    this.path = path;
    this.current = state;
    this.log = log;
  }

  get state(): ManifestState {
    return this.current;
  }

  /** False where the last commit may be undone by a power loss: what the one before it names must stay on disk till then. */
  get durable(): boolean {
    return this.synced;
  }

  /** After this the state is on disk. When it throws, the state before it is still what counts. */
  commit(state: ManifestState): void {
    try {
      writeManifest(this.path, state);
      this.synced = true;
    } catch (error) {
      // The rename can have been done before the failure: then a start would read the new state, and so do we.
      if (!this.isOnDisk(state)) throw error;
      this.synced = false;
      this.log.warn(
        { err: asWeirError(error) },
        'the manifest was written but could not be synced: files that it lets go are kept until the next one',
      );
    }
    this.current = state;
  }

  /** A change of what is in memory that the next commit carries. */
  amend(state: ManifestState): void {
    this.current = state;
  }

  /** Those of these segments or roll-ups that the file does not name: none where it cannot be read. They were written for a commit that did not happen. */
  unnamed<T extends { readonly file: string }>(files: readonly T[]): T[] {
    if (files.length === 0) return [];
    try {
      const { segments, rollups } = readManifest(this.path);
      const named = new Set([...segments, ...rollups].map((f) => f.file));
      return files.filter(({ file }) => !named.has(file));
    } catch {
      return [];
    }
  }

  private isOnDisk(state: ManifestState): boolean {
    try {
      return readFileSync(this.path, 'utf8') === manifestText(state);
    } catch {
      return false;
    }
  }
}
