import { readFileSync } from 'node:fs';
import { whyUnreadable } from '../../base/index.ts';
import {
  asNamesHandle,
  buildPlaces,
  type HomeNetworks,
  type NamedPrefixes,
  type PlaceData,
  type PlaceTableHandle,
  type RefusedFile,
  readPrefixLines,
} from '../../label/index.ts';
import { revisionOf } from '../file-revision.ts';
import { bundledVersion, readBundledData } from './bundled-data.ts';
import { KeptData } from './kept-data.ts';
import type { PlaceSourceStatus, PlacesJob, PlacesTable } from './place-messages.ts';
import { readPlaceFile } from './read-place-file.ts';

/** Another number where tables are made in another way of the same sources, or sources are read in another way. */
const FORM = 3;

interface Source {
  readonly status: PlaceSourceStatus;
  readonly data: PlaceData | null;
  /** It is there and could not be read, for a cause that is not in it. */
  readonly unread: boolean;
}

/**
 * The table of the job's sources: the one that is kept, where it was made of the same and nothing was wrong with them, else a new one. `onMaking` is called
 * before that, with the kept one where there is one: it holds meanwhile.
 */
export async function makePlaces(
  job: PlacesJob,
  onMaking: (meanwhile: PlacesTable | null) => void,
): Promise<PlacesTable> {
  const began = performance.now();
  const { files, blocklists, networks } = job;
  const bundled = job.bundled ? bundledVersion() : null;
  const revisions = files.map((path) => [path, revisionOf(path)]);
  const lists = blocklists.map(({ name, revision }) => [name, revision]);
  const key = JSON.stringify([FORM, revisions, job.bundled, bundled, lists, networks]);
  const kept = new KeptData(job.directory);
  const same = kept.table(key, { shipped: job.bundled });
  const seconds = () => (performance.now() - began) / 1_000;
  const found: PlacesTable | null = same && { ...same, unread: false, kept: true, seconds: seconds() };
  if (found !== null && !hasProblem(found)) return found;
  onMaking(found);
  const sources: Source[] = [];
  for (const path of files) sources.push(await fromFile(path, kept));
  if (job.bundled) sources.push(fromPackages(bundled, kept));
  const problems: string[] = [];
  const table = {
    ...merged(sources, readLists(job, problems), job),
    sources: sources.map((s) => s.status),
    problems,
  };
  kept.keepTable(key, table);
  if (job.forgets) kept.forgetAllBut([...files, ...(bundled === null ? [] : [bundled])]);
  const unread = problems.length > 0 || sources.some((s) => s.unread);
  return { ...table, unread, kept: false, seconds: seconds() };
}

function hasProblem({ sources, problems }: PlacesTable): boolean {
  return problems.length > 0 || sources.some(({ problem }) => problem !== null);
}

export interface LastPlaces extends Pick<PlacesTable, 'names' | 'sources'> {
  readonly networks: HomeNetworks;
  readonly handle: PlaceTableHandle;
}

/** The last table of a directory and the networks that it was made for, where nobody says what it should be made of; null where none is kept. */
export function lastPlaces(directory: string): LastPlaces | null {
  const last = new KeptData(directory).lastTable();
  if (last === null) return null;
  const { key, places, names, sources } = last;
  const parts = JSON.parse(key) as readonly unknown[];
  return parts[0] === FORM ? { networks: parts[5] as HomeNetworks, handle: places, names, sources } : null;
}

function merged(sources: readonly Source[], blocklists: readonly NamedPrefixes[], { networks }: PlacesJob) {
  const used = sources.flatMap(({ status, data }) => (data === null ? [] : [{ status, data }]));
  const places = buildPlaces({
    autonomousSystems: used.flatMap(({ status: { kind: source }, data: { autonomousSystems: ranges } }) =>
      ranges === null ? [] : [{ source, ranges }],
    ),
    countries: used.flatMap(({ data }) => data.countries ?? []),
    blocklists,
    networks,
  });
  return { places, names: asNamesHandle(used.map(({ data }) => data.names)) };
}

/** A file that is refused, or cut short where a whole one was there before, leaves what was read of it the last time. */
async function fromFile(path: string, kept: KeptData): Promise<Source> {
  const present = revisionOf(path);
  const revision = `${FORM} ${present}`;
  const before = kept.data(path);
  if (before !== null && before.revision === revision)
    return sourceOf(path, kindOf(before.data), before.data, before.data.cutShort);
  const { kind, ...read } = await readPlaceFile(path);
  if ('refused' in read) {
    const source = sourceOf(path, before ? kindOf(before.data) : kind, before?.data ?? null, read.refused);
    // One that is not there is seen when it comes.
    return { ...source, unread: 'unread' in read && present !== '' };
  }
  if (read.cutShort !== null && before !== null && before.data.cutShort === null)
    return sourceOf(path, kind, before.data, read.cutShort);
  kept.keepData(path, read, revision);
  return sourceOf(path, kind, read, read.cutShort);
}

function fromPackages(version: string | null, kept: KeptData): Source {
  const name = version ?? 'the data that comes with Weir';
  const revision = `${FORM} ${name}`;
  const before = kept.data(name);
  if (before?.revision === revision) return sourceOf(name, 'bundled', before.data, null);
  const read: PlaceData | RefusedFile = readBundledData();
  if ('refused' in read) return sourceOf(name, 'bundled', null, read.refused);
  kept.keepData(name, read, revision);
  return sourceOf(name, 'bundled', read, null);
}

/** Dumps of routes name no system and no country. */
function kindOf(data: PlaceData): 'mrt' | 'file' {
  return data.countries === null && data.names.size === 0 ? 'mrt' : 'file';
}

function sourceOf(
  name: string,
  kind: PlaceSourceStatus['kind'],
  data: PlaceData | null,
  problem: string | null,
): Source {
  const count = (of: PlaceData['countries'] | undefined) => (of ? of.ipv4.length + of.ipv6.length : 0);
  const status = {
    name,
    kind,
    used: data !== null,
    partial: typeof data?.cutShort === 'string',
    madeMs: data?.madeMs ?? 0,
    systems: count(data?.autonomousSystems),
    countries: count(data?.countries),
    skipped: data?.skipped ?? {},
    problem,
  };
  return { status, data, unread: false };
}

function readLists({ blocklists }: PlacesJob, problems: string[]): NamedPrefixes[] {
  return blocklists.flatMap(({ name, path }) => {
    try {
      return [{ name, prefixes: readPrefixLines(readFileSync(path, 'utf8')) }];
    } catch (error) {
      problems.push(`block list ${name}: ${whyUnreadable(error)}`);
      return [];
    }
  });
}
