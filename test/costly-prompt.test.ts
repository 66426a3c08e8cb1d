import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { remove, startNode, type TestNode, tempFolder, weir } from './node.testing.ts';
import { unpackState } from './states.testing.ts';

const main = join(import.meta.dirname, '../dist/cli/main.js');
/** A terminal of util-linux, which Debian always has. */
const TERMINAL = '/usr/bin/script';

let folder: string;
let node: TestNode;
let question: string[];
beforeAll(async () => {
  folder = tempFolder();
  const data = unpackState('netflow5', folder, 'data');
  node = await startNode(data, ['--query-ask', '1ms']);
  question = ['query', '--data', data, '--from', 'all', '--by', 'src_port'];
});
afterAll(async () => {
  await node.stop();
  remove(folder);
});

/** Runs a command at a terminal; what stands on it when the question is answered so and the command has ended. */
function atTerminal(args: readonly string[], answer: string): Promise<{ screen: string; code: number | null }> {
  const command = [process.execPath, main, ...args].map((a) => `'${a}'`).join(' ');
  const child = spawn(TERMINAL, ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let screen = '';
  let answered = false;
  child.stdout.on('data', (d: Buffer) => {
    screen += d;
    if (!answered && screen.includes('[y/N]')) {
      answered = true;
      child.stdin.write(`${answer}\n`);
    }
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve({ screen, code })));
}

describe.skipIf(!existsSync(TERMINAL))('a costly question (needs script of util-linux)', () => {
  test('is asked about at a terminal, and answered after y', async () => {
    const { screen, code } = await atTerminal(question, 'y');
    expect(screen).toMatch(/This reads about [\d,]+ rows and takes about .* Go on\? \[y\/N\]/);
    expect(screen).toMatch(/src_port .*bytes/);
    expect(code).toBe(0);
  });

  test('is refused after anything else', async () => {
    const { screen, code } = await atTerminal(question, '');
    expect(screen).toContain('--yes');
    expect(screen).not.toMatch(/src_port .*bytes/);
    expect(code).toBe(1);
  });

  test('is asked about where it is a report that takes long, and refused where nobody can be asked', async () => {
    const report = ['report', 'cost', '--data', join(folder, 'data'), '--from', 'all'];
    const { screen, code } = await atTerminal(report, 'y');
    expect(screen).toMatch(/This reads about [\d,]+ rows and takes about .* Go on\? \[y\/N\]/);
    expect(screen).toContain('Records that an end system writes in an export period');
    expect(code).toBe(0);
    const refused = await weir(...report);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--yes')]);
    expect((await weir(...report, '--yes')).code).toBe(0);
  });

  test('is refused where nobody can be asked', async () => {
    const { stderr, code } = await weir(...question);
    expect(stderr).toContain('--yes');
    expect(stderr).not.toContain('[y/N]');
    expect(code).toBe(1);
    expect((await weir(...question, '--yes')).code).toBe(0);
  });
});
