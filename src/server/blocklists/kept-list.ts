import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../../store/index.ts';
import { weirVersion } from '../version.ts';
import type { BlocklistSource } from './blocklist-setting.ts';
import type { ListFailureCause } from './list-failure.ts';
import type { Validators } from './list-fetch.ts';
import type { ListReport } from './prepare-list.ts';

/** What is kept beside the prefixes of a list. */
export interface KeptFacts extends Validators {
  /** Where it is from; a list of the same name from elsewhere is another list. */
  readonly source: string;
  /** Networks that its prefixes were held against. */
  readonly home: string;
  /** Of a file: its time and size. */
  readonly stamp: string;
  /** When its content came, ms since 1970. */
  readonly fetchedMs: number;
  /** When its source last said that this is still its content. */
  readonly checkedMs: number;
  readonly report: ListReport;
}

/** Looks at a source that failed, one after the other: kept, so that a process that comes after this one does not ask sooner than this one would. */
export interface KeptFailure {
  /** What it is a failure of: a source, read by this version and held against these networks. */
  readonly of: string;
  readonly reason: ListFailureCause;
  readonly message: string;
  /** Of HTTP, where the server refused; else null. */
  readonly status: number | null;
  /** When the first and the last were, ms since 1970, and how many. */
  readonly sinceMs: number;
  readonly triedMs: number;
  readonly inRow: number;
  /** When the source is asked again, and before when its server does not want to be; 0 where it did not say. */
  readonly dueMs: number;
  readonly notBeforeMs: number;
  /** Of a file: its time and size. */
  readonly stamp: string;
}

/** The last good copy of a list in the data directory: it holds when its source cannot be reached. */
export class KeptList {
  readonly path: string;
  /** Where what comes is put until it was read. */
  readonly fetchedPath: string;
  readonly asidePath: string;
  facts: KeptFacts | null;
  failure: KeptFailure | null;
  private readonly factsPath: string;
  private readonly failurePath: string;

  constructor(directory: string, source: BlocklistSource, home: readonly string[]) {
    const at = (ending: string) => join(directory, `${source.name}${ending}`);
    this.path = at('.prefixes');
    this.factsPath = at('.json');
    this.fetchedPath = at('.fetched');
    this.asidePath = at('.prefixes.new');
    // No list has a tilde in its name: the facts of one that is called `NAME.failed` are another file.
    this.failurePath = at('~failed.json');
    const facts = existsSync(this.path) ? readFacts(this.factsPath) : null;
    this.facts = facts?.source === sourceOf(source) ? heldAgainst(facts, home) : null;
    const failure = readFailure(this.failurePath);
    this.failure = failure?.of === triedOf(source, home) ? failure : null;
  }

  /** The new copy takes the place of the old: its prefixes first, since they are good whatever the facts say. */
  replace(facts: KeptFacts): void {
    renameSync(this.asidePath, this.path);
    this.note(facts);
  }

  note(facts: KeptFacts): void {
    replaceFile(this.factsPath, JSON.stringify(facts));
    this.facts = facts;
  }

  /** Of the last look at the source; null: it went well. What cannot be written holds for this process. */
  noteFailure(failure: KeptFailure | null): void {
    const had = this.failure !== null;
    this.failure = failure;
    try {
      if (failure !== null) replaceFile(this.failurePath, JSON.stringify(failure));
      else if (had) rmSync(this.failurePath, { force: true });
    } catch {
      // The disk is full, or the directory gone: the failure says so.
    }
  }

  clearAside(): void {
    for (const path of [this.fetchedPath, this.asidePath]) rmSync(path, { force: true });
  }
}

export function sourceOf({ url, file, format }: BlocklistSource): string {
  return `${url ?? file}${format === null ? '' : ` as ${format}`}`;
}

/** In one order, whatever that of the configuration. */
export function homeOf(home: readonly string[]): string {
  return home.toSorted().join();
}

/** A copy that was held against other networks is better than none, and is asked for anew at once, whole. */
function heldAgainst(facts: KeptFacts, home: readonly string[]): KeptFacts {
  return facts.home === homeOf(home) ? facts : { ...facts, etag: '', lastModified: '', stamp: '', checkedMs: 0 };
}

/** Where one of these is another, a failure says nothing. */
export function triedOf(source: BlocklistSource, home: readonly string[]): string {
  return [weirVersion(), sourceOf(source), homeOf(home)].join(' ');
}

/** Null where it is not what this version wrote. */
export function readFacts(path: string): KeptFacts | null {
  const facts = readJson<KeptFacts>(path);
  const isWhole = typeof facts?.checkedMs === 'number' && Array.isArray(facts.report?.faults);
  return isWhole ? facts : null;
}

function readFailure(path: string): KeptFailure | null {
  const failure = readJson<KeptFailure>(path);
  return typeof failure?.dueMs === 'number' && typeof failure.triedMs === 'number' ? failure : null;
}

function readJson<T extends object>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return null;
  }
}
