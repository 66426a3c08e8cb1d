import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fsyncDirectory, replaceFile } from './files.ts';
import type { Layout } from './layout.ts';
import type { Damage } from './reader.ts';

/**
 * Puts a file aside that cannot be believed, with the reason beside it (JSON), so that it is named in every answer that it
 * would have been part of, and a person can look at it. Never deletes anything: with `keep` the file stays where it is as well.
 * The note comes first and is synced: a file that is gone from its place has always said why.
 */
export function quarantine(layout: Layout, path: string, damage: Damage, keep = false): void {
  const name = noteDamage(layout, basename(path), damage);
  if (!existsSync(path)) return;
  (keep ? linkSync : renameSync)(path, join(layout.quarantine, name));
  for (const folder of [layout.quarantine, dirname(path)]) fsyncDirectory(folder);
}

/** Only the note, for a file that has to stay where it is or is gone; returns the name that the file would have beside it. */
export function noteDamage(layout: Layout, base: string, damage: Damage): string {
  for (const folder of [layout.damaged, layout.quarantine]) mkdirSync(folder, { recursive: true, mode: 0o750 });
  const name = freeName(layout, base);
  replaceFile(join(layout.damaged, `${name}.json`), `${JSON.stringify(damage)}\n`);
  return name;
}

/** A file whose note was written before a crash came between. */
export function moveAside(layout: Layout, path: string): void {
  if (existsSync(path)) renameSync(path, join(layout.quarantine, freeName(layout, basename(path))));
}

/** A file with several damaged stretches has a note for each. */
function freeName(layout: Layout, base: string): string {
  for (let ms = Date.now(); ; ms++) {
    const name = `${ms}-${base}`;
    if (!existsSync(join(layout.damaged, `${name}.json`)) && !existsSync(join(layout.quarantine, name))) return name;
  }
}

/** What was put aside so far: also what somebody has cleared away from quarantine/ since, for its rows are missing still. */
export function readDamage(layout: Layout): Damage[] {
  if (!existsSync(layout.damaged)) return [];
  return readdirSync(layout.damaged)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => {
      try {
        return [JSON.parse(readFileSync(join(layout.damaged, name), 'utf8')) as Damage];
      } catch {
        return [{ file: name, reason: 'its note in damaged/ is not readable', rows: null, from: null, to: null }];
      }
    });
}
