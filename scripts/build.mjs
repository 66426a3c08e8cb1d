// Builds dist/: the grammar first, then TypeScript. Its own words go to stderr: stdout belongs to the program that is started next.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

export function build() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  for (const args of [
    [join(root, 'scripts/grammar.mjs')],
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')],
  ]) {
    if (args.length === 1 && !existsSync(args[0])) continue;
    const done = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
    if (done.status !== 0) process.exit(done.status ?? 1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
