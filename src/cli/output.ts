import { once } from 'node:events';

/** Raised when the reader of our output has gone (`weir flows | head`): nothing is wrong, and nothing is left to do. */
export class ReaderGone extends Error {
  constructor() {
    super('the reader of the output has gone');
    this.name = 'ReaderGone';
  }
}

let gone = false;

/** Must be called before anything is written: a closed pipe is then an end, not a crash. */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    gone = true;
  });
  // Messages that nobody reads are lost; the work goes on.
  process.stderr.on('error', () => {});
}

/** Writes an answer, and waits while the reader is slower than we are. */
export async function print(text: string): Promise<void> {
  if (gone) throw new ReaderGone();
  if (text === '') return;
  if (!process.stdout.write(text)) {
    // A pipe whose reader ends reports an error and never drains.
    await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]).catch(() => {});
  }
  if (gone) throw new ReaderGone();
}

/** Resolves when all that was printed has left this process. */
export async function flushOutput(): Promise<void> {
  if (gone || process.stdout.writableLength === 0) return;
  await Promise.race([
    new Promise<void>((resolve) => process.stdout.write('', () => resolve())),
    once(process.stdout, 'close'),
  ]).catch(() => {});
}
