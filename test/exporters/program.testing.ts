import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { sleep } from '../node.testing.ts';

/** A program of somebody else that runs beside the test. */
export interface Program {
  readonly pid: number;
  /** The last part of what it wrote to stdout and stderr. */
  output(): string;
  readonly exited: Promise<number | null>;
  /** Asks it to end, insists after five seconds; gives the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const execute = promisify(execFile);
const LARGEST_OUTPUT_BYTES = 1 << 28;
const KEPT_CHARACTERS = 100_000;
const PATIENCE_MS = 5_000;

export function startProgram(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const child: ChildProcess = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let output = '';
  const keep = (text: string) => {
    output = (output + text).slice(-KEPT_CHARACTERS);
  };
  child.stdout!.setEncoding('utf8').on('data', keep);
  child.stderr!.setEncoding('utf8').on('data', keep);
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      keep(String(error));
      resolve(null);
    });
    child.once('exit', (code) => resolve(code));
  });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    const code = await exited;
    clearTimeout(timer);
    return code;
  };
  return { pid: child.pid ?? 0, output: () => output, exited, stop };
}

/** Runs a program to its end and gives its stdout; throws when it fails or takes longer than `timeoutMs`. */
export async function runProgram(command: string, args: readonly string[], timeoutMs = 60_000): Promise<string> {
  const { stdout } = await execute(command, args, {
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: LARGEST_OUTPUT_BYTES,
  });
  return stdout;
}

/** Waits until `test` holds; throws with `what` when it never does. */
export async function waitFor(what: string, test: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await test())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await sleep(25);
  }
}
