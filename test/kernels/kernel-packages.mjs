import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The release of Debian that has this version of the kernel. */
const SUITES = { '5.10': 'bullseye', 6.1: 'bookworm', 6.12: 'trixie' };
const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * The newest kernel for clouds of a version (`6.1`, or `6.1:SUITE`), unpacked: its release, the path of its image and of the folder with its modules. It is looked
 * for where apt of this machine finds Debian, in lists of its own: those of the machine stay as they are.
 */
export function fetchKernel(wanted, folder) {
  const [version, suite = SUITES[version]] = wanted.split(':');
  if (suite === undefined) throw new Error(`kernel ${version}: which suite has it? ${version}:SUITE`);
  const apt = ownLists(suite, join(folder, `apt-${suite}`));
  run('apt-get', [...apt, 'update', '-qq']);
  const into = join(folder, `kernel-${version}`);
  mkdirSync(into);
  const file = download(packagesOf(version, apt), apt, into);
  run('dpkg-deb', ['-x', file, '.'], into);
  // Since Debian 13 modules lie below usr/; where programs of others look for them is a link in its root.
  if (!existsSync(join(into, 'lib'))) symlinkSync('usr/lib', join(into, 'lib'));
  const [release] = readdirSync(join(into, 'lib/modules'));
  return {
    name: file.replace(/_amd64\.deb$/, ''),
    release,
    image: join(into, 'boot', `vmlinuz-${release}`),
    root: into,
  };
}

/** Options that give apt its own sources and lists, of that suite and its security updates. */
function ownLists(suite, folder) {
  for (const part of ['lists/partial', 'cache/archives/partial', 'parts'])
    mkdirSync(join(folder, part), { recursive: true });
  const sources = mirrors().map((uri) => {
    const name = uri.includes('-security') ? `${suite}-security` : suite;
    return `deb [arch=amd64 signed-by=${KEYS}] ${uri} ${name} main\n`;
  });
  writeFileSync(join(folder, 'sources.list'), sources.join(''));
  return Object.entries({
    'Dir::Etc::SourceList': join(folder, 'sources.list'),
    'Dir::Etc::SourceParts': join(folder, 'parts'),
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
  }).flatMap(([option, value]) => ['-o', `${option}=${value}`]);
}

/** Where this machine has Debian from. */
function mirrors() {
  const listed = run('apt-get', ['indextargets', 'Created-By: Packages', '--format', '$(ORIGIN) $(REPO_URI)']);
  const found = [...listed.matchAll(/^Debian (\S+)$/gm)].map(([, uri]) => uri);
  if (found.length === 0) throw new Error('apt of this machine has no lists of Debian: apt-get update');
  return [...new Set(found)];
}

/** The first that can be had: of a release that is no longer kept up, lists name packages that are gone. */
function download(names, apt, into) {
  for (const name of names) {
    try {
      run('apt-get', [...apt, 'download', '-qq', name], into);
      return readdirSync(into)[0];
    } catch {
      process.stderr.write(`${name} is listed, and cannot be had\n`);
    }
  }
  throw new Error('no such kernel can be had');
}

/** `linux-image-6.1.0-56-cloud-amd64-unsigned`, the newest first: the image without a signature, which has the modules too. */
function packagesOf(version, apt) {
  const pattern = `^linux-image-${version.replace('.', '\\.')}\\.[0-9].*-cloud-amd64-unsigned$`;
  const lines = run('apt-cache', [...apt, 'search', '--names-only', pattern])
    .trim()
    .split('\n');
  const names = lines.map((line) => line.split(' ')[0]).filter((name) => name !== '');
  if (names.length === 0) throw new Error(`apt has no kernel ${version} for clouds`);
  const order = new Intl.Collator('en', { numeric: true });
  return names.sort(order.compare).reverse();
}

function run(command, args, cwd) {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
