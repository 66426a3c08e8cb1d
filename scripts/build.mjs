// Builds dist/: the grammar first, then the program, and what it loads into the kernel. Its own words go to stderr: stdout belongs to the program that is started next.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

export function build() {
  clear();
  // Each in a process of its own: they need packages, which may have been installed a moment ago.
  for (const script of ['grammar.mjs', 'bundle.mjs', 'names.mjs', 'places.mjs']) {
    const done = spawnSync(process.execPath, [join(root, 'scripts', script)], { cwd: root, stdio: ['ignore', 2, 2] });
    if (done.status !== 0) process.exit(done.status ?? 1);
  }
  copyPrograms();
  buildWeb();
}

/** All but the table of places, which takes seconds: scripts/places.mjs makes it anew where it was made of something else. */
function clear() {
  const dist = join(root, 'dist');
  for (const name of existsSync(dist) ? readdirSync(dist) : [])
    if (name !== 'shipped-places') rmSync(join(dist, name), { recursive: true, force: true });
}

/** What runs in the kernel is compiled already (scripts/bpf.mjs). One folder below dist/, as all parts are, so that the same path leads there from src/. */
function copyPrograms() {
  const [from, to] = ['src/host/bpf', 'dist/bpf'].map((folder) => join(root, folder));
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from).filter((name) => name.endsWith('.o') || name === 'SHA256SUMS'))
    copyFileSync(join(from, file), join(to, file));
}

/** The dashboard (web/), as files that the node serves. */
function buildWeb() {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const args = ['build', 'web', '--logLevel', 'warn'];
  const done = spawnSync(process.execPath, [vite, ...args], { cwd: root, stdio: ['ignore', 2, 2] });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
