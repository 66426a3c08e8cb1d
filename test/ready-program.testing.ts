import { spawn } from 'node:child_process';

/** The end of what a program said that is kept, in characters. */
const MOST_KEPT = 1_000_000;

export interface ReadyProgram {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Ends it as an operator would; gives the exit code. */
  stop(): Promise<number | null>;
  /** kill -9. */
  kill(): Promise<void>;
  readonly exited: Promise<number | null>;
}

/** Starts Node with these arguments and waits until it prints `ready`. `name`: for the message where it ends before. */
export async function startReady(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<ReadyProgram> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let out = '';
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err = (err + text).slice(-MOST_KEPT);
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (/^ready$/m.test(out)) resolve();
    });
    void exited.then((code) => reject(new Error(`${name} ended with ${code}: ${out}${err}`)));
  });
  return {
    pid: child.pid!,
    stdout: () => out,
    stderr: () => err,
    exited,
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
