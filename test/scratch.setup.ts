import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeLinks } from './exporters/link-leftovers.testing.ts';

/** All temporary files of a run of the tests lie in one folder, which goes with the run, however its tests end; and so do the network links that they made. */
export default function setup(): () => void {
  // Each project of vitest.config.ts comes here: a folder within a folder would be closed to the users that some programs become.
  if (process.env.RUN_OF_TESTS === String(process.pid)) return () => {};
  const folder = mkdtempSync(join(tmpdir(), 'weir-'));
  process.env.TMPDIR = folder;
  // Nodes of tests are not those that a person on this machine means by `weir query`.
  process.env.WEIR_RUNTIME_DIR = join(folder, 'run');
  process.env.RUN_OF_TESTS = String(process.pid);
  removeLinks(null);
  return () => {
    rmSync(folder, { recursive: true, force: true });
    removeLinks(process.pid);
  };
}
