import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BlocklistSource } from './blocklist-setting.ts';
import { homeOf, KeptList, sourceOf } from './kept-list.ts';
import type { ListReport } from './prepare-list.ts';

const SOURCE: BlocklistSource = {
  name: 'drop',
  url: 'https://lists.example/drop',
  file: null,
  format: null,
  refreshMs: 1,
};
const HOME = ['10.0.0.0/8', '192.168.0.0/16'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-kept-list-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a copy outlasts other home networks, and is asked for anew, whole', () => {
  const first = new KeptList(folder, SOURCE, HOME);
  writeFileSync(first.asidePath, '192.0.2.0/24\n');
  const known = {
    etag: '"1"',
    lastModified: 'Sun, 22 Nov 2026 10:00:00 GMT',
    stamp: '1',
    fetchedMs: 1_000,
    checkedMs: 2_000,
  };
  const rejected = { name: 0, not_address: 0, bad_range: 0, too_wide: 0, covers_home: 0 };
  const report: ListReport = { format: 'plain', entries: 1, rejected, faults: [], refused: [], own: 0, ownNamed: [] };
  first.replace({ ...known, source: sourceOf(SOURCE), home: homeOf(HOME), report });
  expect(new KeptList(folder, SOURCE, HOME.toReversed()).facts).toMatchObject(known);
  const other = new KeptList(folder, SOURCE, ['10.0.0.0/8']);
  expect(other.facts).toMatchObject({ etag: '', lastModified: '', stamp: '', fetchedMs: 1_000, checkedMs: 0 });
  expect(new KeptList(folder, { ...SOURCE, url: 'https://other.example/' }, HOME).facts).toBeNull();
});

it('a list whose name ends as files of another list do has files of its own', () => {
  const one = new KeptList(folder, SOURCE, HOME);
  const other = new KeptList(folder, { ...SOURCE, name: 'drop.failed' }, HOME);
  const files = (list: KeptList) =>
    Object.entries(list)
      .filter(([key]) => /path$/i.test(key))
      .map(([, path]) => path as string);
  expect(files(one).length).toBe(5);
  expect(files(one).filter((path) => files(other).includes(path))).toEqual([]);
});
