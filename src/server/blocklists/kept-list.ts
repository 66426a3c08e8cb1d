import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../../store/index.ts';
import type { BlocklistSource } from './blocklist-setting.ts';
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

/** The last good copy of a list in the data directory: it holds when its source cannot be reached. */
export class KeptList {
  readonly path: string;
  /** Where what comes is put until it was read. */
  readonly fetchedPath: string;
  readonly asidePath: string;
  facts: KeptFacts | null;
  private readonly factsPath: string;

  constructor(directory: string, source: BlocklistSource, home: readonly string[]) {
    const at = (ending: string) => join(directory, `${source.name}${ending}`);
    this.path = at('.prefixes');
    this.factsPath = at('.json');
    this.fetchedPath = at('.fetched');
    this.asidePath = at('.prefixes.new');
    const facts = existsSync(this.path) ? readFacts(this.factsPath) : null;
    this.facts = facts?.source === sourceOf(source) && facts.home === home.join() ? facts : null;
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

  clearAside(): void {
    for (const path of [this.fetchedPath, this.asidePath]) rmSync(path, { force: true });
  }
}

export function sourceOf({ url, file, format }: BlocklistSource): string {
  return `${url ?? file}${format === null ? '' : ` as ${format}`}`;
}

/** Null where it is not what this version wrote. */
function readFacts(path: string): KeptFacts | null {
  try {
    const facts = JSON.parse(readFileSync(path, 'utf8')) as KeptFacts;
    const isWhole = typeof facts.checkedMs === 'number' && typeof facts.report?.entries === 'number';
    return isWhole ? facts : null;
  } catch {
    return null;
  }
}
