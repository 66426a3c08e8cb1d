import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** All temporary files of a run of the tests lie in one folder, which goes with the run, however its tests end. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'weir-'));
  process.env.TMPDIR = folder;
  // Nodes of tests are not those that a person on this machine means by `weir query`.
  process.env.WEIR_RUNTIME_DIR = join(folder, 'run');
  return () => rmSync(folder, { recursive: true, force: true });
}
