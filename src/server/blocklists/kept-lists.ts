import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExplainedList } from '../places/address-look-up.ts';
import { readFacts } from './kept-list.ts';

const FACTS = '.json';

/** The good copies that stand in a data directory, for who does not know the configuration: no node runs there. */
export function keptLists(directory: string): ExplainedList[] {
  const files = existsSync(directory) ? readdirSync(directory).filter((file) => file.endsWith(FACTS)) : [];
  return files.flatMap((file) => {
    const name = file.slice(0, -FACTS.length);
    const path = join(directory, `${name}.prefixes`);
    const facts = readFacts(join(directory, file));
    if (facts === null || !existsSync(path)) return [];
    return [{ name, path, source: shownSource(facts.source), fetchedMs: facts.fetchedMs }];
  });
}

/** Without the question of a URL, which may hold a key, and without the format. */
function shownSource(source: string): string {
  return source.replace(/ as \w+$/, '').replace(/\?.*$/, '');
}
