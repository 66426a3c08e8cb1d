import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCommandLine } from './command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

function wordsOf(text: string): string[] {
  const file = join(folder, 'cmdline');
  writeFileSync(file, text);
  return readCommandLine(file);
}

describe('the words of a command line', () => {
  it('are those of a process', () => {
    expect(readCommandLine('/proc/self/cmdline')[0]).toBe(process.argv0);
    expect(readCommandLine(join(folder, 'absent'))).toEqual([]);
  });

  it.each([
    ['', []],
    ['sh\0-c\0\0ü x\0', ['sh', '-c', '', 'ü x']],
    // A title in place of the words.
    ['nginx: master process', []],
    ['nginx\0: worker', ['nginx']],
  ])('%j are %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it('are read as far as anybody needs them, however many a process has', () => {
    expect(wordsOf(`sh\0${'a'.repeat(200_000)}\0`).map((word) => word.length)).toEqual([2, (32 << 10) - 3]);
    expect(wordsOf('a\0'.repeat(100_000))).toHaveLength(1_024);
  });
});
