import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';
import { type PlaceData, packPlaceData, packPlaces, unpackPlaceData, unpackPlaces } from '../../label/index.ts';
import type { PlacesTable } from './place-messages.ts';

const TABLE = 'table';
/** Of this thread alone: an import may write beside a node. */
const PART = `.${process.pid}-${threadId}.part`;
/** What `npm run build` made of the bundled data (scripts/places.mjs); not there where Weir runs from its sources. */
const SHIPPED = fileURLToPath(new URL('../shipped-places', import.meta.url));

/**
 * What was read of each source, and the table that was made of all of them, in files: a dump of routes takes seconds to read, and the last good state of a
 * file outlasts one that is broken. All of it can be made again: what cannot be read or written is as if it were not there. What comes with Weir counts where the
 * directory has nothing.
 */
export class KeptData {
  private readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** The table that was made of exactly this. What comes with Weir was made of the bundled data, and is looked at with `shipped` alone: it is 30 MB to read. */
  table(
    key: string,
    { shipped: isShippedAsked }: { readonly shipped: boolean },
  ): Pick<PlacesTable, 'places' | 'names' | 'sources' | 'problems'> | null {
    const own = tableOf(this.directory, key);
    if (own !== null || !isShippedAsked) return own;
    const shipped = tableOf(SHIPPED, key);
    // So that it is the last one here too.
    if (shipped !== null) this.put(TABLE, (path) => copyFileSync(join(SHIPPED, TABLE), path));
    return shipped;
  }

  /** The last table, whatever it was made of, and the key of that. */
  lastTable(): (Pick<PlacesTable, 'places' | 'names' | 'sources'> & { readonly key: string }) | null {
    const found = read(this.directory, TABLE, unpackPlaces);
    if (found === null) return null;
    const { sources, key } = found.facts as Pick<PlacesTable, 'sources'> & { key: string };
    return { places: found.places, names: found.names, sources, key };
  }

  keepTable(
    key: string,
    { sources, problems, ...places }: Pick<PlacesTable, 'places' | 'names' | 'sources' | 'problems'>,
  ): void {
    this.write(TABLE, packPlaces(places, { key, sources, problems }));
  }

  /** What was read last of a source. */
  data(source: string): { readonly data: PlaceData; readonly revision: string } | null {
    const name = fileOf(source);
    return read(this.directory, name, unpackPlaceData) ?? read(SHIPPED, name, unpackPlaceData);
  }

  keepData(source: string, data: PlaceData, revision: string): void {
    this.write(fileOf(source), packPlaceData(data, revision));
  }

  /** Removes what was kept of sources that are not there any more. */
  forgetAllBut(sources: readonly string[]): void {
    const kept = new Set([TABLE, ...sources.map(fileOf)]);
    try {
      for (const name of readdirSync(this.directory))
        if (!kept.has(name)) rmSync(join(this.directory, name), { force: true });
    } catch {
      // No directory: nothing is kept.
    }
  }

  private write(name: string, bytes: Uint8Array): void {
    this.put(name, (path) => writeFileSync(path, bytes, { mode: 0o640 }));
  }

  private put(name: string, write: (path: string) => void): void {
    const path = join(this.directory, name);
    try {
      mkdirSync(this.directory, { recursive: true, mode: 0o750 });
      write(path + PART);
      chmodSync(path + PART, 0o640);
      renameSync(path + PART, path);
    } catch {
      rmSync(path + PART, { force: true });
    }
  }
}

function tableOf(directory: string, key: string): ReturnType<KeptData['table']> {
  const found = read(directory, TABLE, unpackPlaces);
  const facts = found?.facts as (Pick<PlacesTable, 'sources' | 'problems'> & { key: string }) | undefined;
  if (!found || facts?.key !== key) return null;
  return { places: found.places, names: found.names, sources: facts.sources, problems: facts.problems };
}

function read<T>(directory: string, name: string, unpack: (bytes: Uint8Array) => T | null): T | null {
  try {
    const file = openSync(join(directory, name), 'r');
    try {
      // Memory that all threads see from the beginning: nothing is copied.
      const bytes = new Uint8Array(new SharedArrayBuffer(fstatSync(file).size));
      for (let at = 0; at < bytes.length; ) {
        const read = readSync(file, bytes, at, bytes.length - at, at);
        if (read === 0) return null;
        at += read;
      }
      return unpack(bytes);
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}

function fileOf(source: string): string {
  return `source-${createHash('sha256').update(source).digest('hex').slice(0, 16)}`;
}
