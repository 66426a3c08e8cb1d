import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { handOver } from './hand-over.ts';

const USER = { name: 'weir', uid: 61_234, gid: 61_234 };
const owner = (path: string) => lstatSync(path).uid;

let folder = '';
let data = '';
let outside = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-hand-over-'));
  [data, outside] = [join(folder, 'data'), join(folder, 'outside')];
  for (const path of [join(data, 'journal'), join(outside, 'deep')]) mkdirSync(path, { recursive: true });
  for (const path of [join(data, 'journal/1'), join(outside, 'deep/shadow')]) writeFileSync(path, 'x');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.skipIf(process.getuid?.() !== 0)('a directory that is handed over (needs root)', () => {
  test('becomes the user’s with all below it', () => {
    handOver(data, USER);
    for (const path of ['.', 'journal', 'journal/1']) expect([path, owner(join(data, path))]).toEqual([path, USER.uid]);
  });

  test('gives nothing away that a link in it leads to', () => {
    symlinkSync(outside, join(data, 'to-directory'));
    symlinkSync(join(outside, 'deep'), join(data, 'journal/to-deep'));
    symlinkSync(join(outside, 'deep/shadow'), join(data, 'to-file'));
    linkSync(join(outside, 'deep/shadow'), join(data, 'second-name'));
    handOver(data, USER);
    for (const path of ['.', 'deep', 'deep/shadow']) expect([path, owner(join(outside, path))]).toEqual([path, 0]);
  });

  test('is not, where its user could put a link in its place or in that of a directory above it', () => {
    chownSync(folder, USER.uid, USER.gid);
    handOver(data, USER);
    expect(owner(data)).toBe(0);
    chownSync(folder, 0, 0);
    chmodSync(folder, 0o777);
    handOver(data, USER);
    expect(owner(data)).toBe(0);
  });

  test('may be reached by a link of root, and by nobody else’s', () => {
    const link = join(folder, 'link');
    chmodSync(folder, 0o1777);
    symlinkSync(data, link);
    handOver(link, USER);
    expect(owner(data)).toBe(USER.uid);
    expect(owner(link)).toBe(0);
    const theirs = join(folder, 'theirs');
    symlinkSync(outside, theirs);
    lchownSync(theirs, USER.uid, USER.gid);
    handOver(theirs, USER);
    expect(statSync(outside).uid).toBe(0);
  });
});
