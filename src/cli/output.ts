/** Raised when the reader of our output has gone (`weir flows | head`): nothing is wrong, and nothing is left to do. */
export class ReaderGone extends Error {
  constructor() {
    super('the reader of the output has gone');
    this.name = 'ReaderGone';
  }
}

let gone = false;
/** Called when the pipe takes more, or never will again. */
let wake: () => void = () => {};

/** Must be called before anything is written: a closed pipe is then an end, not a crash. */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    gone = true;
    wake();
  });
  process.stdout.on('drain', () => wake());
  process.stdout.on('close', () => wake());
  // Messages that nobody reads are lost; the work goes on.
  process.stderr.on('error', () => {});
}

/** Writes an answer, and waits while the reader is slower than we are. */
export async function print(text: string): Promise<void> {
  if (gone) throw new ReaderGone();
  if (text !== '' && !process.stdout.write(text)) await moved();
  if (gone) throw new ReaderGone();
}

/** Resolves when all that was printed has left this process. */
export async function flushOutput(): Promise<void> {
  if (gone || process.stdout.writableLength === 0) return;
  // The callback comes after all that was written before, and also when the pipe has broken.
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
}

function moved(): Promise<void> {
  return new Promise((resolve) => {
    wake = resolve;
  });
}
