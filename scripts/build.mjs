// Builds dist/: the grammar first, then the program. Its own words go to stderr: stdout belongs to the program that is started next.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

export function build() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  for (const script of ['grammar.mjs', 'bundle.mjs']) {
    const done = spawnSync(process.execPath, [join(root, 'scripts', script)], { cwd: root, stdio: ['ignore', 2, 2] });
    if (done.status !== 0) process.exit(done.status ?? 1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
