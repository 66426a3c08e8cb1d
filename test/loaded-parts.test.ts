/** What the built programs load when they start: each module costs CPU at every start, and memory of an agent that has little. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

/** The files of dist/ that one loads, with what these load, whenever they do; and the packages that they name. */
function loaded(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(join(dist, file), 'utf8');
  for (const [, name] of text.matchAll(/(?:\bfrom|^import|\bimport\(|\brequire\() ?"([^"]+)"/gm)) {
    if (!name!.startsWith('.')) seen.add(name!);
    else if (/\.c?js$/.test(name!)) loaded(relative(dist, join(dist, dirname(file), name!)), seen);
  }
  return seen;
}

it('the thread of pictures alone loads what draws them', () => {
  const programs = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^([a-z]+\/[a-z-]+-(worker|process)|cli\/main)\.js$/.test(file),
  );
  expect(programs.length).toBeGreaterThan(8);
  const drawing = programs.filter((file) => [...loaded(file)].some((name) => name.startsWith('echarts')));
  expect(drawing).toEqual(['server/graph-worker.js']);
});
