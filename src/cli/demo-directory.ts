import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { WeirError } from '../base/index.ts';
import { isDemoSource } from '../demo/index.ts';
import { layoutOf, makeDirectory, readSources } from '../store/index.ts';

/** Where a demo lies beside its store. */
export interface DemoFiles {
  /** Written first: says that the directory is that of a demo. */
  readonly configuration: string;
  readonly list: string;
  /** Written last. */
  readonly truth: string;
}

export function demoFiles(directory: string): DemoFiles {
  const at = (name: string) => join(directory, name);
  return { configuration: at('demo.yaml'), list: at('demo-blocklist.txt'), truth: at('truth.json') };
}

/** Makes the directory, or empties it of the demo that it holds. WeirError `usage` where it holds anything else, of which nothing is touched. */
export function prepareDemoDirectory(directory: string): void {
  makeDirectory(directory);
  const there = readdirSync(directory);
  if (there.length === 0) return;
  const why = whyNotDemo(directory, there);
  if (why !== null)
    throw new WeirError(
      'usage',
      `--data ${directory}: ${why}; a demo takes an empty directory, or that of another demo`,
    );
  // The lock stays with whoever may hold it; the file that says what this is goes last.
  const files = there.filter((name) => name !== 'lock' && name !== basename(demoFiles(directory).configuration));
  for (const name of files) rmSync(join(directory, name), { recursive: true });
}

function whyNotDemo(directory: string, there: readonly string[]): string | null {
  const layout = layoutOf(directory);
  const { configuration, list, truth } = demoFiles(directory);
  if (!existsSync(configuration)) return 'it holds something that is no demo';
  if (existsSync(layout.heartbeat)) return 'a node has run there, and may have stored flows of its own';
  const known = new Set([...Object.values(layout), configuration, list, truth].map((path) => basename(path)));
  const other = there.find((name) => !known.has(name));
  if (other !== undefined) return `it holds ${other}, which is not of a demo`;
  const source = readSources(layout.sources).find(({ name }) => !isDemoSource(name));
  return source === undefined ? null : `it holds the import "${source.name}"`;
}
