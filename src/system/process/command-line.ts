import { closeSync, openSync, readSync } from 'node:fs';

/** Of a command line, which a process can make as long as it likes (128 kB a word, 2 MB in all; longer where it changed its limits). */
const MOST_BYTES = 32 << 10;
const MOST_WORDS = 1_024;

const memory = Buffer.alloc(MOST_BYTES);

/** The first words of /proc/PID/cmdline (proc(5)); none where it may not be read. Each is a string of its own, which keeps nothing of the others. */
export function readCommandLine(path: string): string[] {
  const length = readBeginning(path);
  const words: string[] = [];
  for (let from = 0; from < length && words.length < MOST_WORDS; ) {
    const end = memory.indexOf(0, from);
    // What no zero ends is a title that the process gave itself, unless it was cut here.
    if ((end < 0 || end >= length) && length < MOST_BYTES) break;
    const to = end < 0 ? length : Math.min(end, length);
    words.push(memory.toString('utf8', from, to));
    from = to + 1;
  }
  return words;
}

/** How many bytes of the file are in `memory`. */
function readBeginning(path: string): number {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return 0;
  }
  let length = 0;
  try {
    for (let bytes = -1; bytes !== 0 && length < MOST_BYTES; length += bytes)
      bytes = readSync(file, memory, length, MOST_BYTES - length, null);
  } catch {
    // It ended while we looked.
    length = 0;
  } finally {
    closeSync(file);
  }
  return length;
}
