import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { LineTail } from './line-tail.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function tailed(content: string | null) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-tail-'));
  folders.push(folder);
  const path = join(folder, 'access.log');
  if (content !== null) writeFileSync(path, content);
  const tail = new LineTail(path);
  const look = () => {
    const lines: string[] = [];
    tail.look((line) => lines.push(line));
    return lines;
  };
  return { path, tail, look };
}

test('what is added is given once, and nothing of what was there before', () => {
  const { path, look } = tailed('old\n');
  expect(look()).toEqual([]);
  appendFileSync(path, 'a\nb\n');
  expect(look()).toEqual(['a', 'b']);
  expect(look()).toEqual([]);
});

test('a line waits for its end', () => {
  const { path, look } = tailed('');
  look();
  appendFileSync(path, 'begi');
  expect(look()).toEqual([]);
  appendFileSync(path, 'nning ü'.slice(0, 8));
  expect(look()).toEqual([]);
  appendFileSync(path, ' end\nnext\n');
  expect(look()).toEqual(['beginning ü end', 'next']);
});

test('a file that is moved away is read to its end, and the new one from its beginning', () => {
  const { path, look } = tailed('old\n');
  look();
  appendFileSync(path, 'last of the old\n');
  renameSync(path, `${path}.1`);
  writeFileSync(path, 'first of the new\n');
  expect(look()).toEqual(['last of the old', 'first of the new']);
});

test('a file that is cut is read from its beginning', () => {
  const { path, look } = tailed('a long line of before\n');
  look();
  truncateSync(path);
  appendFileSync(path, 'new\n');
  expect(look()).toEqual(['new']);
});

test('a file that is not there is a problem, and read from its beginning when it comes', () => {
  const { path, tail, look } = tailed(null);
  expect(look()).toEqual([]);
  expect(tail.problem).toBe('there is no such file');
  writeFileSync(path, 'first\n');
  expect(look()).toEqual(['first']);
  expect(tail.problem).toBeNull();
});

test('a file that was moved away is missed after a while, and not at once', () => {
  const { path, tail, look } = tailed('');
  look();
  renameSync(path, `${path}.1`);
  for (let i = 0; i < 59; i++) look();
  expect(tail.problem).toBeNull();
  look();
  expect(tail.problem).toBe('there is no such file');
  writeFileSync(path, 'new\n');
  expect(look()).toEqual(['new']);
  expect(tail.problem).toBeNull();
});

test('what cannot be read is told, and read once it can be', () => {
  const { path, tail, look } = tailed(null);
  tail.look(() => {});
  const other = new LineTail(join(path, 'beyond'));
  writeFileSync(path, '');
  other.look(() => {});
  expect(other.problem).toContain('ENOTDIR');
  expect(look()).toEqual([]);
});

test('a line without an end takes no memory, is counted, and the next one is given', () => {
  const { path, tail, look } = tailed('');
  look();
  for (let i = 0; i < 5; i++) {
    appendFileSync(path, 'x'.repeat(700_000));
    expect(look()).toEqual([]);
  }
  appendFileSync(path, '\nnext\n');
  expect(look()).toEqual(['next']);
  expect(tail.tooLong).toBe(1);
});
