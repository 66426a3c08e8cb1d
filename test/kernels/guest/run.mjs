import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const ROOM = { maxBuffer: 1 << 28 };

/** What a program prints; it must end with 0. */
export async function output(command, ...args) {
  return (await execute(command, args, ROOM)).stdout;
}

/** A script of bash; what it prints. */
export function shell(script, ...args) {
  return output('bash', '-c', script, 'bash', ...args);
}

/** The ways in which a program can end are of interest: its code, and what it printed. */
export async function attempt(command, ...args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
  const [code] = await once(child, 'close');
  return { code, text };
}

/** A server that says by a line on its standard output that it is ready; resolves then, with what ends when it does. */
export async function serving(pattern, command, ...args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  await new Promise((resolve, reject) => {
    lines.on('line', (line) => pattern.test(line) && resolve());
    lines.once('close', () => reject(new Error(`${command} ended before it was ready`)));
  });
  return { pid: child.pid, ended, stop: () => child.kill() };
}

/** In a network namespace, with the process identifier of this very program. */
export function within(namespace, ...command) {
  return ['ip', 'netns', 'exec', namespace, ...command];
}
