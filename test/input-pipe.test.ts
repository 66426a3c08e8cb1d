/** `weir meter` and `weir import` on a named pipe that stays open: Ctrl-C ends them at once, with what came until then. */
import { execFileSync, spawn } from 'node:child_process';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { syntheticCapture } from './capture.testing.ts';
import { remove, tempFolder, weir } from './node.testing.ts';

const main = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist/cli/main.js');
const folder = tempFolder();
afterAll(() => remove(folder));

const PACKETS = 10_000;
/** Far less than a read that waits for the writer takes, which never ends here. */
const AT_ONCE_MS = 3_000;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** Runs a command on a new pipe; `fill` writes into it, or does not; then comes one signal. */
async function interrupted(
  signal: NodeJS.Signals,
  args: readonly string[],
  name: string,
  fill: boolean,
): Promise<Ended> {
  const pipe = join(folder, name);
  execFileSync('mkfifo', [pipe]);
  const child = spawn(process.execPath, [main, ...args, pipe], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (d: Buffer) => (said.stdout += d));
  child.stderr.on('data', (d: Buffer) => (said.stderr += d));
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  let writer: FileHandle | null = null;
  if (fill) {
    // Opening ends when the command reads. A pipe holds less than the capture: when it is written, most of it was read.
    writer = await open(pipe, 'w');
    await writer.writeFile(syntheticCapture(PACKETS, 5));
  }
  await new Promise((resolve) => setTimeout(resolve, fill ? 500 : 1_500));
  const beganMs = performance.now();
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), 4 * AT_ONCE_MS);
  const code = await exited;
  clearTimeout(late);
  await writer?.close();
  return { code, ...said, ms: performance.now() - beganMs };
}

test.each(['SIGINT', 'SIGTERM'] as const)('meter on a pipe prints the flows until %s', async (signal) => {
  const { code, stdout, stderr, ms } = await interrupted(signal, ['meter'], `meter-${signal}`, true);
  expect(ms).toBeLessThan(AT_ONCE_MS);
  expect([code, stderr]).toEqual([130, expect.stringContaining('interrupted: these are the flows until then')]);
  const flows = stdout.trim().split('\n');
  const packets = flows.reduce((sum, line) => sum + JSON.parse(line).packets, 0);
  expect(packets).toBeGreaterThan(1_000);
});

test('meter on a pipe that nobody writes into ends at a signal', async () => {
  const { code, stdout, ms } = await interrupted('SIGINT', ['meter'], 'meter-idle', false);
  expect([code, stdout]).toEqual([130, '']);
  expect(ms).toBeLessThan(AT_ONCE_MS);
});

test('import from a pipe keeps what came until the signal', async () => {
  const data = join(folder, 'data');
  const args = ['import', '--data', data, '--as', 'traffic', '--active', 'off'];
  const { code, stderr, ms } = await interrupted('SIGINT', args, 'import-busy', true);
  expect(ms).toBeLessThan(AT_ONCE_MS);
  expect([code, stderr]).toEqual([130, expect.stringContaining('what was read until then stays')]);
  const asked = await weir('query', '--data', data, '--from', 'all', '--metrics', 'packets', '--format', 'json');
  expect(Number(JSON.parse(asked.stdout).total.packets)).toBeGreaterThan(1_000);
});
