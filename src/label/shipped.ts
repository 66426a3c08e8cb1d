import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { SchemeFile } from './categories/scheme.ts';

type Lists = Readonly<Record<string, readonly string[]>>;

/** The names that come with Weir, as the files of data/ have them. */
export interface ShippedNames {
  /** Names of processes by application, by the side that they have then, and by service. */
  readonly processes: {
    readonly server: Lists;
    readonly client: Lists;
    readonly either: Lists;
    readonly services: Lists;
  };
  /** What exporters call applications and services, and the words by which they say nothing. */
  readonly 'exporter-applications': {
    readonly applications: Lists;
    readonly services: Lists;
    readonly nothing: readonly string[];
  };
  readonly services: Readonly<Record<string, { readonly domains: readonly string[]; readonly category?: string }>>;
  /** Category schemes by name. */
  readonly categories: Readonly<Record<string, SchemeFile>>;
}

/** Made of data/ by scripts/names.mjs, for dist/parts/ where this module is then: YAML takes a hundred times as long to read. */
const BUILT = new URL('../names.json', import.meta.url);
const FOLDER = new URL('../../data/', import.meta.url);

let names: ShippedNames | null = null;

/** Read once by each thread that labels. */
export function shippedNames(): ShippedNames {
  names ??= existsSync(BUILT) ? (JSON.parse(readFileSync(BUILT, 'utf8')) as ShippedNames) : readFolder();
  return names;
}

function readFolder(): ShippedNames {
  const { parse } = createRequire(import.meta.url)('yaml') as typeof import('yaml');
  const read = (file: string) => parse(readFileSync(new URL(file, FOLDER), 'utf8'));
  const of = (folder: string) =>
    readdirSync(new URL(folder, FOLDER))
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => [file.slice(0, -'.yaml'.length), read(`${folder}${file}`)]);
  return { ...Object.fromEntries(of('./')), categories: Object.fromEntries(of('categories/')) };
}
