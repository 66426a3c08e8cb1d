import { setImmediate as turn } from 'node:timers/promises';
import { asWeirError, WeirError } from '../base/index.ts';

/** Raised when the reader of our output has gone (`weir flows | head`): nothing is wrong, and nothing is left to do. */
export class ReaderGone extends Error {
  constructor() {
    super('the reader of the output has gone');
    this.name = 'ReaderGone';
  }
}

let gone = false;
/** Why nothing more can be written: a full disk. */
let failure: WeirError | null = null;
/** Called when the pipe takes more, or never will again. */
let wake: () => void = () => {};

/** Must be called before anything is written: a closed pipe is then an end, not a crash. */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') gone = true;
    else failure ??= cannotWrite(error);
    wake();
  });
  process.stdout.on('drain', () => wake());
  process.stdout.on('close', () => wake());
  // Messages that nobody reads are lost; the work goes on.
  process.stderr.on('error', () => {});
}

/** Writes an answer, and waits while the reader is slower than we are. */
export async function print(text: string): Promise<void> {
  check();
  if (text !== '' && !process.stdout.write(text)) await moved();
  check();
}

function check(): void {
  if (failure) throw failure;
  if (gone) throw new ReaderGone();
}

function cannotWrite(error: Error): WeirError {
  const { code, message } = asWeirError(error);
  return new WeirError(code, `cannot write the answer: ${message}`, { cause: error });
}

/** Resolves when all that was printed has left this process. */
export async function flushOutput(): Promise<void> {
  if (!gone && !failure && process.stdout.writableLength > 0) {
    // The callback comes after all that was written before, and also when the pipe has broken.
    await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  }
  // What failed at once is told a turn later.
  await turn();
  if (failure) throw failure;
}

function moved(): Promise<void> {
  return new Promise((resolve) => {
    wake = resolve;
  });
}
