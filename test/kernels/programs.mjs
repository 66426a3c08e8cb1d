import { existsSync } from 'node:fs';

/** What is run here, or put into the guest, and Debian's package that has it. */
const PACKAGES = {
  'qemu-system-x86_64': 'qemu-system-x86',
  busybox: 'busybox-static',
  bash: 'bash',
  cpio: 'cpio',
  depmod: 'kmod',
  modprobe: 'kmod',
  ethtool: 'ethtool',
  ip: 'iproute2',
  iperf3: 'iperf3',
  perl: 'perl-base',
  wg: 'wireguard-tools',
  xz: 'xz-utils',
};
const FOLDERS = ['/usr/local/bin', '/usr/bin', '/usr/sbin', '/bin', '/sbin'];

/** The path of a program; null where it is not here. */
export function programPath(name) {
  return FOLDERS.map((folder) => `${folder}/${name}`).find((path) => existsSync(path)) ?? null;
}

/** Ends this process where something is missing. */
export function needPrograms() {
  const missing = Object.keys(PACKAGES).filter((name) => programPath(name) === null);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((name) => PACKAGES[name]))];
  process.stderr.write(`missing: ${missing.join(', ')}; apt-get install ${packages.join(' ')}\n`);
  process.exit(1);
}
