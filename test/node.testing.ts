import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type ReadyProgram, startReady } from './ready-program.testing.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const main = join(root, 'dist/cli/main.js');
const run = promisify(execFile);
/** Nodes of tests run side by side: the ports that a node has by default are closed unless a test asks for one with a flag. */
const env = { WEIR_IPFIX: 'off', WEIR_SFLOW: 'off', ...process.env };

/** Where the third-party fixtures are, or null where this is a clone without them. */
export const fixtures: string | null = [join(root, '../shared/fixtures')].find((path) => existsSync(path)) ?? null;

export interface TestNode extends ReadyProgram {
  readonly data: string;
  readonly port: number;
  /** The port of a listener that is open: `netflow`, `ipfix`, `ipfix-tcp`, `sflow`; 0 for one that is not. */
  portOf(name: string): number;
  readonly http: string;
}

export function tempFolder(): string {
  return mkdtempSync(join(tmpdir(), 'weir-test-'));
}

export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Starts the built `weir up` and waits for `ready`. */
export async function startNode(
  data: string,
  args: readonly string[] = [],
  port = 0,
  nodeArgs: readonly string[] = [],
): Promise<TestNode> {
  const up = ['up', '--data', data, '--netflow', `127.0.0.1:${port}`, '--http', '127.0.0.1:0', ...args];
  const program = await startReady('weir up', [...nodeArgs, main, ...up], env);
  const found = (name: string) => new RegExp(`^listening ${name} (\\S+)$`, 'm').exec(program.stdout())?.[1] ?? '';
  const portOf = (name: string) => Number(found(name).split(':').pop());
  return { ...program, data, port: portOf('netflow'), portOf, http: `http://${found('http')}` };
}

/** Runs a command of the built `weir`. */
export async function weir(...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  try {
    const { stdout, stderr } = await run(process.execPath, [main, ...args], { maxBuffer: 1 << 30, env });
    return { stdout, stderr, code: 0 };
  } catch (error) {
    const e = error as { stdout: string; stderr: string; code: number };
    return { stdout: e.stdout, stderr: e.stderr, code: e.code };
  }
}

/** The parsed answer of a command with `--format json`. */
export async function weirJson<T>(...args: string[]): Promise<T> {
  const { stdout, stderr, code } = await weir(...args, '--format', 'json');
  if (code !== 0) throw new Error(`weir ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

export interface Totals {
  readonly records: number;
  readonly bytes: number;
  readonly packets: number;
  readonly lost: number;
}

/** What the store has in all, through the command line. */
export async function totals(data: string): Promise<Totals> {
  const answer = await weirJson<{
    total: { records: number; bytes: number; packets: number };
    quality: { lost: { records: number } };
  }>('query', '--data', data, '--by', 'protocol', '--metrics', 'records,bytes,packets', '--from', 'all');
  return { ...answer.total, lost: answer.quality.lost.records };
}

/** A socket that sends to one port of this machine and waits until each datagram is with the kernel. */
export async function sender(port: number) {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.connect(port, '127.0.0.1', resolve));
  return {
    send: (bytes: Uint8Array) => new Promise<void>((resolve) => socket.send(bytes, () => resolve())),
    close: () => socket.close(),
  };
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Asks again until `test` holds; throws with the last value after `timeoutMs`. */
export async function until<T>(read: () => Promise<T>, test: (value: T) => boolean, timeoutMs = 60_000): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (test(value)) return value;
    if (Date.now() > end) throw new Error(`gave up after ${timeoutMs} ms with ${JSON.stringify(value)}`);
    await sleep(200);
  }
}

/** A port that nobody has at the moment. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}
