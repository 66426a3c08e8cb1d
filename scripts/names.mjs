// data/ as one file of JSON, dist/names.json, which is read in a hundredth of the time (src/label/shipped.ts).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const data = join(root, 'data');
const of = (folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => [basename(file, '.yaml'), parse(readFileSync(join(folder, file), 'utf8'))]);
const names = { ...Object.fromEntries(of(data)), categories: Object.fromEntries(of(join(data, 'categories'))) };
writeFileSync(join(root, 'dist/names.json'), JSON.stringify(names));
