// `npm start`: installs what is missing, builds what is old, then is `weir up` in this very process (signals reach it directly).
// stdout belongs to `weir up`: its first line may be read by a program.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const main = join(root, 'dist/cli/main.js');

export function install() {
  const marker = join(root, 'node_modules/.package-lock.json');
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs) return;
  // Not `npm ci`: npm 11 refuses a lock file that lacks optional packages of platforms which a registry's mirror does not carry. The versions
  // are those of the lock file all the same, and --no-save leaves it as it is. With NODE_ENV=production npm would leave out the compiler.
  const done = spawnSync('npm', ['install', '--no-save', '--include=dev', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

function newest(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && !e.name.includes('.generated.') && !e.name.endsWith('.test.ts'))
    .reduce((max, e) => Math.max(max, statSync(join(e.parentPath, e.name)).mtimeMs), 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  install();
  const changed = Math.max(...['src', 'data', 'docs', 'web/src'].map((folder) => newest(join(root, folder))));
  if (!existsSync(main) || statSync(main).mtimeMs < changed) (await import('./build.mjs')).build();
  process.argv.splice(1, process.argv.length, main, 'up', ...process.argv.slice(2));
  await import(pathToFileURL(main).href);
}
