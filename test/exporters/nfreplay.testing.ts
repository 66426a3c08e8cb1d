import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './program.testing.ts';

/** Sends the records that a collector stored in `files` as NetFlow. nfreplay 1.7.1 writes a header clock one hour ahead. */
export async function nfreplay(files: string, version: 5 | 9, port: number): Promise<void> {
  for (const file of readdirSync(files).filter((name) => name.startsWith('nfcapd.'))) {
    await runProgram('nfreplay', [
      ...['-r', join(files, file), '-v', String(version), '-d', '100'],
      ...['-H', '127.0.0.1', '-p', String(port)],
    ]);
  }
}
