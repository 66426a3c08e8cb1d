import type { ProcessFacts } from '../../system/index.ts';

/** TASK_COMM_LEN of Linux, without its end. */
const COMM_BYTES = 15;

/**
 * What a process is called: the name of its main thread, which is the program or script that was started, or what the process calls
 * itself. The kernel cuts it after 15 bytes: then the rest is taken from the path or the command line that begins with it.
 */
export function processName({
  comm,
  executable,
  command,
}: Pick<ProcessFacts, 'comm' | 'executable' | 'command'>): string {
  const program = lastPart(executable);
  // Node and Chromium name their main threads, and not the process, so.
  if (/MainThread$/.test(comm) && program !== '') return program;
  if (Buffer.byteLength(comm) < COMM_BYTES) return comm;
  const whole = [program, ...command.slice(0, 3).map(lastPart)].find((name) => name.startsWith(comm));
  return whole ?? comm;
}

export function lastPart(path: string): string {
  return path.split('/').at(-1)!;
}
