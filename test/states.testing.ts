import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { layoutOf } from '../src/store/layout.ts';

export const states = join(import.meta.dirname, 'states');

/** A recorded data directory as a folder of its own. */
export function unpackState(name: string, folder: string, into: string): string {
  const data = join(folder, into);
  mkdirSync(data);
  execFileSync('tar', ['-C', data, '-xzf', join(states, `${name}.tar.gz`)]);
  // Folders that the writing of the archive may have left out are part of the layout.
  mkdirSync(layoutOf(data).damaged, { recursive: true });
  return data;
}
