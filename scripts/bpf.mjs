// `node scripts/bpf.mjs build|check`: the programs of src/host/bpf/ to the objects beside them, which are part of the repository: who installs Weir needs
// no compiler. `check` compiles them again and compares; it is skipped, with the reason, where the compiler is not the one that the objects were made with.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'src/host/bpf');
const SOURCE = 'host-meter.bpf.c';
const OBJECTS = { 'host-meter.bpf.o': [], 'host-meter-5.9.bpf.o': ['-DNO_COARSE'] };
const SUMS = 'SHA256SUMS';
/** Of Debian 12: another compiler makes other code of the same source. */
const COMPILER = { program: 'clang-14', version: 'Debian clang version 14.0.6' };
/** No debug information, no types: what stays is the same on each machine. */
const FLAGS = '-target bpfel -mcpu=v2 -O2 -Wall -Wextra -Werror -fno-ident'.split(' ');
/** Where Debian has asm/types.h, which the headers of the kernel's interface take in. */
const HEADERS = ['-I/usr/include/x86_64-linux-gnu', '-I/usr/include/aarch64-linux-gnu'];

/** Why it cannot be compiled here; null where it can. */
function whyNot() {
  const { error, stdout } = spawnSync(COMPILER.program, ['--version'], { encoding: 'utf8' });
  if (error) return `no ${COMPILER.program} here`;
  const [version] = stdout.split('\n');
  return version === COMPILER.version ? null : `${COMPILER.program} is "${version}", not "${COMPILER.version}"`;
}

/** The bytes of each object, by name. */
function compile() {
  const out = mkdtempSync(join(tmpdir(), 'weir-bpf-'));
  try {
    return Object.entries(OBJECTS).map(([name, flags]) => {
      const args = [...FLAGS, ...HEADERS, ...flags, '-c', SOURCE, '-o', join(out, name)];
      const done = spawnSync(COMPILER.program, args, { cwd: folder, stdio: ['ignore', 2, 2] });
      if (done.status !== 0) process.exit(1);
      return [name, readFileSync(join(out, name))];
    });
  } finally {
    rmSync(out, { recursive: true });
  }
}

function sumsOf(objects) {
  return objects.map(([name, bytes]) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`).join('');
}

function check() {
  const objects = compile();
  const differ = objects
    .filter(([name, bytes]) => !readFileSync(join(folder, name)).equals(bytes))
    .map(([name]) => name);
  if (sumsOf(objects) !== readFileSync(join(folder, SUMS), 'latin1')) differ.push(SUMS);
  if (differ.length === 0) return process.stdout.write('the objects are what their source makes\n');
  process.stderr.write(`not what the source makes: ${differ.join(', ')}; run node scripts/bpf.mjs build\n`);
  process.exitCode = 1;
}

function build() {
  const objects = compile();
  for (const [name, bytes] of objects) writeFileSync(join(folder, name), bytes);
  writeFileSync(join(folder, SUMS), sumsOf(objects));
}

const reason = whyNot();
const command = process.argv[2];
if (command !== 'build' && command !== 'check') {
  process.stderr.write('node scripts/bpf.mjs build|check\n');
  process.exitCode = 1;
} else if (reason !== null) {
  process.stdout.write(`skipped: ${reason}\n`);
  process.exitCode = command === 'build' ? 1 : 0;
} else if (command === 'build') {
  build();
} else {
  check();
}
