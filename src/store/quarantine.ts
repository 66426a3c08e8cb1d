import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Layout } from './layout.ts';
import type { Damage } from './reader.ts';

/**
 * Puts a file aside that cannot be believed, with the reason beside it (JSON), so that it is named in every answer that it
 * would have been part of, and a person can look at it. Never deletes anything: with `keep` the file stays where it is as well.
 */
export function quarantine(layout: Layout, path: string, damage: Damage, keep = false): void {
  mkdirSync(layout.quarantine, { recursive: true, mode: 0o750 });
  const name = freeName(layout, basename(path));
  if (existsSync(path)) (keep ? linkSync : renameSync)(path, join(layout.quarantine, name));
  writeFileSync(join(layout.quarantine, `${name}.reason`), `${JSON.stringify(damage)}\n`, { mode: 0o640 });
}

/** A file with several damaged stretches has a note for each. */
function freeName(layout: Layout, base: string): string {
  for (let ms = Date.now(); ; ms++) {
    const name = `${ms}-${base}`;
    if (!existsSync(join(layout.quarantine, `${name}.reason`))) return name;
  }
}

/** What was put aside so far. */
export function readQuarantine(layout: Layout): Damage[] {
  if (!existsSync(layout.quarantine)) return [];
  return readdirSync(layout.quarantine)
    .filter((name) => name.endsWith('.reason'))
    .sort()
    .flatMap((name) => {
      try {
        return [JSON.parse(readFileSync(join(layout.quarantine, name), 'utf8')) as Damage];
      } catch {
        return [{ file: name, reason: 'its note in quarantine/ is not readable', rows: null, from: null, to: null }];
      }
    });
}
