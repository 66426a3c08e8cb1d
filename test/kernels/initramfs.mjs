import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { programPath } from './programs.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const PROGRAMS = ['bash', 'ethtool', 'ip', 'iperf3', 'perl', 'wg'];
/** What busybox is in the guest. */
const APPLETS = 'sh cat echo grep insmod ln ls mkdir mount poweroff seq sleep timeout true umount'.split(' ');
const FOLDERS = ['bin', 'data', 'dev', 'etc', 'modules', 'proc', 'run/netns', 'sys', 'tmp', 'usr/bin', 'var/run'];
const MODULES = ['veth', 'wireguard'];
/** The kernel unpacks several archives that follow each other. */
const ALIGNMENT = 512;

/** What is the same for all kernels, as one archive: Node, the built Weir with the packages that it needs, the guest's programs. */
export async function buildBase(folder) {
  const tree = join(folder, 'base');
  for (const name of FOLDERS) mkdirSync(join(tree, name), { recursive: true });
  copyFileSync(programPath('busybox'), join(tree, 'bin/busybox'));
  for (const applet of APPLETS) symlinkSync('busybox', join(tree, 'bin', applet));
  copyProgram(process.execPath, tree);
  for (const name of PROGRAMS) copyProgram(programPath(name), tree);
  writeFileSync(
    join(tree, 'etc/passwd'),
    'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\nweir:x:999:999:weir:/:/bin/sh\n',
  );
  writeFileSync(join(tree, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
  writeFileSync(join(tree, 'etc/hosts'), '127.0.0.1 localhost\n');
  await copyWeir(join(tree, 'weir'));
  copyFileSync(join(root, 'test/kernels/guest/init'), join(tree, 'init'));
  chmodSync(join(tree, 'init'), 0o755);
  const archive = join(folder, 'base.cpio');
  pack(tree, archive);
  return archive;
}

/** The archive with a kernel's modules behind it, in the order in which they are loaded. */
export function buildInitramfs(base, kernel, folder) {
  const tree = join(folder, `modules-${kernel.release}`);
  mkdirSync(join(tree, 'modules'), { recursive: true });
  execFileSync('depmod', ['-b', kernel.root, kernel.release], { stdio: 'ignore' });
  const files = MODULES.flatMap((name) =>
    [
      ...execFileSync('modprobe', ['-d', kernel.root, '-S', kernel.release, '--show-depends', name])
        .toString()
        .matchAll(/^insmod (\S+)/gm),
    ].map(([, file]) => file),
  );
  [...new Set(files)].forEach((file, i) => {
    const to = join(tree, 'modules', `${String(i).padStart(2, '0')}-${basename(file).replace(/\.xz$/, '')}`);
    writeFileSync(
      to,
      file.endsWith('.xz') ? execFileSync('xz', ['-dc', file], { maxBuffer: 1 << 26 }) : readFileSync(file),
    );
  });
  const own = join(folder, `modules-${kernel.release}.cpio`);
  pack(tree, own);
  const archive = join(folder, `initramfs-${kernel.release}.cpio`);
  copyFileSync(base, archive);
  appendFileSync(archive, readFileSync(own));
  return archive;
}

/** A program with the libraries that it is linked with. */
function copyProgram(path, tree) {
  copyFileSync(realpathSync(path), join(tree, 'usr/bin', basename(path)));
  const libraries =
    execFileSync('ldd', [realpathSync(path)])
      .toString()
      .match(/\/\S+/g) ?? [];
  for (const library of libraries) {
    const to = join(tree, library);
    if (existsSync(to)) continue;
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(realpathSync(library), to);
  }
}

async function copyWeir(to) {
  cpSync(join(root, 'dist'), join(to, 'dist'), { recursive: true, filter: (path) => !path.endsWith('.map') });
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of packagesOf(Object.keys(dependencies)))
    cpSync(realpathSync(join(root, 'node_modules', name)), join(to, 'node_modules', name), { recursive: true });
  copyFileSync(join(root, 'package.json'), join(to, 'package.json'));
  const guest = await rolldown({
    input: join(root, 'test/kernels/guest/check-kernel.mjs'),
    platform: 'node',
    tsconfig: false,
    external: /^[^./]/,
  });
  await guest.write({ dir: join(to, 'guest'), format: 'esm' });
  copyFileSync(join(root, 'test/kernels/guest/agent.yaml'), join(to, 'guest/agent.yaml'));
}

/** These packages and all that they need, which are for this kind of machine. */
function packagesOf(names) {
  const all = new Set();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const manifest = join(root, 'node_modules', name, 'package.json');
    if (all.has(name) || !existsSync(manifest)) continue;
    all.add(name);
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(manifest, 'utf8'));
    waiting.push(...Object.keys({ ...dependencies, ...optionalDependencies }));
  }
  return all;
}

function pack(tree, archive) {
  const script = `find . | cpio -o -H newc --quiet > "$1" && truncate -s %${ALIGNMENT} "$1"`;
  execFileSync('sh', ['-c', script, 'sh', archive], { cwd: tree });
}
