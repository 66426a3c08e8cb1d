import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { asWeirError, WeirError } from '../base/index.ts';

/** The first line of the file; without one, what a person types twice without seeing it. Never an argument: a process list would show it. */
export async function readPassword(file: string | undefined): Promise<string> {
  if (file !== undefined) return firstLine(file);
  if (!process.stdin.isTTY)
    throw new WeirError('usage', 'there is no terminal to type the password at: give it with --password-file FILE');
  const first = await typed('Password: ');
  if (first !== (await typed('Again: '))) throw new WeirError('usage', 'the two are not the same');
  return first;
}

function firstLine(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').split(/\r?\n/, 1)[0]!;
  } catch (error) {
    throw new WeirError('usage', `--password-file: ${file} cannot be read: ${asWeirError(error).message}`, {
      cause: error,
    });
  }
}

async function typed(prompt: string): Promise<string> {
  process.stderr.write(prompt);
  // Reads keys one by one, so that the terminal shows none of them, and writes nowhere what it would echo.
  const nowhere = new Writable({ write: (_piece, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  const interrupted = new Promise<never>((_, reject) =>
    terminal.once('SIGINT', () => reject(new WeirError('cancelled', 'interrupted'))),
  );
  try {
    return await Promise.race([terminal.question(''), interrupted]);
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
